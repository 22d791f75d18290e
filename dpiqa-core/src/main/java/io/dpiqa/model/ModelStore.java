package io.dpiqa.model;

import io.dpiqa.ModelException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The folder where models are kept by name, under the dpiqa home: {@code models/NAME.onnx}, or
 * {@code models/NAME/} where a model's weights are in a file of their own.
 *
 * <p>A name is 1 to 64 of {@code a-z 0-9 . _ -}, begins with a letter or digit, does not end with
 * {@code .onnx} and is not {@value #BUILT_IN}. A model comes into the store whole or not at all, so
 * that other processes may read while one writes; of a process that is killed while it replaces a
 * model, the old one or the new one stays.
 */
public final class ModelStore {

  /** Writes a model. */
  @FunctionalInterface
  public interface Writer {

    /**
     * Writes the ONNX file and, if it names weights outside, those to {@link ModelFile#weights}.
     *
     * @param onnx not there yet
     */
    void writeTo(Path onnx) throws IOException;
  }

  /** What the model inside the jar is called; no model in a store has this name. */
  public static final String BUILT_IN = "built-in";

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
  private static final String SUFFIX = ".onnx";

  private final Path folder;

  private ModelStore(Path folder) {
    this.folder = folder;
  }

  /** The user's store: in the folder that {@code DPIQA_HOME} names, or else in {@code ~/.dpiqa}. */
  public static ModelStore open() {
    String home = System.getenv("DPIQA_HOME");
    return in(
        home == null || home.isBlank()
            ? Path.of(System.getProperty("user.home"), ".dpiqa")
            : Path.of(home));
  }

  /** The store in another dpiqa home; the folder need not exist yet. */
  public static ModelStore in(Path home) {
    return new ModelStore(home.resolve("models"));
  }

  /** Whether a text can name a model. */
  public static boolean isName(String text) {
    // A folder of such a name would be another model's file.
    return NAME.matcher(text).matches() && !text.endsWith(SUFFIX) && !text.equals(BUILT_IN);
  }

  /** The folder that holds the model files. */
  public Path folder() {
    return folder;
  }

  /**
   * Names of the stored models, in alphabetical order.
   *
   * @throws ModelException if the folder cannot be read
   */
  public List<String> names() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    recover();
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (name.endsWith(SUFFIX)) {
          name = name.substring(0, name.length() - SUFFIX.length());
        }
        if (isName(name) && Files.isRegularFile(file(name)) && !names.contains(name)) {
          names.add(name);
        }
      }
    } catch (IOException e) {
      throw new ModelException(folder.toString(), "cannot be read: " + e.getMessage(), e);
    }
    Collections.sort(names);
    return names;
  }

  /**
   * A stored model.
   *
   * @return empty if there is none of that name
   * @throws ModelException if its file cannot be read or is no model
   */
  public Optional<ModelFile> find(String name) {
    recover();
    return isName(name) && Files.isRegularFile(file(name))
        ? Optional.of(ModelFile.read(file(name)))
        : Optional.empty();
  }

  /**
   * Adds a model, whole or not at all.
   *
   * @param name to keep it under
   * @param replace whether a model of that name may be replaced; otherwise it is an error
   * @param writer writes the model's files
   * @throws ModelException if the name cannot be used or is taken, or what was written is no model
   * @throws IOException if writing fails; the store is as it was
   */
  @SuppressWarnings("try") // a lock is held, not used
  public ModelFile add(String name, boolean replace, Writer writer) throws IOException {
    requireFree(name, replace);
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new ModelException(
          folder.toString(), "cannot be made (" + e + "); let DPIQA_HOME name another folder", e);
    }
    try (Draft draft = Draft.in(folder)) {
      Path written = Files.createDirectory(draft.resolve("new")).resolve(ModelFile.IN_FOLDER);
      writer.writeTo(written);
      ModelFile model = ModelFile.read(written);
      for (Path file : model.files()) {
        force(file);
      }
      try (StoreLock held = StoreLock.of(folder)) {
        check(name, replace);
        give(name, model, draft);
      }
      return ModelFile.read(file(name));
    }
  }

  /**
   * Gives a model its name. Killed at any moment, the store has the old model or the new one: where
   * there are both a file and a folder of the name, the folder counts; where the folder is moved
   * away and the new one is not there yet, {@link Draft#recover} puts it back.
   */
  private void give(String name, ModelFile model, Draft draft) throws IOException {
    Path inFolder = folder(name);
    boolean replaced = Files.exists(inFolder);
    if (model.files().size() == 1) {
      Files.move(model.path(), single(name), StandardCopyOption.ATOMIC_MOVE); // replaces a file
      if (replaced) {
        Files.move(inFolder, draft.resolve("removed"), StandardCopyOption.ATOMIC_MOVE);
      }
    } else {
      if (replaced) {
        Files.deleteIfExists(single(name)); // left by a process that was killed
        draft.replace(inFolder);
      }
      Files.move(model.path().getParent(), inFolder, StandardCopyOption.ATOMIC_MOVE);
      Files.deleteIfExists(single(name));
    }
  }

  private static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /**
   * Checks that a model can be added, before work is spent on it.
   *
   * @throws ModelException if the name cannot be used or is taken and not to be replaced
   */
  public void requireFree(String name, boolean replace) {
    recover();
    check(name, replace);
  }

  private void check(String name, boolean replace) {
    if (!isName(name)) {
      throw new ModelException(
          name,
          "cannot name a model; use 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit, not ending with .onnx, and not "
              + BUILT_IN);
    }
    if (!replace && Files.exists(file(name))) {
      throw new ModelException(
          name,
          "the store has a model of this name already: " + file(name) + "; replace or remove it");
    }
  }

  /**
   * Removes a model.
   *
   * @throws ModelException if there is none of that name, or it is {@value #BUILT_IN}
   * @throws IOException if its files cannot be deleted
   */
  @SuppressWarnings("try") // a lock is held, not used
  public void remove(String name) throws IOException {
    if (name.equals(BUILT_IN)) {
      throw new ModelException(name, "is a part of dpiqa, and cannot be removed");
    }
    recover();
    if (!isName(name) || !Files.exists(file(name))) {
      List<String> names = names();
      throw new ModelException(
          name,
          "there is no such model in %s; it has %s"
              .formatted(folder, names.isEmpty() ? "none" : String.join(", ", names)));
    }
    try (Draft draft = Draft.in(folder);
        StoreLock held = StoreLock.of(folder)) {
      Files.deleteIfExists(single(name));
      if (Files.exists(folder(name))) {
        Files.move(folder(name), draft.resolve("removed"), StandardCopyOption.ATOMIC_MOVE);
      }
    }
  }

  private void recover() {
    if (Files.isDirectory(folder)) {
      try {
        Draft.recover(folder);
      } catch (IOException e) {
        throw new ModelException(
            folder.toString(), "a model that was being replaced cannot be put back: " + e, e);
      }
    }
  }

  /** The ONNX file of a model, or where one would be. */
  private Path file(String name) {
    Path inFolder = folder(name).resolve(ModelFile.IN_FOLDER);
    return Files.exists(inFolder) ? inFolder : single(name);
  }

  private Path single(String name) {
    return folder.resolve(name + SUFFIX);
  }

  private Path folder(String name) {
    return folder.resolve(name);
  }
}
