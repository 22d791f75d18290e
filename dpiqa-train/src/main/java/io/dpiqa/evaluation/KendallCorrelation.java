package io.dpiqa.evaluation;

import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Kendall's rank correlation tau-b of resamples of the same pairs, in {@code n log n} steps
 * (Christensen, Fast algorithms for the calculation of Kendall's tau, 2005): the pairs are gone
 * through by rising prediction, and a binary indexed tree tells how many of those before had a
 * lower opinion.
 */
final class KendallCorrelation implements ToDoubleFunction<int[]> {
  private final Levels predicted;
  private final Levels opinion;
  private final int[] byPrediction;

  KendallCorrelation(double[] predicted, double[] opinion) {
    this.predicted = new Levels(predicted);
    this.opinion = new Levels(opinion);
    byPrediction =
        IntStream.range(0, predicted.length)
            .boxed()
            .sorted((one, other) -> Double.compare(predicted[one], predicted[other]))
            .mapToInt(Integer::intValue)
            .toArray();
  }

  /**
   * @param counts how often every pair was drawn; they sum to the number of pairs
   * @return NaN where one side is constant
   */
  @Override
  public double applyAsDouble(int[] counts) {
    int[] tree = new int[opinion.number + 1];
    long excess = 0; // of pairs in the same order over pairs in the opposite one
    int before = 0;
    int end;
    for (int begin = 0; begin < byPrediction.length; begin = end) {
      // Equal predictions are no pair in any order, so they are added to the tree together.
      end = begin;
      while (end < byPrediction.length && isTied(begin, end)) {
        int pair = byPrediction[end];
        if (counts[pair] > 0) {
          int lower = drawnBelow(tree, opinion.level[pair]);
          int higher = before - drawnBelow(tree, opinion.level[pair] + 1);
          excess += (long) counts[pair] * (lower - higher);
        }
        end++;
      }
      for (int i = begin; i < end; i++) {
        int pair = byPrediction[i];
        add(tree, opinion.level[pair], counts[pair]);
        before += counts[pair];
      }
    }
    return excess / Math.sqrt(predicted.untiedPairs(counts) * opinion.untiedPairs(counts));
  }

  private boolean isTied(int one, int other) {
    return predicted.level[byPrediction[one]] == predicted.level[byPrediction[other]];
  }

  private static void add(int[] tree, int level, int count) {
    for (int i = level + 1; count > 0 && i < tree.length; i += i & -i) {
      tree[i] += count;
    }
  }

  private static int drawnBelow(int[] tree, int level) {
    int sum = 0;
    for (int i = level; i > 0; i -= i & -i) {
      sum += tree[i];
    }
    return sum;
  }
}
