package io.dpiqa.train;

import java.util.SplittableRandom;

/**
 * Seeds for everything random in a run, each a function of the run's seed and of where in the run
 * it is used, so that a run that is resumed draws what it would have drawn.
 */
final class Seeds {
  static final int INITIALISE = 0;
  static final int ORDER = 1;
  static final int AUGMENT = 2;
  static final int DROP = 3;
  static final int STATISTICS = 4;
  static final int DEGRADE = 5;
  static final int VALIDATION = 6;

  private Seeds() {}

  /** A seed of its own for every sequence of numbers. */
  static long of(long seed, long... place) {
    long mixed = seed;
    for (long number : place) {
      mixed = new SplittableRandom(mixed).nextLong() + number;
    }
    return new SplittableRandom(mixed).nextLong();
  }
}
