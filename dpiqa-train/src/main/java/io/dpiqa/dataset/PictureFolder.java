package io.dpiqa.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds pictures by names whose case may differ from the files'. */
final class PictureFolder {
  private final Path folder;
  private final Map<Path, Map<String, Path>> listings = new HashMap<>();

  PictureFolder(Path folder) {
    this.folder = folder;
  }

  Path path() {
    return folder;
  }

  /**
   * The file of that name: exactly, or else but for case.
   *
   * @param name path below this folder; there is nothing elsewhere
   */
  Optional<Path> find(String name) {
    Path root = folder.toAbsolutePath().normalize();
    Path below;
    try {
      Path path = root.resolve(name).normalize();
      if (!path.startsWith(root)) {
        return Optional.empty();
      }
      below = root.relativize(path);
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
    Path exact = folder.resolve(below);
    return Files.isRegularFile(exact) ? Optional.of(exact) : findIgnoringCase(below);
  }

  private Optional<Path> findIgnoringCase(Path below) {
    Path found = folder;
    for (Path element : below) {
      found = listings.computeIfAbsent(found, PictureFolder::list).get(key(element));
      if (found == null) {
        return Optional.empty();
      }
    }
    return Optional.of(found).filter(Files::isRegularFile);
  }

  /** What is in a folder, by names in lower case; of several, the first in order. */
  private static Map<String, Path> list(Path folder) {
    Map<String, Path> files = new HashMap<>();
    try (Stream<Path> listing = Files.list(folder)) {
      listing.sorted().forEach(file -> files.putIfAbsent(key(file.getFileName()), file));
    } catch (IOException e) {
      return Map.of(); // nothing can be found where nothing can be listed
    }
    return files;
  }

  private static String key(Path name) {
    return name.toString().toLowerCase(Locale.ROOT);
  }
}
