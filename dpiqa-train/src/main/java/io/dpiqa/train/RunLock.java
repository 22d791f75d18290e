package io.dpiqa.train;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Held while a run trains in its folder: a second one would write an earlier epoch over a later
 * one. The file stays, as deleting it would let two processes hold locks of different files.
 */
final class RunLock implements AutoCloseable {
  private static final String FILE = "run.lock";

  private final FileChannel file;

  private RunLock(FileChannel file) {
    this.file = file;
  }

  /**
   * The lock of a folder that is there.
   *
   * @throws TrainingException if a run has it already
   */
  static RunLock of(Path folder) throws IOException {
    FileChannel file =
        FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (!isOurs(file)) {
      file.close();
      throw new TrainingException(
          folder + ": a run is training there already; wait for its end, or name another folder");
    }
    return new RunLock(file);
  }

  private static boolean isOurs(FileChannel file) throws IOException {
    try {
      FileLock lock = file.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // another thread of this process has it
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
