package io.dpiqa.network;

import java.util.ArrayList;
import java.util.List;

/**
 * The convolutional part of ResNet-18 (He et al., arXiv 1512.03385, table 1), of any width, with
 * the parameter names of torchvision. Nothing is pooled at the beginning: the stem is 3x3, and the
 * first stage halves the picture itself, so that fine noise and blocks are seen before they are
 * averaged. Dense convolutions make much better use of a processor than EfficientNet's of single
 * channels.
 *
 * <pre>
 * image [N, 3, H, W]
 *   stem                    3x3 stride 2, width channels
 *   layers 1 to 4           two residual blocks each, the first of stride 2;
 *                           width, 2 width, 4 width and 8 width channels
 * features [N, 8 width, H/32, W/32]
 * </pre>
 *
 * @param width channels of the first layer: 16, 32 or 64
 */
public record ResNet(int width) implements Backbone {
  static final List<Integer> WIDTHS = List.of(16, 32, 64);

  private static final int LAYERS = 4;
  private static final int BLOCKS = 2;

  public ResNet {
    if (!WIDTHS.contains(width)) {
      throw new IllegalArgumentException("a ResNet's width is one of " + WIDTHS + ", not " + width);
    }
  }

  /**
   * The output of the stem and of each layer: five tensors, the last of them the features.
   *
   * @param image {@code [N, 3, H, W]}
   */
  @Override
  public <T> List<T> stages(Operations<T> net, String name, T image) {
    List<T> outputs = new ArrayList<>();
    Conv stem = Conv.of(width, 3).withStride(2);
    T x =
        net.segment(image, in -> net.relu(convNorm(net, name + ".conv1", name + ".bn1", in, stem)));
    outputs.add(x);
    for (int layer = 0; layer < LAYERS; layer++) {
      int channels = width << layer;
      for (int i = 0; i < BLOCKS; i++) {
        String block = name + ".layer" + (layer + 1) + "." + i;
        int stride = i == 0 ? 2 : 1;
        x = net.segment(x, in -> residual(net, block, in, channels, stride));
      }
      outputs.add(x);
    }
    return outputs;
  }

  /** Two convolutions, added to the input, which is projected where it does not fit. */
  private static <T> T residual(Operations<T> net, String name, T x, int channels, int stride) {
    Conv first = Conv.of(channels, 3).withStride(stride);
    T h = net.relu(convNorm(net, name + ".conv1", name + ".bn1", x, first));
    h = convNorm(net, name + ".conv2", name + ".bn2", h, Conv.of(channels, 3));
    T input = stride == 1 ? x : projected(net, name + ".downsample", x, channels, stride);
    return net.relu(net.add(h, input));
  }

  private static <T> T projected(Operations<T> net, String name, T x, int channels, int stride) {
    return convNorm(net, name + ".0", name + ".1", x, Conv.of(channels, 1).withStride(stride));
  }

  private static <T> T convNorm(Operations<T> net, String name, String norm, T x, Conv conv) {
    return net.batchNorm(norm, net.conv2d(name, x, conv.withoutBias()), 1e-5, 0.1);
  }

  /** For instance {@code resnet18-32}. */
  @Override
  public String toString() {
    return "resnet18-" + width;
  }
}
