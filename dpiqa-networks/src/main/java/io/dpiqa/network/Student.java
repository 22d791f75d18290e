package io.dpiqa.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The student: a convolutional network that reads a picture and a head that says how good it looks.
 * Pictures are RGB in [0, 1], with no further normalisation (SPEC of the published system), but for
 * {@link Head#LEVELLED}.
 *
 * @param backbone the convolutional network; of published students an EfficientNet
 * @param head how features become a score
 */
public record Student(Backbone backbone, Head head) {

  /** How the features become a score. */
  public enum Head {
    /**
     * The published student's: a feature map of 8 channels that can be compared with the teacher's,
     * and three fully connected layers on it.
     */
    FEATURE_MAP,
    /**
     * A linear map of the means and deviations of the channels at every depth: hundreds of times
     * smaller, and indifferent to the picture's size.
     */
    POOLED,
    /**
     * As {@link #POOLED}, of the picture brought to full brightness, and of how dark its brightest
     * parts were. A photograph that is a little darker, or leaves room for more light, is the same
     * to the backbone then, and the head alone decides what the difference is worth.
     */
    LEVELLED;

    /** Whether it is a linear map of what the channels are on the whole. */
    public boolean isPooled() {
      return this != FEATURE_MAP;
    }
  }

  /** Channels of the feature map. */
  public static final int MAP_CHANNELS = 8;

  /** Height and width of the feature map. */
  public static final int MAP_SIZE = 64;

  private static final String BACKBONE = "base_model.features";
  private static final String POOLED_HEAD = "fc";
  private static final String MAP_HEAD = "fc3";
  private static final int HIDDEN = 512;
  private static final double POOLED_DROPOUT = 0.2;

  /**
   * Share of the pixels that are at least as bright as what is made white. While a student learns
   * from parts of pictures, it is a share of the part.
   */
  private static final double WHITE_SHARE = 0.001;

  /** A picture is brightened by one over this at most; one whose white is darker stays dark. */
  private static final double DARKEST_WHITE = 0.7;

  /** A white point that is brighter than this counts as white: so little light is not missed. */
  private static final double BRIGHT_WHITE = 0.94;

  /** A student with the published head, which is 81 M parameters with B7. */
  public static Student published(int variant) {
    return new Student(new EfficientNet(variant), Head.FEATURE_MAP);
  }

  /** A small student with the pooled head. */
  public static Student compact(Backbone backbone) {
    return new Student(backbone, Head.POOLED);
  }

  /**
   * The score of each image.
   *
   * @param image {@code [N, 3, 512, 512]} in [0, 1]; other sizes for the pooled head
   * @return {@code [N, 1]}, nominally in [0, 1], not clamped
   */
  public <T> T score(Operations<T> net, T image) {
    return switch (head) {
      case FEATURE_MAP -> scoreOfMap(net, featureMap(net, features(net, image)));
      case POOLED, LEVELLED ->
          net.linear(POOLED_HEAD, net.dropout(pooledFeatures(net, image), POOLED_DROPOUT), 1);
    };
  }

  /** Name of the linear layer that gives the score, without {@code .weight} or {@code .bias}. */
  public String lastLayer() {
    return head.isPooled() ? POOLED_HEAD : MAP_HEAD;
  }

  /**
   * What the backbone makes of each image.
   *
   * @param image {@code [N, 3, H, W]} in [0, 1]
   * @return {@code [N, channels, H/32, W/32]}
   */
  public <T> T features(Operations<T> net, T image) {
    return backbone.features(net, BACKBONE, image);
  }

  /**
   * What the published student learns to share with its teacher.
   *
   * @param features {@code [N, channels, H/32, W/32]}
   * @return {@code [N, 8, 64, 64]}
   */
  public <T> T featureMap(Operations<T> net, T features) {
    Conv doubling = Conv.of(MAP_CHANNELS, 3).withStride(2);
    T map = net.relu(net.convTranspose2d("conv_transpose", features, doubling, 1));
    return net.resizeNearest(map, MAP_SIZE, MAP_SIZE);
  }

  /**
   * The published head on its feature map.
   *
   * @param map {@code [N, 8, 64, 64]}
   * @return {@code [N, 1]}
   */
  public <T> T scoreOfMap(Operations<T> net, T map) {
    T h = net.relu(net.linear("fc1", net.flatten(map), HIDDEN));
    h = net.relu(net.linear("fc2", h, HIDDEN));
    return net.linear(MAP_HEAD, h, 1);
  }

  /**
   * What a pooled head reads: distortions show in shallow features, subjects in deep ones, noise
   * and sharpness in how much features vary.
   *
   * @param image {@code [N, 3, H, W]} in [0, 1]
   * @return {@code [N, 2 * channels of all stages]}, 4192 of them with EfficientNet-B0; of {@link
   *     Head#LEVELLED} one more, the last: how dark the white point is, 0 (bright) to -1.64
   */
  public <T> T pooledFeatures(Operations<T> net, T image) {
    if (head != Head.LEVELLED) {
      return net.flatten(net.concatenate(pooled(net, image)));
    }
    T white = net.whitePoint(image, WHITE_SHARE);
    List<T> pooled = pooled(net, levelled(net, image, white));
    pooled.add(brightness(net, white));
    return net.flatten(net.concatenate(pooled));
  }

  /**
   * Less than 0 by how far the white point is below 0.94 of white, and once more by how far it is
   * below where the image stays dark. So more light is no gain where there was enough, and a gain
   * twice over where the backbone sees that it was missed.
   */
  private static <T> T brightness(Operations<T> net, T white) {
    T enough = net.clamp(white, 0, BRIGHT_WHITE);
    T seen = net.clamp(white, 0, DARKEST_WHITE);
    return net.add(
        net.add(enough, seen), net.constant(Shape.of(1), (float) -(BRIGHT_WHITE + DARKEST_WHITE)));
  }

  /** The image as bright as it can be with its white point white. */
  private static <T> T levelled(Operations<T> net, T image, T white) {
    return net.clamp(net.divide(image, net.clamp(white, DARKEST_WHITE, 1)), 0, 1);
  }

  /** Means and deviations of the channels of all stages, each {@code [N, channels, 1, 1]}. */
  private <T> List<T> pooled(Operations<T> net, T image) {
    List<T> pooled = new ArrayList<>();
    for (T stage : backbone.stages(net, BACKBONE, image)) {
      // The deviation is of a whole map, which is freed like what blocks make.
      pooled.addAll(
          net.segment(
              List.of(stage),
              in -> List.of(net.averagePool(in.get(0)), net.deviationPool(in.get(0)))));
    }
    return pooled;
  }

  /** For instance {@code student efficientnet-b7}, or {@code compact student efficientnet-b0}. */
  @Override
  public String toString() {
    String kind =
        switch (head) {
          case FEATURE_MAP -> "student";
          case POOLED -> "compact student";
          case LEVELLED -> "levelling compact student";
        };
    return String.format(Locale.ROOT, "%s %s", kind, backbone);
  }
}
