package io.dpiqa.evaluation;

import java.util.List;
import java.util.stream.DoubleStream;
import org.hipparchus.stat.StatUtils;

/**
 * How a figure varies from run to run: the same recipe, trained with several seeds, or trained and
 * tested on several divisions of one dataset.
 *
 * @param evaluations one a run, two or more
 */
public record OverRuns(List<Evaluation> evaluations) {

  /**
   * @throws IllegalArgumentException if there are fewer than two
   */
  public OverRuns {
    evaluations = List.copyOf(evaluations);
    if (evaluations.size() < 2) {
      throw new IllegalArgumentException("a median over runs takes two or more");
    }
  }

  /** Median of a figure; NaN where it is not defined for every run. */
  public double median(Figure figure) {
    double[] values = values(figure);
    return DoubleStream.of(values).anyMatch(Double::isNaN)
        ? Double.NaN
        : StatUtils.percentile(values, 50);
  }

  /** Sample standard deviation of a figure; NaN where it is not defined for every run. */
  public double standardDeviation(Figure figure) {
    return Math.sqrt(StatUtils.variance(values(figure)));
  }

  private double[] values(Figure figure) {
    return evaluations.stream().mapToDouble(figure::of).toArray();
  }
}
