package io.dpiqa.importer;

import io.dpiqa.network.Operations;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import java.util.Map;

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
   * The score of an image.
   *
   * @param image {@code [1, 3, inputSize, inputSize]} in [0, 1]
   * @return {@code [1, 1]}
   */
  <T> T score(Operations<T> net, T image);

  /** Its tensors and cost. */
  default Shapes shapes() {
    Shapes shapes = new Shapes();
    score(shapes, Shape.of(1, 3, inputSize(), inputSize()));
    return shapes;
  }
}
