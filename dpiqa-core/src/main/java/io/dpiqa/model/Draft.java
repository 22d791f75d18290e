package io.dpiqa.model;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A hidden folder of the store in which a model is written before it gets its name, and where the
 * model lies that it replaces. It is deleted when it is closed or the process is ended; after a
 * process that was killed, by the next one. A model that was replaced by nothing yet is put back
 * before.
 *
 * <p>All but {@link #resolve} is done under the {@link StoreLock}.
 */
@SuppressWarnings("try") // a lock is held, not used
final class Draft implements AutoCloseable {
  private static final String SUFFIX = ".partial";
  private static final String LOCK = "lock";
  private static final String REPLACED = "old";

  /**
   * Drafts of this process. Their lock must not be tried: to close a file frees all locks that the
   * process has on it.
   */
  private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

  private final Path store;
  private final Path folder;
  private final FileChannel lock;
  private final Thread atExit = new Thread(this::deleteAtExit);

  private Draft(Path store, Path folder, FileChannel lock) {
    this.store = store;
    this.folder = folder;
    this.lock = lock;
  }

  /** Makes a draft in a store's folder. */
  static Draft in(Path store) throws IOException {
    try (StoreLock held = StoreLock.of(store)) {
      clearAbandoned(store);
      Path folder = Files.createDirectory(store.resolve("." + UUID.randomUUID() + SUFFIX));
      OWN.add(folder.getFileName());
      FileChannel lock =
          FileChannel.open(
              folder.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      lock.lock();
      Draft draft = new Draft(store, folder, lock);
      Runtime.getRuntime().addShutdownHook(draft.atExit);
      return draft;
    }
  }

  /** Brings back models that a process moved away before it was killed. */
  static void recover(Path store) throws IOException {
    if (!holdsReplaced(store)) {
      return; // nothing is written, as the store may be one that cannot be
    }
    try (StoreLock held = StoreLock.of(store)) {
      clearAbandoned(store);
    }
  }

  private static boolean holdsReplaced(Path store) throws IOException {
    return drafts(store).stream().anyMatch(draft -> Files.exists(draft.resolve(REPLACED)));
  }

  private static List<Path> drafts(Path store) throws IOException {
    try (DirectoryStream<Path> drafts = Files.newDirectoryStream(store, ".*" + SUFFIX)) {
      List<Path> paths = new ArrayList<>();
      drafts.forEach(paths::add);
      return paths;
    }
  }

  private static void clearAbandoned(Path store) throws IOException {
    for (Path draft : drafts(store)) {
      if (isAbandoned(draft)) {
        delete(draft, store);
      }
    }
  }

  private static boolean isAbandoned(Path draft) throws IOException {
    if (OWN.contains(draft.getFileName())) {
      return false;
    }
    Path file = draft.resolve(LOCK);
    if (!Files.exists(file)) {
      return true; // whoever made it was killed before it could lock it
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      return lock != null;
    }
  }

  /** A file or folder in the draft; not there at first. */
  Path resolve(String name) {
    return folder.resolve(name);
  }

  /** Takes the folder of a model out of the store; it is put back unless another takes its name. */
  void replace(Path model) throws IOException {
    Path old = Files.createDirectories(folder.resolve(REPLACED)).resolve(model.getFileName());
    Files.move(model, old, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() throws IOException {
    try (StoreLock held = StoreLock.of(store)) {
      lock.close();
      delete(folder, store);
      OWN.remove(folder.getFileName());
    }
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The process is ending already.
    }
  }

  private void deleteAtExit() {
    try (StoreLock held = StoreLock.of(store)) {
      delete(folder, store);
    } catch (IOException e) {
      // Nobody is left to be told. The next draft deletes it.
    }
  }

  private static void delete(Path draft, Path store) throws IOException {
    Path replaced = draft.resolve(REPLACED);
    if (Files.exists(replaced)) {
      try (DirectoryStream<Path> models = Files.newDirectoryStream(replaced)) {
        for (Path model : models) {
          Path name = store.resolve(model.getFileName());
          if (Files.notExists(name)) {
            Files.move(model, name, StandardCopyOption.ATOMIC_MOVE);
          }
        }
      }
    }
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(draft)) {
      paths = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : paths) {
      Files.deleteIfExists(path);
    }
  }
}
