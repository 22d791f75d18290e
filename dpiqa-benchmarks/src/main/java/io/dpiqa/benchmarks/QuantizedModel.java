package io.dpiqa.benchmarks;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OrtException;
import io.dpiqa.ImageException;
import io.dpiqa.image.BilinearResize;
import io.dpiqa.image.ImageDecoder;
import io.dpiqa.model.ModelFile;
import io.dpiqa.model.ModelStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A model of dpiqa with integer arithmetic, to measure what that gains and what it costs. */
public final class QuantizedModel {
  private QuantizedModel() {}

  /**
   * Writes it as a model file, for {@code --model}.
   *
   * @param arguments {@code built-in} or an ONNX file; the file to write; pictures to measure the
   *     ranges of activations on
   */
  public static void main(String[] arguments) throws IOException, ImageException, OrtException {
    List<String> files = List.of(arguments).subList(2, arguments.length);
    if (files.isEmpty()) {
      throw new IllegalArgumentException("no pictures to measure ranges on");
    }
    ModelProto model = read(arguments[0]);
    int size = inputSize(arguments[0]);
    ImageDecoder decoder = new ImageDecoder();
    List<byte[]> pictures = new ArrayList<>();
    for (String picture : files) {
      pictures.add(BilinearResize.resize(decoder.decode(Path.of(picture)), size, size).rgb());
    }
    Files.write(Path.of(arguments[1]), Quantization.quantize(model, size, pictures).toByteArray());
  }

  private static ModelProto read(String nameOrFile) throws IOException {
    try (InputStream onnx = open(nameOrFile)) {
      return ModelProto.parseFrom(onnx);
    }
  }

  private static int inputSize(String nameOrFile) throws IOException {
    try (InputStream onnx = open(nameOrFile)) {
      return ModelFile.readCard(onnx, nameOrFile).inputSize();
    }
  }

  private static InputStream open(String nameOrFile) throws IOException {
    return nameOrFile.equals(ModelStore.BUILT_IN)
        ? ModelFile.openBuiltIn()
        : Files.newInputStream(Path.of(nameOrFile));
  }
}
