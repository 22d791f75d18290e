package io.dpiqa.model;

import io.dpiqa.ModelException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A model file and what it says about itself; its weights are not read.
 *
 * <p>Weights that an ONNX file has no room for are in a file beside it, of the same name and {@code
 * .data}. The two stay together in a folder, as {@value #IN_FOLDER}, and the folder stands for the
 * model.
 *
 * @param path of the ONNX file
 * @param size in bytes, of both files where there are two
 * @param card that the file carries
 */
public record ModelFile(Path path, long size, ModelCard card) {

  private static final String BUILT_IN_RESOURCE = "/io/dpiqa/model/built-in.onnx";

  /** What the ONNX file is called where a model is a folder. */
  public static final String IN_FOLDER = "model.onnx";

  /**
   * Reads a model file's card.
   *
   * @param model the ONNX file, or its folder
   * @throws ModelException if the file cannot be read, is no ONNX file, or has no card that this
   *     version understands
   */
  public static ModelFile read(Path model) {
    Path path = Files.isDirectory(model) ? model.resolve(IN_FOLDER) : model;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(path))) {
      ModelCard card = readCard(in, path.toString());
      long size = 0;
      for (Path file : files(path)) {
        size += Files.size(file);
      }
      return new ModelFile(path, size, card);
    } catch (NoSuchFileException e) {
      throw new ModelException(path.toString(), "there is no such file", e);
    } catch (IOException e) {
      throw new ModelException(path.toString(), "cannot be read (" + e.getMessage() + ")", e);
    }
  }

  /**
   * Reads the card of an ONNX file from a stream at its start.
   *
   * @param name to call the model by in an error
   * @throws ModelException if it is no ONNX file, or has no card that this version understands
   * @throws IOException if it cannot be read
   */
  public static ModelCard readCard(InputStream in, String name) throws IOException {
    Optional<String> json;
    try {
      json = OnnxMetadata.find(in, ModelCard.METADATA_KEY);
    } catch (EOFException e) {
      throw notOnnx(name, "it ends early", e);
    } catch (IllegalArgumentException e) {
      throw notOnnx(name, e.getMessage(), e);
    }
    if (json.isEmpty()) {
      throw new ModelException(
          name,
          "an ONNX file without a dpiqa model card; only models made by `dpiqa model import` or"
              + " `dpiqa train` can score");
    }
    try {
      return ModelCard.fromJson(json.get());
    } catch (IllegalArgumentException e) {
      throw new ModelException(name, e.getMessage(), e);
    }
  }

  private static ModelException notOnnx(String name, String problem, Exception cause) {
    return new ModelException(
        name,
        name.toLowerCase(Locale.ROOT).matches(".*\\.(pth|pt|ckpt|safetensors)")
            ? "a checkpoint, not a model; import it first: dpiqa model import "
                + name
                + " --name NAME"
            : "not an ONNX file: " + problem,
        cause);
  }

  /**
   * The ONNX file of the model inside this library.
   *
   * @throws ModelException if this build of the library has none
   */
  public static InputStream openBuiltIn() {
    InputStream in = ModelFile.class.getResourceAsStream(BUILT_IN_RESOURCE);
    if (in == null) {
      throw new ModelException(
          ModelStore.BUILT_IN, "this build of dpiqa has no model inside; name one of your own");
    }
    return in;
  }

  /** Where an ONNX file's weights are if they are not in it. */
  public static Path weights(Path onnx) {
    return onnx.resolveSibling(onnx.getFileName() + ".data");
  }

  /** The ONNX file and, if there is one, that of its weights. */
  public List<Path> files() {
    return files(path);
  }

  private static List<Path> files(Path onnx) {
    Path weights = weights(onnx);
    return Files.isRegularFile(weights) ? List.of(onnx, weights) : List.of(onnx);
  }

  /**
   * SHA-256 of the ONNX file, as 64 lower-case hexadecimal digits. The file is read for it.
   *
   * @throws ModelException if the file cannot be read
   */
  public String sha256() {
    try (InputStream in = Files.newInputStream(path)) {
      return sha256(in);
    } catch (IOException e) {
      throw new ModelException(path.toString(), "cannot be read (" + e.getMessage() + ")", e);
    }
  }

  /** SHA-256 of the rest of a stream, as 64 lower-case hexadecimal digits. */
  public static String sha256(InputStream in) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
    byte[] buffer = new byte[1 << 16];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      digest.update(buffer, 0, n);
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
