package io.dpiqa.evaluation;

import java.util.Arrays;
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

  /** Values by their order alone: level[i] tells how many different values are below value i. */
  private static final class Levels {
    final int[] level;
    final int number;

    Levels(double[] values) {
      double[] distinct = Arrays.stream(values).sorted().distinct().toArray();
      level =
          Arrays.stream(values).mapToInt(value -> Arrays.binarySearch(distinct, value)).toArray();
      number = distinct.length;
    }

    /** The rank of every level, less the mean rank: a multiple of a half, and so exact. */
    double[] ranks(int[] counts) {
      int[] drawn = new int[number];
      for (int i = 0; i < counts.length; i++) {
        drawn[level[i]] += counts[i];
      }
      double[] ranks = new double[number];
      int below = 0;
      for (int i = 0; i < number; i++) {
        ranks[i] = below + (drawn[i] - counts.length) / 2.0;
        below += drawn[i];
      }
      return ranks;
    }
  }
}
