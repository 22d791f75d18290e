package io.dpiqa.evaluation;

import java.util.function.ToDoubleFunction;

/**
 * Bootstrap intervals of the figures of an {@link Agreement}, all from the same resamples. They are
 * NaN where the figure is.
 *
 * @param srcc of Spearman's rank correlation
 * @param plcc of Pearson's correlation of the scores as they are
 * @param krcc of Kendall's rank correlation tau-b
 * @param rmse of the root mean squared difference
 */
public record Intervals(
    BootstrapInterval srcc,
    BootstrapInterval plcc,
    BootstrapInterval krcc,
    BootstrapInterval rmse) {

  /**
   * The intervals of two lists of scores.
   *
   * @param resamples how many times as many pairs as there are are drawn, with replacement
   * @param seed determines the draws
   * @throws IllegalArgumentException if the lists differ in length, or have fewer than two scores
   */
  public static Intervals of(double[] predicted, double[] opinion, int resamples, long seed) {
    Agreement.requirePairs(predicted, opinion);
    double[][] resampled =
        Resamples.measure(
            predicted.length,
            resamples,
            seed,
            new RankCorrelation(predicted, opinion),
            new LinearCorrelation(predicted, opinion),
            new KendallCorrelation(predicted, opinion),
            rmse(predicted, opinion));
    return new Intervals(
        BootstrapInterval.of(resampled[0]),
        BootstrapInterval.of(resampled[1]),
        BootstrapInterval.of(resampled[2]),
        BootstrapInterval.of(resampled[3]));
  }

  private static ToDoubleFunction<int[]> rmse(double[] predicted, double[] opinion) {
    return counts -> {
      double sum = 0;
      for (int i = 0; i < counts.length; i++) {
        double error = predicted[i] - opinion[i];
        sum += counts[i] * error * error;
      }
      return Math.sqrt(sum / counts.length);
    };
  }
}
