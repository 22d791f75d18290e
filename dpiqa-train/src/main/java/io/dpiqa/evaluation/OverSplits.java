package io.dpiqa.evaluation;

import java.util.List;
import java.util.stream.DoubleStream;
import org.hipparchus.stat.StatUtils;

/**
 * How a figure varies with the split: the same recipe, trained and tested on several divisions of
 * one dataset.
 *
 * @param evaluations one a split, two or more
 */
public record OverSplits(List<Evaluation> evaluations) {

  /**
   * @throws IllegalArgumentException if there are fewer than two
   */
  public OverSplits {
    evaluations = List.copyOf(evaluations);
    if (evaluations.size() < 2) {
      throw new IllegalArgumentException("a median over splits takes two or more");
    }
  }

  /** Median of a figure; NaN where it is not defined on every split. */
  public double median(Figure figure) {
    double[] values = values(figure);
    return DoubleStream.of(values).anyMatch(Double::isNaN)
        ? Double.NaN
        : StatUtils.percentile(values, 50);
  }

  /** Sample standard deviation of a figure; NaN where it is not defined on every split. */
  public double standardDeviation(Figure figure) {
    return Math.sqrt(StatUtils.variance(values(figure)));
  }

  private double[] values(Figure figure) {
    return evaluations.stream().mapToDouble(figure::of).toArray();
  }
}
