package io.dpiqa.model;

import io.dpiqa.Interval;
import java.util.List;

/**
 * How far people's mean opinions lie from a model's scores, measured on photographs that the model
 * did not learn from. Between the scores that are listed it is interpolated linearly, beyond them
 * it stays as it is.
 *
 * @param coverage share of opinions within the band, between 0 and 1
 * @param scores raw scores, one or more, ascending
 * @param low at each of them, the lower end of opinion minus raw score
 * @param high at each of them, the upper end, not below the lower one
 */
public record ErrorBand(double coverage, List<Double> scores, List<Double> low, List<Double> high) {

  private static final int MOST_KNOTS = 1000;

  /**
   * @throws IllegalArgumentException if a value is missing or impossible
   */
  public ErrorBand {
    if (!(coverage > 0 && coverage < 1)) {
      throw new IllegalArgumentException("the error band covers " + coverage + ", not 0 to 1");
    }
    if (scores == null || scores.isEmpty() || scores.size() > MOST_KNOTS) {
      throw new IllegalArgumentException("the error band has no scores, or too many");
    }
    if (low == null || high == null || low.size() != scores.size() || high.size() != low.size()) {
      throw new IllegalArgumentException("the error band has not two errors for each score");
    }
    for (int i = 0; i < scores.size(); i++) {
      if (!(Double.isFinite(scores.get(i)) && Double.isFinite(low.get(i) + high.get(i)))
          || low.get(i) > high.get(i)
          || (i > 0 && scores.get(i) <= scores.get(i - 1))) {
        throw new IllegalArgumentException(
            "the error band is wrong or does not ascend at " + scores.get(i));
      }
    }
    scores = List.copyOf(scores);
    low = List.copyOf(low);
    high = List.copyOf(high);
  }

  /** Where people's mean opinion of a picture of this raw score probably lies. */
  public Interval around(double raw) {
    return new Interval(percent(raw + at(raw, low)), percent(raw + at(raw, high)), coverage);
  }

  private double at(double raw, List<Double> errors) {
    int above = 0;
    while (above < scores.size() && scores.get(above) < raw) {
      above++;
    }
    if (above == 0) {
      return errors.get(0);
    }
    if (above == scores.size()) {
      return errors.get(above - 1);
    }
    double before = scores.get(above - 1);
    double share = (raw - before) / (scores.get(above) - before);
    return errors.get(above - 1) + share * (errors.get(above) - errors.get(above - 1));
  }

  private static double percent(double opinion) {
    return 100 * Math.max(0, Math.min(1, opinion));
  }
}
