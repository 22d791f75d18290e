package io.dpiqa.train;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Whether training fits into the machine's memory, asked before the first step. */
final class Memory {
  private Memory() {}

  /**
   * Makes sure that training fits.
   *
   * @param needed bytes
   * @param available bytes
   * @param alternatives changes of the recipe, and the bytes that training takes with them
   * @throws TrainingException if it does not, naming the alternatives that would
   */
  static void require(long needed, long available, Map<String, Long> alternatives) {
    if (needed <= available) {
      return;
    }
    String others =
        alternatives.entrySet().stream()
            .filter(other -> other.getValue() <= available)
            .map(other -> "%s takes %s".formatted(other.getKey(), gigabytes(other.getValue())))
            .collect(Collectors.joining("; "));
    throw new TrainingException(
        "training takes about %s of memory, and %s are free; %s"
            .formatted(
                gigabytes(needed),
                gigabytes(available),
                Optional.of(others)
                    .filter(text -> !text.isEmpty())
                    .map("change the recipe: "::concat)
                    .orElse("take a smaller network or another machine")));
  }

  private static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }
}
