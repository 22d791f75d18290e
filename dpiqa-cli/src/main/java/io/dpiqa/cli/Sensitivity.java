package io.dpiqa.cli;

import io.dpiqa.degradation.Degradation;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * How one model answers to degradations. Scores are 100 times the raw outputs, not cut to 0 to 100,
 * lest scores beyond an end count as equal.
 *
 * @param model id of the model
 * @param series one of each photograph and kind; at least one
 */
record Sensitivity(String model, List<Series> series) {
  static final double BAR_IN_ORDER = 0.98;
  static final double BAR_RISE = 2;

  Sensitivity {
    series = List.copyOf(series);
  }

  /**
   * A photograph that becomes worse.
   *
   * @param photograph its path
   * @param scores at levels 0, the clean original, to 5
   */
  record Series(String photograph, Degradation kind, List<Double> scores) {
    Series {
      scores = List.copyOf(scores);
    }

    /** How far below the clean original a level is; negative if above. */
    double drop(int level) {
      return scores.get(0) - scores.get(level);
    }

    /** How many levels score no higher than the one before. */
    private int inOrder() {
      int count = 0;
      for (int level = 1; level <= Degradation.LEVELS; level++) {
        if (scores.get(level) <= scores.get(level - 1)) {
          count++;
        }
      }
      return count;
    }

    private Rise rise() {
      int highest = 1;
      for (int level = 2; level <= Degradation.LEVELS; level++) {
        if (scores.get(level) > scores.get(highest)) {
          highest = level;
        }
      }
      return new Rise(photograph, kind, highest, -drop(highest));
    }
  }

  /**
   * A distorted version that scores higher than its clean original.
   *
   * @param points of 100; above 0
   */
  record Rise(String photograph, Degradation kind, int level, double points) {}

  List<Series> of(Degradation kind) {
    return series.stream().filter(s -> s.kind() == kind).toList();
  }

  /** Pairs of adjacent levels. */
  static int pairs(Collection<Series> series) {
    return Degradation.LEVELS * series.size();
  }

  /** The share of them where the worse is not scored higher. */
  static double inOrder(Collection<Series> series) {
    return (double) series.stream().mapToInt(Series::inOrder).sum() / pairs(series);
  }

  /** Over the photographs. */
  static double meanDrop(Collection<Series> series, int level) {
    return series.stream().mapToDouble(s -> s.drop(level)).average().orElseThrow();
  }

  /** The largest; empty if no distorted version scores higher than its original. */
  static Optional<Rise> largestRise(Collection<Series> series) {
    return series.stream()
        .map(Series::rise)
        .filter(rise -> rise.points() > 0)
        .max(Comparator.comparingDouble(Rise::points));
  }

  /** Whether the project's bar is met. */
  boolean meetsBar() {
    return inOrder(series) >= BAR_IN_ORDER
        && largestRise(series).map(Rise::points).orElse(0.0) <= BAR_RISE;
  }
}
