package io.dpiqa.benchmarks;

import java.util.Arrays;
import java.util.Locale;

/** What was measured several times: the median and how far it spreads. */
final class Times {
  private final double[] sorted;

  private Times(double[] sorted) {
    this.sorted = sorted;
  }

  static Times of(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return new Times(sorted);
  }

  double median() {
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /** For instance {@code 331 ms (318 to 346, 15 runs)}. */
  String in(String unit, int decimals) {
    String number = "%." + decimals + "f";
    return String.format(
        Locale.ROOT,
        number + " " + unit + " (" + number + " to " + number + ", %d runs)",
        median(),
        sorted[0],
        sorted[sorted.length - 1],
        sorted.length);
  }
}
