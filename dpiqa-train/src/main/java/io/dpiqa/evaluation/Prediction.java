package io.dpiqa.evaluation;

import io.dpiqa.dataset.LabelledImage;

/**
 * What a model and people think of one picture.
 *
 * @param image the picture, and what people gave it, 0 to 1
 * @param score what the model gave it, not clamped, nominally 0 to 1
 */
public record Prediction(LabelledImage image, double score) {

  /** What people gave the picture, 0 to 1. */
  public double opinion() {
    return image.score();
  }

  /** How much too high the model's score is; negative if it is too low. */
  public double error() {
    return score - opinion();
  }
}
