package io.dpiqa.evaluation;

import java.util.function.ToDoubleFunction;

/** Pearson's correlation of resamples of the same pairs. */
final class LinearCorrelation implements ToDoubleFunction<int[]> {
  private final double[] predicted;
  private final double[] opinion;

  LinearCorrelation(double[] predicted, double[] opinion) {
    this.predicted = predicted;
    this.opinion = opinion;
  }

  /**
   * @param counts how often every pair was drawn; they sum to the number of pairs
   * @return NaN where one side is constant
   */
  @Override
  public double applyAsDouble(int[] counts) {
    double predictedMean = mean(predicted, counts);
    double opinionMean = mean(opinion, counts);
    double predictedSquares = 0;
    double opinionSquares = 0;
    double products = 0;
    for (int i = 0; i < counts.length; i++) {
      double x = predicted[i] - predictedMean;
      double y = opinion[i] - opinionMean;
      predictedSquares += counts[i] * x * x;
      opinionSquares += counts[i] * y * y;
      products += counts[i] * x * y;
    }
    return products / Math.sqrt(predictedSquares * opinionSquares);
  }

  /** The mean, from the first that was drawn: exact where all are the same. */
  private static double mean(double[] values, int[] counts) {
    int first = 0;
    while (counts[first] == 0) {
      first++;
    }
    double sum = 0;
    for (int i = first; i < counts.length; i++) {
      sum += counts[i] * (values[i] - values[first]);
    }
    return values[first] + sum / counts.length;
  }
}
