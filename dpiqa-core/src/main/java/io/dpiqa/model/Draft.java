package io.dpiqa.model;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A hidden folder of the store in which a model is written before it gets its name. It is deleted
 * when it is closed or the process is ended; after a process that was killed, when the next draft
 * is made.
 */
final class Draft implements AutoCloseable {
  private static final String SUFFIX = ".partial";
  private static final String LOCK = "lock";

  private final Path folder;
  private final FileChannel lock;
  private final Thread atExit = new Thread(this::deleteAtExit);

  private Draft(Path folder, FileChannel lock) {
    this.folder = folder;
    this.lock = lock;
  }

  /** Makes a draft in a store's folder, and deletes those that nobody works on any more. */
  static Draft in(Path store) throws IOException {
    try (DirectoryStream<Path> drafts = Files.newDirectoryStream(store, ".*" + SUFFIX)) {
      for (Path draft : drafts) {
        if (isAbandoned(draft)) {
          delete(draft);
        }
      }
    }
    Path folder = Files.createDirectory(store.resolve("." + UUID.randomUUID() + SUFFIX));
    FileChannel lock =
        FileChannel.open(
            folder.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    lock.lock();
    Draft draft = new Draft(folder, lock);
    Runtime.getRuntime().addShutdownHook(draft.atExit);
    return draft;
  }

  private static boolean isAbandoned(Path draft) throws IOException {
    Path file = draft.resolve(LOCK);
    if (!Files.exists(file)) {
      return false; // just being made
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // another thread's
    }
  }

  /** A file or folder in the draft; not there at first. */
  Path resolve(String name) {
    return folder.resolve(name);
  }

  @Override
  public void close() throws IOException {
    lock.close();
    delete(folder);
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The process is ending already.
    }
  }

  private void deleteAtExit() {
    try {
      delete(folder);
    } catch (IOException e) {
      // Nobody is left to be told. The next draft deletes it.
    }
  }

  private static void delete(Path tree) throws IOException {
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(tree)) {
      paths = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : paths) {
      Files.deleteIfExists(path);
    }
  }
}
