package io.dpiqa.evaluation;

import io.dpiqa.Interval;
import io.dpiqa.dataset.LabelledImage;
import java.util.Optional;

/**
 * What a model and people think of one picture.
 *
 * @param image the picture, and what people gave it, 0 to 1
 * @param score what the model gave it, not clamped, nominally 0 to 1
 * @param interval where the model says that people's opinion is; absent where it does not
 */
public record Prediction(LabelledImage image, double score, Optional<Interval> interval) {

  private static final double PERCENT = 100;

  /** A prediction without an interval. */
  public Prediction(LabelledImage image, double score) {
    this(image, score, Optional.empty());
  }

  /** Whether what people gave the picture is within the interval; absent where there is none. */
  Optional<Boolean> isCovered() {
    return interval.map(
        within -> within.low() <= PERCENT * opinion() && PERCENT * opinion() <= within.high());
  }

  /** What people gave the picture, 0 to 1. */
  public double opinion() {
    return image.score();
  }

  /** How much too high the model's score is; negative if it is too low. */
  public double error() {
    return score - opinion();
  }
}
