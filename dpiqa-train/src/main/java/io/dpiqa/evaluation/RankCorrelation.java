package io.dpiqa.evaluation;

import java.util.function.ToDoubleFunction;

/**
 * Spearman's rank correlation, ties ranked by their average, of resamples of the same pairs. The
 * values are sorted once: what a resample changes of a rank is how many values are below it.
 */
final class RankCorrelation implements ToDoubleFunction<int[]> {
  private final Levels predicted;
  private final Levels opinion;

  RankCorrelation(double[] predicted, double[] opinion) {
    this.predicted = new Levels(predicted);
    this.opinion = new Levels(opinion);
  }

  /**
   * @param counts how often every pair was drawn; they sum to the number of pairs
   * @return NaN where one side is constant
   */
  @Override
  public double applyAsDouble(int[] counts) {
    double[] predictedRanks = predicted.ranks(counts);
    double[] opinionRanks = opinion.ranks(counts);
    double predictedSquares = 0;
    double opinionSquares = 0;
    double products = 0;
    for (int i = 0; i < counts.length; i++) {
      double x = predictedRanks[predicted.level[i]];
      double y = opinionRanks[opinion.level[i]];
      predictedSquares += counts[i] * x * x;
      opinionSquares += counts[i] * y * y;
      products += counts[i] * x * y;
    }
    return products / Math.sqrt(predictedSquares * opinionSquares);
  }
}
