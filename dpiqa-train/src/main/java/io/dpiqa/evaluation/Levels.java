package io.dpiqa.evaluation;

import java.util.Arrays;

/** Values by their order alone: level[i] tells how many different values are below value i. */
final class Levels {
  final int[] level;
  final int number;

  Levels(double[] values) {
    double[] distinct = Arrays.stream(values).sorted().distinct().toArray();
    level = Arrays.stream(values).mapToInt(value -> Arrays.binarySearch(distinct, value)).toArray();
    number = distinct.length;
  }

  /**
   * The rank of every level in a resample, less the mean rank: a multiple of a half, and so exact.
   *
   * @param counts how often every value was drawn; they sum to the number of values
   */
  double[] ranks(int[] counts) {
    int[] drawn = drawn(counts);
    double[] ranks = new double[number];
    int below = 0;
    for (int i = 0; i < number; i++) {
      ranks[i] = below + (drawn[i] - counts.length) / 2.0;
      below += drawn[i];
    }
    return ranks;
  }

  /** How many pairs of values of a resample are not tied. */
  double untiedPairs(int[] counts) {
    long untied = 0;
    long below = 0;
    for (int drawn : drawn(counts)) {
      untied += below * drawn;
      below += drawn;
    }
    return untied;
  }

  private int[] drawn(int[] counts) {
    int[] drawn = new int[number];
    for (int i = 0; i < counts.length; i++) {
      drawn[level[i]] += counts[i];
    }
    return drawn;
  }
}
