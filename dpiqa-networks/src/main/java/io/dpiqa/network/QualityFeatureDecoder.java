package io.dpiqa.network;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Decodes what the U-Net's up blocks say into a score (SPEC of the published system, section 2).
 *
 * <pre>
 * up-block outputs     each resized, 3x3 convolution, squeeze-and-excitation
 *   joined             3x3 convolution, squeeze-and-excitation, three 1x1 convolutions
 * feature map [N, 8, size, size]
 *   flattened          three fully connected layers
 * score [N, 1]
 * </pre>
 *
 * @param upBlocks the up blocks that are read, 0 the coarsest; 0 to 3 as published. Their modules
 *     count from the finest: up block 3 has module 1.
 * @param size side of the feature map, 64 as published
 * @param width channels of a module and features of the fully connected layers, 512 as published
 */
public record QualityFeatureDecoder(List<Integer> upBlocks, int size, int width) {

  /** Up blocks of Stable Diffusion, and so the modules of the published decoder. */
  private static final int MODULES = 4;

  private static final int SQUEEZE = 16;
  private static final List<Integer> MAP_WIDTHS = List.of(128, 32, 8);

  public QualityFeatureDecoder {
    upBlocks = List.copyOf(upBlocks);
    boolean known = upBlocks.stream().allMatch(block -> block >= 0 && block < MODULES);
    if (!known || upBlocks.isEmpty() || upBlocks.stream().distinct().count() < upBlocks.size()) {
      throw new IllegalArgumentException(
          "up blocks are some of 0 to 3, each once, not " + upBlocks);
    }
  }

  /** The published decoder: all up blocks, maps of 64 x 64. */
  public static QualityFeatureDecoder published() {
    return new QualityFeatureDecoder(List.of(0, 1, 2, 3), 64, 512);
  }

  /** The published decoder on all up blocks of a U-Net, which may have fewer than four. */
  static QualityFeatureDecoder of(DenoisingUnet unet) {
    int blocks = Math.min(MODULES, unet.widths().size());
    return new QualityFeatureDecoder(
        IntStream.range(0, blocks).boxed().toList(), published().size(), published().width());
  }

  /** How many up blocks must be computed for those that are read. */
  int depth() {
    return upBlocks.stream().mapToInt(Integer::intValue).max().orElseThrow() + 1;
  }

  /**
   * What a student can learn to share.
   *
   * @param outputs of the first up blocks, {@code [N, C, H, W]}, coarsest first
   * @return {@code [N, 8, size, size]}
   */
  public <T> T featureMap(Operations<T> net, String name, List<T> outputs) {
    List<T> features = new ArrayList<>();
    for (int block : upBlocks.stream().sorted(Comparator.reverseOrder()).toList()) {
      int module = MODULES - block;
      T x = net.resizeBicubic(outputs.get(block), size, size);
      x = net.conv2d(name + ".conv" + module, x, Conv.of(width, 3));
      features.add(squeezeExcitation(net, name + ".se" + module, x));
    }
    T x = net.conv2d(name + ".fuse_conv", net.concatenate(features), Conv.of(width, 3));
    x = squeezeExcitation(net, name + ".se_fuse", x);
    for (int i = 0; i < MAP_WIDTHS.size(); i++) {
      Conv pointwise = Conv.of(MAP_WIDTHS.get(i), 1);
      x = net.relu(net.conv2d(name + ".conv_score" + (i + 1), x, pointwise));
    }
    return x;
  }

  /**
   * The score of a feature map.
   *
   * @param map {@code [N, 8, size, size]}
   * @return {@code [N, 1]}, nominally in [0, 1], not clamped
   */
  public <T> T score(Operations<T> net, String name, T map) {
    T h = net.relu(net.linear(name + ".fc1", net.flatten(map), width));
    h = net.relu(net.linear(name + ".fc2", h, width));
    return net.linear(name + ".fc3", h, 1);
  }

  /** Weighs the channels by what they hold as a whole (Hu et al., arXiv 1709.01507). */
  private <T> T squeezeExcitation(Operations<T> net, String name, T x) {
    T means = net.tokens(net.averagePool(x));
    T h = net.relu(net.linear(name + ".fc.0", means, width / SQUEEZE, false));
    h = net.sigmoid(net.linear(name + ".fc.2", h, width, false));
    return net.multiply(x, net.image(h, 1, 1));
  }
}
