package io.dpiqa.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/** Files that are there whole or not at all. */
final class WholeFile {
  private WholeFile() {}

  /** Writes a file in UTF-8, over one that is there. */
  static void write(Path file, String text) throws IOException {
    Path partial = file.resolveSibling("." + UUID.randomUUID() + ".partial");
    try {
      Files.writeString(partial, text);
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial);
    }
  }
}
