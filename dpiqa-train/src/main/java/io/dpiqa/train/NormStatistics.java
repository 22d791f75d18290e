package io.dpiqa.train;

import io.dpiqa.torch.TorchOperations;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.DoubleFunction;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/**
 * Measures BatchNorm's statistics on batches of training pictures, the same whenever it is asked in
 * a run: on {@value #BATCHES} of at most {@value #LARGEST_BATCH}.
 */
@SuppressWarnings("try") // scopes are opened for their end
final class NormStatistics {
  private static final int BATCHES = 40;

  /** Larger ones give nearly the same statistics, and take more memory. */
  private static final int LARGEST_BATCH = 32;

  private final int[][] batches;

  /**
   * @param images how many training pictures there are
   */
  NormStatistics(Schedule schedule, int images) {
    SplittableRandom random = new SplittableRandom(Seeds.of(schedule.seed(), Seeds.STATISTICS));
    int size = batch(schedule);
    this.batches =
        IntStream.range(0, BATCHES)
            .mapToObj(batch -> random.ints(size, 0, images).toArray())
            .toArray(int[][]::new);
  }

  /** How many pictures are read at once. */
  static int batch(Schedule schedule) {
    return Math.min(LARGEST_BATCH, schedule.batch());
  }

  /** The pictures of all batches, each once. */
  int[] images() {
    return Arrays.stream(batches).flatMapToInt(Arrays::stream).distinct().toArray();
  }

  /**
   * Has a network look at the batches.
   *
   * @param operations by the share of a batch's statistics in the running ones
   * @param network reads the pictures of a batch
   */
  void measure(
      DoubleFunction<TorchOperations> operations, BiConsumer<TorchOperations, int[]> network) {
    try (NoGradGuard inference = new NoGradGuard()) {
      for (int i = 0; i < batches.length; i++) {
        try (PointerScope temporary = new PointerScope()) {
          network.accept(operations.apply(1 / (i + 1.0)), batches[i]);
        }
      }
    }
  }
}
