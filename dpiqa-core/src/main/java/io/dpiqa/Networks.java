package io.dpiqa;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * A model's network, set up for each way of sharing the cores when it is first asked for: all cores
 * on one picture is quickest for that picture, one core on each of many is quickest for them all.
 *
 * <p>Thread-safe. No more runs are in progress than there are cores for, which bounds the native
 * memory too.
 */
final class Networks implements AutoCloseable {

  private final IntFunction<Network> opener;
  private final Semaphore cores;
  private final Map<Integer, CompletableFuture<Network>> byCores = new ConcurrentHashMap<>();

  /** Runs read, closing writes: so it waits for them. */
  private final ReadWriteLock open = new ReentrantReadWriteLock();

  private boolean closed;

  /**
   * @param cores for all runs together
   * @param opener sets up a network whose runs use that many cores
   */
  Networks(int cores, IntFunction<Network> opener) {
    this.cores = new Semaphore(cores, true);
    this.opener = opener;
  }

  /** Begins to set up a network whose runs use that many cores, if there is none; does not wait. */
  void prepare(int coresPerRun) {
    CompletableFuture<Network> unused = network(coresPerRun);
  }

  private CompletableFuture<Network> network(int coresPerRun) {
    open.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("the model is closed");
      }
      return byCores.computeIfAbsent(
          coresPerRun, n -> CompletableFuture.supplyAsync(() -> opener.apply(n)));
    } finally {
      open.readLock().unlock();
    }
  }

  /** Runs the network once. */
  <R> R run(int coresPerRun, Function<Network, R> run) {
    cores.acquireUninterruptibly(coresPerRun);
    open.readLock().lock();
    try {
      return run.apply(network(coresPerRun).join());
    } catch (CompletionException e) {
      if (e.getCause() instanceof ModelException problem) {
        throw problem;
      }
      throw e;
    } finally {
      open.readLock().unlock();
      cores.release(coresPerRun);
    }
  }

  /**
   * Frees the native memory, after the runs in progress; the next one sets its network up again.
   */
  void release() {
    open.writeLock().lock();
    try {
      for (CompletableFuture<Network> network : byCores.values()) {
        Network opened = network.handle((ready, failure) -> ready).join();
        if (opened != null) {
          opened.close();
        }
      }
      byCores.clear();
    } finally {
      open.writeLock().unlock();
    }
  }

  /** Frees the native memory, after the runs in progress. */
  @Override
  public void close() {
    open.writeLock().lock();
    try {
      closed = true;
      release();
    } finally {
      open.writeLock().unlock();
    }
  }
}
