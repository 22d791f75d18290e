package io.dpiqa.importer;

import io.dpiqa.model.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Room for a model that is needed for a moment; deleted when it is closed or the process ends. */
final class TemporaryModel implements AutoCloseable {
  private final Path folder;
  private final Path onnx;

  private TemporaryModel(Path folder) {
    this.folder = folder;
    this.onnx = folder.resolve(ModelFile.IN_FOLDER);
    // The last that is named is deleted first.
    for (Path path : new Path[] {folder, onnx, ModelFile.weights(onnx)}) {
      path.toFile().deleteOnExit();
    }
  }

  static TemporaryModel create() throws IOException {
    return new TemporaryModel(Files.createTempDirectory("dpiqa-"));
  }

  /** The ONNX file, which is not there yet. */
  Path onnx() {
    return onnx;
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(ModelFile.weights(onnx));
    Files.deleteIfExists(onnx);
    Files.delete(folder);
  }
}
