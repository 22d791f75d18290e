package io.dpiqa.model;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Held for moments in which a store's models get or lose their names and drafts are made or
 * deleted: by one thread of one process at a time. The lock is a file beside the store's folder.
 */
final class StoreLock implements AutoCloseable {

  /** A file's lock is the whole process's. */
  private static final ReentrantLock THREADS = new ReentrantLock();

  private final FileChannel file;

  private StoreLock(FileChannel file) {
    this.file = file;
  }

  /** Waits for the lock of the store with that folder. */
  static StoreLock of(Path store) throws IOException {
    THREADS.lock();
    try {
      FileChannel file =
          FileChannel.open(
              store.resolveSibling(store.getFileName() + ".lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE);
      file.lock();
      return new StoreLock(file);
    } catch (IOException | RuntimeException e) {
      THREADS.unlock();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    try {
      file.close();
    } finally {
      THREADS.unlock();
    }
  }
}
