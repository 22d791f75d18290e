package io.dpiqa.train;

import java.util.Random;
import java.util.stream.IntStream;

/**
 * Which pictures a step learns from. Every epoch goes through all pictures in an order of its own,
 * and leaves out those at its end that fill no batch.
 */
final class EpochOrder {
  private final Schedule schedule;
  private final int pictures;
  private int[] order;
  private long orderedEpoch = -1;

  EpochOrder(Schedule schedule, int pictures) {
    this.schedule = schedule;
    this.pictures = pictures;
  }

  int stepsPerEpoch() {
    return pictures / schedule.batch();
  }

  /** The epoch, from 0, that a step belongs to. */
  long epoch(long step) {
    return step / stepsPerEpoch();
  }

  /** The pictures of a step, from 0, of the whole run. */
  int[] chosen(long step) {
    long epoch = epoch(step);
    if (epoch != orderedEpoch) {
      order = order(epoch);
      orderedEpoch = epoch;
    }
    int first = (int) (step % stepsPerEpoch()) * schedule.batch();
    return IntStream.range(first, first + schedule.batch()).map(i -> order[i]).toArray();
  }

  private int[] order(long epoch) {
    int[] shuffled = IntStream.range(0, pictures).toArray();
    Random random = new Random(Seeds.of(schedule.seed(), Seeds.ORDER, epoch));
    for (int i = shuffled.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = shuffled[i];
      shuffled[i] = shuffled[j];
      shuffled[j] = swapped;
    }
    return shuffled;
  }
}
