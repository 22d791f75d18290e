package io.dpiqa.importer;

import io.dpiqa.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether there is room on a disk for what is about to be written. */
final class Space {
  private Space() {}

  /** Requires room for a file that is deleted after use. */
  static void requireTemporary(String what, long bytes) throws IOException {
    require(
        Path.of(System.getProperty("java.io.tmpdir")),
        what,
        bytes,
        "let JAVA_TOOL_OPTIONS name another folder, as in -Djava.io.tmpdir=FOLDER");
  }

  /**
   * Requires room in a folder, which need not exist yet.
   *
   * @param what takes it, for the error
   * @param remedy what to do if there is none
   * @throws ModelException if there is less
   */
  static void require(Path folder, String what, long bytes, String remedy) throws IOException {
    Path existing = folder.toAbsolutePath();
    while (Files.notExists(existing)) {
      existing = existing.getParent();
    }
    long free = Files.getFileStore(existing).getUsableSpace();
    if (free < bytes) {
      throw new ModelException(
          existing.toString(),
          "%s takes %.1f GB, and %.1f GB are free there; %s"
              .formatted(what, bytes / 1e9, free / 1e9, remedy));
    }
  }
}
