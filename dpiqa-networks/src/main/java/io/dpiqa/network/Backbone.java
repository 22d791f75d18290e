package io.dpiqa.network;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The convolutional part of a student: what becomes of a picture before it is judged. */
public sealed interface Backbone permits EfficientNet, ResNet {

  /** All that there are. */
  static List<Backbone> all() {
    return Stream.concat(
            IntStream.rangeClosed(0, 7).<Backbone>mapToObj(EfficientNet::new),
            ResNet.WIDTHS.stream().map(ResNet::new))
        .toList();
  }

  /**
   * The outputs at every depth, from the shallowest; the last are the features.
   *
   * @param name what the names of its parameters begin with
   * @param image {@code [N, 3, H, W]}
   */
  <T> List<T> stages(Operations<T> net, String name, T image);

  /**
   * The features of a batch of images.
   *
   * @param image {@code [N, 3, H, W]}
   * @return {@code [N, channels, H/32, W/32]}
   */
  default <T> T features(Operations<T> net, String name, T image) {
    List<T> stages = stages(net, name, image);
    return stages.get(stages.size() - 1);
  }

  /**
   * The backbone that is called so: {@code efficientnet-b0} to {@code efficientnet-b7}, or {@code
   * resnet18-16}, {@code -32} or {@code -64} by the channels of its first stage.
   *
   * @throws IllegalArgumentException if there is none
   */
  static Backbone named(String name) {
    return all().stream()
        .filter(backbone -> backbone.toString().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException(name + " is no backbone; there are " + all()));
  }
}
