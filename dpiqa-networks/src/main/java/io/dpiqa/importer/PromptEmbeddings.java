package io.dpiqa.importer;

import io.dpiqa.ModelException;
import io.dpiqa.model.ModelFile;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What CLIP's text tower makes of prompts: {@code [count, width]}. */
final class PromptEmbeddings {
  static final String TENSOR = "embeddings";
  private static final int MAX_COUNT = 10_000;

  private final int count;
  private final int width;
  private final float[] values;
  private final Map<String, String> provenance;

  /**
   * @param values {@code [count, width]}
   * @param provenance where they come from
   */
  PromptEmbeddings(int count, int width, float[] values, Map<String, String> provenance) {
    if (values.length != count * width) {
      throw new IllegalArgumentException(values.length + " values for " + count + " x " + width);
    }
    this.count = count;
    this.width = width;
    this.values = values.clone();
    this.provenance = new LinkedHashMap<>(provenance);
  }

  /**
   * Reads a file with a tensor {@code embeddings}.
   *
   * @throws ModelException if there is none, or it cannot be that
   */
  static PromptEmbeddings read(Path file) {
    return read(file, TENSOR);
  }

  /** The same from a tensor of another name. */
  static PromptEmbeddings read(Path file, String name) {
    try (Weights weights = Weights.open(file)) {
      if (!weights.names().contains(name)) {
        throw new ModelException(
            file.toString(),
            "holds no tensor '"
                + name
                + "'; name another file, or CLIP to encode the prompts with");
      }
      Tensor tensor = weights.tensor(name);
      long[] shape = tensor.shape();
      if (shape.length != 2 || shape[0] < 1 || shape[0] > MAX_COUNT) {
        throw new ModelException(
            file.toString(), tensor + " should be one embedding a row, of 1 to " + MAX_COUNT);
      }
      float[] values = tensor.toFloats();
      for (float value : values) {
        if (!Float.isFinite(value)) {
          throw new ModelException(file.toString(), tensor + " has values that are not finite");
        }
      }
      Map<String, String> provenance = new LinkedHashMap<>();
      provenance.put("prompts", file.getFileName().toString());
      weights.metadata().forEach((key, value) -> provenance.put("prompts " + key, value));
      return new PromptEmbeddings((int) shape[0], (int) shape[1], values, provenance);
    }
  }

  int count() {
    return count;
  }

  int width() {
    return width;
  }

  /** In row-major order. */
  float[] values() {
    return values.clone();
  }

  /** Where they come from, and their hash: a model's scores depend on them. */
  Map<String, String> provenance() {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
    bytes.asFloatBuffer().put(values);
    Map<String, String> hashed = new LinkedHashMap<>(provenance);
    try {
      hashed.put("prompts sha256", ModelFile.sha256(new ByteArrayInputStream(bytes.array())));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // an array can be read
    }
    return hashed;
  }
}
