package io.dpiqa.dataset;

import java.math.BigDecimal;

/**
 * The scale that people's scores are given on.
 *
 * @param worst score of the worst picture
 * @param best score of a perfect picture, greater than {@code worst}
 */
public record Scale(double worst, double best) {

  /**
   * @throws IllegalArgumentException if the ends are not two finite numbers in their order
   */
  public Scale {
    if (!(worst < best) || Double.isInfinite(worst) || Double.isInfinite(best)) {
      throw new IllegalArgumentException("scores cannot go from " + worst + " to " + best);
    }
  }

  /** Whether a score is on this scale; what is no number is not. */
  boolean has(double score) {
    return score >= worst && score <= best;
  }

  /** What a score on this scale is from 0 to 1. */
  public double normalise(double score) {
    return (score - worst) / (best - worst);
  }

  @Override
  public String toString() {
    return text(worst) + " to " + text(best);
  }

  private static String text(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }
}
