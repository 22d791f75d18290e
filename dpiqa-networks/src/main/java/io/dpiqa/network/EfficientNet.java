package io.dpiqa.network;

import java.util.ArrayList;
import java.util.List;

/**
 * The convolutional part of EfficientNet (Tan and Le, arXiv 1905.11946), B0 to B7, with the
 * parameter names of torchvision.
 *
 * <pre>
 * image [N, 3, H, W]
 *   stem                    3x3 stride 2
 *   stages 1 to 7           inverted residual blocks with squeeze-and-excitation
 *   top                     1x1
 * features [N, 1280 (B0) .. 2560 (B7), H/32, W/32]
 * </pre>
 *
 * @param variant 0 to 7
 */
public record EfficientNet(int variant) implements Backbone {

  private static final double[] WIDTH = {1.0, 1.0, 1.1, 1.2, 1.4, 1.6, 1.8, 2.0};
  private static final double[] DEPTH = {1.0, 1.1, 1.2, 1.4, 1.8, 2.2, 2.6, 3.1};

  /** A row of table 1 of the paper: what a stage of B0 is made of. */
  private record Stage(int expansion, int kernel, int stride, int channels, int blocks) {}

  private static final int STEM_CHANNELS = 32;
  private static final List<Stage> STAGES =
      List.of(
          new Stage(1, 3, 1, 16, 1),
          new Stage(6, 3, 2, 24, 2),
          new Stage(6, 5, 2, 40, 2),
          new Stage(6, 3, 2, 80, 3),
          new Stage(6, 5, 1, 112, 3),
          new Stage(6, 5, 2, 192, 4),
          new Stage(6, 3, 1, 320, 1));
  private static final double MAX_STOCHASTIC_DEPTH = 0.2;

  public EfficientNet {
    if (variant < 0 || variant > 7) {
      throw new IllegalArgumentException("EfficientNet is B0 to B7, not B" + variant);
    }
  }

  /**
   * The output of the stem, of each stage and of the top: nine tensors, the last of them the
   * features.
   *
   * @param image {@code [N, 3, H, W]}
   */
  @Override
  public <T> List<T> stages(Operations<T> net, String name, T image) {
    List<T> outputs = new ArrayList<>();
    Conv stem = plain(width(STEM_CHANNELS), 3).withStride(2);
    T x = net.segment(image, in -> net.silu(convNorm(net, name + ".0", in, stem)));
    outputs.add(x);

    int blocks = STAGES.stream().mapToInt(this::blocks).sum();
    int block = 0;
    for (int s = 0; s < STAGES.size(); s++) {
      Stage stage = STAGES.get(s);
      for (int i = 0; i < blocks(stage); i++, block++) {
        int stride = i == 0 ? stage.stride() : 1;
        double drop = MAX_STOCHASTIC_DEPTH * block / blocks;
        String layer = name + "." + (s + 1) + "." + i;
        x = net.segment(x, in -> invertedResidual(net, layer, in, stage, stride, drop));
      }
      outputs.add(x);
    }
    String top = name + "." + (STAGES.size() + 1);
    outputs.add(net.segment(x, in -> net.silu(convNorm(net, top, in, plain(channels(), 1)))));
    return outputs;
  }

  /** Channels of the features: 1280 for B0, 2560 for B7. */
  public int channels() {
    return 4 * width(STAGES.get(STAGES.size() - 1).channels());
  }

  /**
   * Expand, convolve each channel, weigh the channels, project; added to the input where it fits.
   */
  private <T> T invertedResidual(
      Operations<T> net, String name, T x, Stage stage, int stride, double drop) {
    int input = Math.toIntExact(net.shape(x).size(1));
    int expanded = divisibleBy8(input * (double) stage.expansion());
    int output = width(stage.channels());

    int layer = 0;
    T h = x;
    if (expanded != input) {
      h = net.silu(convNorm(net, name + ".block." + layer++, h, plain(expanded, 1)));
    }
    Conv depthwise = plain(expanded, stage.kernel()).withStride(stride).withGroups(expanded);
    h = net.silu(convNorm(net, name + ".block." + layer++, h, depthwise));
    h = squeezeExcitation(net, name + ".block." + layer++, h, Math.max(1, input / 4));
    h = convNorm(net, name + ".block." + layer, h, plain(output, 1));
    return stride == 1 && input == output ? net.add(net.stochasticDepth(h, drop), x) : h;
  }

  private <T> T squeezeExcitation(Operations<T> net, String name, T x, int squeezed) {
    int channels = Math.toIntExact(net.shape(x).size(1));
    T scale = net.averagePool(x);
    scale = net.silu(net.conv2d(name + ".fc1", scale, Conv.of(squeezed, 1)));
    scale = net.sigmoid(net.conv2d(name + ".fc2", scale, Conv.of(channels, 1)));
    return net.multiply(x, scale);
  }

  private <T> T convNorm(Operations<T> net, String name, T x, Conv conv) {
    // torchvision keeps the original TensorFlow settings of BatchNorm from B5 on only.
    boolean original = variant >= 5;
    T h = net.conv2d(name + ".0", x, conv);
    return net.batchNorm(name + ".1", h, original ? 1e-3 : 1e-5, original ? 0.01 : 0.1);
  }

  private static Conv plain(int channels, int kernel) {
    return Conv.of(channels, kernel).withoutBias();
  }

  private int width(int channels) {
    return divisibleBy8(channels * WIDTH[variant]);
  }

  /** For instance {@code efficientnet-b0}. */
  @Override
  public String toString() {
    return "efficientnet-b" + variant;
  }

  private int blocks(Stage stage) {
    return (int) Math.ceil(stage.blocks() * DEPTH[variant]);
  }

  /** The nearest multiple of 8, but never more than a tenth below. */
  private static int divisibleBy8(double channels) {
    int nearest = Math.max(8, (int) (channels + 4) / 8 * 8);
    return nearest < 0.9 * channels ? nearest + 8 : nearest;
  }
}
