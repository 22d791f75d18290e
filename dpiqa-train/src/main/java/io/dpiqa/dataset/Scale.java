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

  /**
   * A score on the scale from 0 to 1.
   *
   * @param source what gives the score, for errors
   * @throws DatasetException if it is not on this scale
   */
  double normalise(double score, String source) {
    if (!(score >= worst && score <= best)) {
      throw new DatasetException(source + ": the score " + score + " is not within " + this);
    }
    return (score - worst) / (best - worst);
  }

  /** The same of a number written as text. */
  double normalise(String score, String source) {
    try {
      return normalise(Double.parseDouble(score), source);
    } catch (NumberFormatException e) {
      throw new DatasetException(source + ": \"" + score + "\" is no number", e);
    }
  }

  @Override
  public String toString() {
    return text(worst) + " to " + text(best);
  }

  private static String text(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }
}
