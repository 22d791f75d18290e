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
import java.util.Locale;
import java.util.Optional;

/**
 * A model file and what it says about itself; its weights are not read.
 *
 * @param path of the ONNX file
 * @param size in bytes
 * @param card that the file carries
 */
public record ModelFile(Path path, long size, ModelCard card) {

  /**
   * Reads a model file's card.
   *
   * @throws ModelException if the file cannot be read, is no ONNX file, or has no card that this
   *     version understands
   */
  public static ModelFile read(Path path) {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(path))) {
      return new ModelFile(path, Files.size(path), readCard(in, path.toString()));
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
   * SHA-256 of the whole file, as 64 lower-case hexadecimal digits. The file is read for it.
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
