package io.dpiqa.evaluation;

import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The draws of a bootstrap: as many pictures as there are, with replacement, again and again. */
final class Resamples {
  /** Few enough that the draws of 40,000 pictures that wait to be measured take 10 MB. */
  private static final int BATCH = 64;

  private Resamples() {}

  /**
   * Measures every resample, on all cores. The draws are made one after another, so that the result
   * does not depend on the number of cores.
   *
   * @param pictures how many there are
   * @param resamples how often they are drawn
   * @param seed determines the draws
   * @param figures get, of one resample, how often every picture was drawn
   * @return {@code [figures][resamples]}
   */
  @SafeVarargs
  static double[][] measure(
      int pictures, int resamples, long seed, ToDoubleFunction<int[]>... figures) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] measured = new double[figures.length][resamples];
    for (int from = 0; from < resamples; from += BATCH) {
      int[][] batch = new int[Math.min(BATCH, resamples - from)][pictures];
      for (int[] counts : batch) {
        for (int i = 0; i < pictures; i++) {
          counts[random.nextInt(pictures)]++;
        }
      }
      int first = from;
      IntStream.range(0, batch.length)
          .parallel()
          .forEach(
              i -> {
                for (int figure = 0; figure < figures.length; figure++) {
                  measured[figure][first + i] = figures[figure].applyAsDouble(batch[i]);
                }
              });
    }
    return measured;
  }
}
