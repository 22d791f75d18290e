package io.dpiqa.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dpiqa.network.Shape;
import io.dpiqa.weights.DType;
import io.dpiqa.weights.Safetensors;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParametersTest {

  /** In an order that is not that of the sections of the flat tensor. */
  private static final Map<String, Shape> SHAPES = new LinkedHashMap<>();

  static {
    SHAPES.put("norm.weight", Shape.of(64));
    SHAPES.put("norm.bias", Shape.of(64));
    SHAPES.put("norm.running_mean", Shape.of(64));
    SHAPES.put("norm.running_var", Shape.of(64));
    SHAPES.put("norm.num_batches_tracked", Shape.of());
    SHAPES.put("conv.weight", Shape.of(64, 32, 3, 3));
    SHAPES.put("fc.weight", Shape.of(50, 400));
    SHAPES.put("fc.bias", Shape.of(50));
  }

  @Test
  void beginWithValuesThatKeepVariance() {
    try (Parameters parameters = Parameters.initialise(SHAPES, 1)) {
      Weights weights = Weights.of(parameters.tensors());
      assertThat(deviation(weights.tensor("conv.weight")))
          .isCloseTo(Math.sqrt(2.0 / (64 * 9)), within(1e-3));
      float[] matrix = weights.tensor("fc.weight").toFloats();
      assertThat(deviation(weights.tensor("fc.weight")))
          .isCloseTo(0.05 / Math.sqrt(3), within(1e-3));
      assertThat(IntStream.range(0, matrix.length).mapToDouble(i -> matrix[i]))
          .allMatch(value -> Math.abs(value) <= 0.05f);
      assertThat(weights.tensor("norm.weight").toFloats()).containsOnly(1);
      assertThat(weights.tensor("norm.running_var").toFloats()).containsOnly(1);
      assertThat(weights.tensor("norm.running_mean").toFloats()).containsOnly(0);
      assertThat(weights.tensor("fc.bias").toFloats()).containsOnly(0);
    }
  }

  @Test
  void followFromTheSeed() {
    try (Parameters one = Parameters.initialise(SHAPES, 1);
        Parameters same = Parameters.initialise(SHAPES, 1);
        Parameters other = Parameters.initialise(SHAPES, 2)) {
      assertThat(Floats.of(same.values())).isEqualTo(Floats.of(one.values()));
      assertThat(Floats.of(other.values())).isNotEqualTo(Floats.of(one.values()));
    }
  }

  @Test
  void keepKernelsBeforeOtherTrainedValuesBeforeStatistics() {
    try (Parameters parameters = Parameters.initialise(SHAPES, 1)) {
      assertThat(parameters.kernels().numel()).isEqualTo(64 * 32 * 9 + 50 * 400);
      assertThat(parameters.trained().numel() - parameters.kernels().numel())
          .isEqualTo(64 + 64 + 50);
      assertThat(parameters.values().numel() - parameters.trained().numel()).isEqualTo(128);
    }
  }

  @Test
  void surviveAFile(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("weights.safetensors");
    try (Parameters parameters = Parameters.initialise(SHAPES, 1)) {
      parameters.countBatch("norm");
      parameters.countBatch("norm");
      Safetensors.write(file, parameters.tensors("model."), Map.of());
      try (Weights weights = Weights.open(file);
          Parameters read = Parameters.initialise(SHAPES, 2)) {
        read.read(weights, "model.");
        assertThat(weights.names()).hasSize(8).allMatch(name -> name.startsWith("model."));
        Tensor count = weights.tensor("model.norm.num_batches_tracked");
        assertThat(count.dtype()).isEqualTo(DType.I64);
        assertThat(count.shape()).isEmpty();
        assertThat(count.bytes().getLong()).isEqualTo(2);
        assertThat(Floats.of(read.values())).isEqualTo(Floats.of(parameters.values()));
        assertThat(read.tensors())
            .extracting(Tensor::name, Tensor::bytes)
            .containsExactlyElementsOf(
                parameters.tensors().stream()
                    .map(
                        tensor ->
                            org.assertj.core.groups.Tuple.tuple(tensor.name(), tensor.bytes()))
                    .toList());
      }
    }
  }

  @Test
  void refuseWeightsThatDoNotFit() {
    Map<String, Shape> shapes = Map.of("fc.weight", Shape.of(2, 3));
    assertThatThrownBy(() -> Parameters.load(shapes, Weights.of(List.of())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lack fc.weight");
    Weights turned = Weights.of(Tensor.of("fc.weight", new long[] {3, 2}, new float[6]));
    assertThatThrownBy(() -> Parameters.load(shapes, turned))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("fc.weight F32[3, 2]");
    Weights whole =
        Weights.of(Tensor.of("fc.weight", DType.I64, new long[] {2, 3}, ByteBuffer.allocate(48)));
    assertThatThrownBy(() -> Parameters.load(shapes, whole))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("fc.weight I64[2, 3]");
  }

  private static double deviation(Tensor tensor) {
    double squares = 0;
    for (float value : tensor.toFloats()) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares / tensor.elements());
  }
}
