package io.dpiqa.importer;

import io.dpiqa.network.Operations;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import java.util.Map;
import java.util.Optional;

/** A network that scores pictures, as a checkpoint tells it. */
interface ScoringNetwork {

  /** What it is, for instance {@code student efficientnet-b7}. */
  String description();

  /** Side of the square, in pixels, that pictures are resized to. */
  int inputSize();

  /** Whether no score depends on a tensor of this name, which checkpoints may have or lack. */
  boolean isUnused(String name);

  /** Choices that scores depend on and weights do not show, for the provenance. */
  Map<String, String> choices();

  /**
   * What it makes of an image.
   *
   * @param map the feature map behind the score, {@code [1, channels, height, width]}, {@code [1,
   *     8, 64, 64]} as published; empty for a network that has none
   * @param score {@code [1, 1]}
   */
  record Reading<T>(Optional<T> map, T score) {}

  /**
   * The score of an image and the feature map that it is made of.
   *
   * @param image {@code [1, 3, inputSize, inputSize]} in [0, 1]
   */
  <T> Reading<T> read(Operations<T> net, T image);

  /** Its tensors and cost. */
  default Shapes shapes() {
    Shapes shapes = new Shapes();
    read(shapes, Shape.of(1, 3, inputSize(), inputSize()));
    return shapes;
  }
}
