package io.dpiqa.cli;

import io.dpiqa.ImageException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * The photographs that named paths stand for, found as they are asked for: a file stands for
 * itself, whatever it is called, and a directory for the files in it that are called like pictures,
 * in the order of their names.
 *
 * <p>Links to directories are followed where they are named, not where they are found, so that no
 * search goes in circles. Hidden files and directories are passed over.
 */
final class Photographs implements Iterator<Path> {

  /** Those that can be read, and those about which the decoder says what to do. */
  private static final Set<String> EXTENSIONS =
      Set.of(
          "jpg", "jpeg", "jpe", "jfif", "png", "webp", "bmp", "gif", "tif", "tiff", "heic", "heif",
          "avif", "jxl");

  /** Stands for the paths on standard input. */
  static final Path STANDARD_INPUT = Path.of("-");

  private final Iterator<Path> arguments;
  private final boolean recursive;
  private final BiConsumer<Path, ImageException> unread;

  /** What is left of the named directory and of its subdirectories on the way to where we are. */
  private final Deque<Iterator<Path>> open = new ArrayDeque<>();

  private Iterator<Path> input = Collections.emptyIterator();
  private Path directory;
  private boolean foundInDirectory;
  private Path next;

  /**
   * @param arguments files, directories, and {@code -} for those on standard input, one a line,
   *     which is read no further than needed
   * @param recursive whether to search the directories in directories
   * @param unread gets the directories that hold no photograph or cannot be read
   */
  Photographs(List<Path> arguments, boolean recursive, BiConsumer<Path, ImageException> unread) {
    this.arguments = arguments.iterator();
    this.recursive = recursive;
    this.unread = unread;
  }

  @Override
  public boolean hasNext() {
    while (next == null && (!open.isEmpty() || input.hasNext() || arguments.hasNext())) {
      advance();
    }
    return next != null;
  }

  @Override
  public Path next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Path found = next;
    next = null;
    return found;
  }

  private void advance() {
    if (!open.isEmpty()) {
      advanceInDirectory();
    } else if (input.hasNext()) {
      begin(input.next());
    } else {
      Path argument = arguments.next();
      if (argument.equals(STANDARD_INPUT)) {
        input = standardInput();
      } else {
        begin(argument);
      }
    }
  }

  private void begin(Path named) {
    if (Files.isDirectory(named)) {
      directory = named;
      foundInDirectory = false;
      enter(named);
    } else {
      next = named;
    }
  }

  private void advanceInDirectory() {
    if (open.peek().hasNext()) {
      Path path = open.peek().next();
      if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        enter(path);
      } else {
        next = path;
        foundInDirectory = true;
      }
      return;
    }
    open.pop();
    if (open.isEmpty() && !foundInDirectory) {
      String hint = recursive ? "" : "; --recursive looks into its subdirectories too";
      unread.accept(
          directory, problem(directory, "there is no photograph in this directory" + hint));
    }
  }

  private static Iterator<Path> standardInput() {
    Charset charset = Charset.forName(System.getProperty("native.encoding"));
    return new BufferedReader(new InputStreamReader(System.in, charset))
        .lines()
        .filter(line -> !line.isEmpty())
        .map(Path::of)
        .iterator();
  }

  private void enter(Path path) {
    try (Stream<Path> content = Files.list(path)) {
      List<Path> wanted = content.filter(this::isWanted).sorted().toList();
      open.push(wanted.iterator());
    } catch (IOException | UncheckedIOException e) {
      foundInDirectory = true;
      unread.accept(path, problem(path, "this directory cannot be read; check its permissions"));
    }
  }

  private boolean isWanted(Path path) {
    String name = path.getFileName().toString();
    if (name.startsWith(".")) {
      return false;
    }
    if (Files.isDirectory(path)) {
      return recursive && !Files.isSymbolicLink(path);
    }
    String extension = name.substring(name.lastIndexOf('.') + 1);
    return EXTENSIONS.contains(extension.toLowerCase(Locale.ROOT));
  }

  private static ImageException problem(Path path, String problem) {
    return new ImageException(path.toString(), problem);
  }
}
