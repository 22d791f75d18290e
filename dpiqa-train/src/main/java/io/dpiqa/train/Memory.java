package io.dpiqa.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;

/** Whether training fits into the machine's memory, asked before the first step. */
final class Memory {
  /** What Java and libtorch take by themselves, and the pictures that are read ahead; measured. */
  private static final long PROCESS = 800_000_000;

  /**
   * Blocks that were freed leave holes that those of another size do not fit, and gradients come
   * and go; measured, see docs/performance.md.
   */
  private static final double HOLES = 1.8;

  private static final int MOST_PROPOSED = 2;

  /** A change of any recipe by which less is in memory at once, as JSON; steps take longer. */
  static final String CHECKPOINTS = "{\"schedule\": {\"checkpoints\": true}}";

  /** Statistics and correlations of fewer pictures say little. */
  static final int LEAST_BATCH = 8;

  private Memory() {}

  /**
   * Gives the system what libtorch has freed and the allocator keeps. After a run, as whatever this
   * process does next asks how much is free; within it, as passes of other sizes leave holes that
   * add up.
   */
  static void giveBack() {
    Pointer.trimMemory();
  }

  /**
   * Bytes that training takes.
   *
   * @param values of the network, their gradients and moments, and copies of them
   * @param activations elements that the largest pass makes, all of which are there at once
   */
  static long bytes(long values, long activations) {
    return PROCESS + Float.BYTES * values + (long) (HOLES * Float.BYTES * activations);
  }

  /**
   * Changes of a recipe by which less of a batch is in memory at once, as JSON, the least change
   * first; for networks that may see a batch in parts.
   */
  static List<String> savings(int batch) {
    return List.of(
        CHECKPOINTS,
        "{\"schedule\": {\"checkpoints\": true, \"parts\": %d, \"averageDecay\": 0}}"
            .formatted(batch));
  }

  /** Changes of a recipe by which a batch is learnt from in parts, as JSON, the largest first. */
  static List<String> parts(int batch) {
    return IntStream.rangeClosed(2, batch)
        .filter(parts -> batch % parts == 0)
        .mapToObj("{\"schedule\": {\"parts\": %d}}"::formatted)
        .toList();
  }

  /**
   * Changes of a recipe to smaller batches, as JSON, the largest first; for networks whose
   * BatchNorm sees whole batches.
   */
  static List<String> smallerBatches(int batch) {
    List<String> changes = new ArrayList<>();
    int smaller = batch;
    while (smaller > LEAST_BATCH) {
      smaller = Math.max(LEAST_BATCH, smaller / 2);
      changes.add("{\"schedule\": {\"batch\": %d}}".formatted(smaller));
    }
    return changes;
  }

  /** The least of {@link #smallerBatches}, and {@link #CHECKPOINTS} besides. */
  static String leastBatch(int batch) {
    return "{\"schedule\": {\"batch\": %d, \"checkpoints\": true}}"
        .formatted(Math.min(batch, LEAST_BATCH));
  }

  /**
   * Makes sure that training fits.
   *
   * @param needed bytes
   * @param available bytes
   * @param changes of the recipe, as JSON, in the order in which they are to be proposed
   * @param bytes that training takes with such a change
   * @throws TrainingException if it does not, naming up to two changes with which it would
   */
  static void require(
      long needed, long available, List<String> changes, ToLongFunction<String> bytes) {
    if (needed <= available) {
      return;
    }
    Map<String, Long> alternatives = new LinkedHashMap<>();
    for (String change : changes) {
      long takes = bytes.applyAsLong(change);
      // Otherwise it is another in other words.
      if (!alternatives.containsValue(takes)) {
        alternatives.put(change, takes);
      }
    }
    String others =
        alternatives.entrySet().stream()
            .filter(other -> other.getValue() <= available)
            .limit(MOST_PROPOSED)
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
                    .orElse("free some, or take a smaller network or another machine")));
  }

  private static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }
}
