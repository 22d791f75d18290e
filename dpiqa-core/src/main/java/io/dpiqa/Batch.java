package io.dpiqa;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Scores files on several threads and gives the outcomes in the order of the files. It looks ahead
 * a bounded number of files, so that the list of files may be endless.
 */
final class Batch implements AutoCloseable {

  /** Enough that one large picture at the head does not make the others wait. */
  private static final int LOOK_AHEAD_PER_THREAD = 4;

  private final Function<Path, Outcome> scorer;
  private final Consumer<? super Outcome> consumer;
  private final int lookAhead;
  private final ExecutorService workers;
  private final Queue<Future<Outcome>> pending = new ArrayDeque<>();

  Batch(int threads, Function<Path, Outcome> scorer, Consumer<? super Outcome> consumer) {
    this.scorer = scorer;
    this.consumer = consumer;
    this.lookAhead = threads * LOOK_AHEAD_PER_THREAD;
    this.workers =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              Thread thread = new Thread(task, "dpiqa-score");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Adds a file, and gives the consumer what is due: nothing stays that need not wait. */
  void add(Path photo) {
    pending.add(workers.submit(() -> scorer.apply(photo)));
    while (pending.size() == lookAhead || (!pending.isEmpty() && pending.element().isDone())) {
      consumer.accept(await(pending.remove()));
    }
  }

  /** Gives the consumer the rest. */
  void finish() {
    while (!pending.isEmpty()) {
      consumer.accept(await(pending.remove()));
    }
  }

  private static Outcome await(Future<Outcome> outcome) {
    try {
      return outcome.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("scoring was interrupted");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException exception) {
        throw exception;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e);
    }
  }

  /** Begins nothing more and waits for what has begun. */
  @Override
  public void close() {
    // Not by interrupts: the image libraries do not expect them.
    pending.forEach(outcome -> outcome.cancel(false));
    workers.shutdown();
    boolean interrupted = false;
    while (!workers.isTerminated()) {
      try {
        workers.awaitTermination(1, TimeUnit.DAYS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
