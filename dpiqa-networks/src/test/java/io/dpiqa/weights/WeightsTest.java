package io.dpiqa.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dpiqa.ModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "''|an empty file",
        "version https://git-lfs.github.com/spec/v1|git lfs pull",
        "<!DOCTYPE html>|a web page",
        "\u001f\u008b\u0008|gzip",
        "\u0089HDF|HDF5",
        "hello|neither safetensors nor a PyTorch checkpoint",
        "\u0080\u0002}.|neither safetensors nor a PyTorch checkpoint"
      })
  void saysWhatAForeignFileIs(String content, String expected) throws IOException {
    Path file = folder.resolve("weights.pth");
    Files.writeString(file, content, StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> Weights.open(file))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(expected);
  }

  @Test
  void saysThatAFileIsMissingOrAFolder() {
    assertThatThrownBy(() -> Weights.open(folder.resolve("none")))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("none: no such file");
    assertThatThrownBy(() -> Weights.open(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("a folder");
  }

  @Test
  void goesByTheContentAndNotByTheName() throws IOException {
    // 640 bytes of header begin with 80 02, like a pickle.
    Path file = folder.resolve("weights.pth");
    Tensor tensor = Tensor.of("a", new long[] {1}, 7);
    Safetensors.write(file, List.of(tensor), Map.of());
    int empty =
        (int) ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN).getLong();
    Safetensors.write(file, List.of(tensor), Map.of("k", "v".repeat(640 - empty - 25)));
    assertThat(Files.readAllBytes(file)).startsWith(0x80, 0x02, 0, 0, 0, 0, 0, 0, '{');
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.tensor("a").toFloats()).containsExactly(7);
    }
  }

  @Test
  void prefixOfDataParallelIsLeftOutWhereAllNamesHaveIt() throws IOException {
    Path file = folder.resolve("parallel.safetensors");
    Tensor a = Tensor.of("module.a.weight", new long[] {1}, 7);
    Safetensors.write(file, List.of(a, Tensor.of("module.b", new long[] {}, 8)), Map.of("k", "v"));
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.names()).containsExactlyInAnyOrder("a.weight", "b");
      assertThat(weights.tensor("a.weight").name()).isEqualTo("a.weight");
      assertThat(weights.tensor("a.weight").toFloats()).containsExactly(7);
      assertThat(weights.metadata()).containsEntry("k", "v");
    }
    Safetensors.write(file, List.of(a, Tensor.of("b", new long[] {}, 8)), Map.of());
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.names()).containsExactlyInAnyOrder("module.a.weight", "b");
    }
  }

  @Test
  void findsTensorsByName() {
    Weights weights =
        Weights.of(Tensor.of("b", new long[] {1}, 1), Tensor.of("a", new long[] {}, 2));
    assertThat(weights.names()).containsExactly("b", "a");
    assertThat(weights.tensor("a").toFloats()).containsExactly(2);
    assertThatThrownBy(() -> weights.tensor("c"))
        .isInstanceOf(NoSuchElementException.class)
        .hasMessageContaining("c");
  }

  @Test
  void changesNamesAndShapesAndLeavesOut() {
    Weights weights =
        Weights.of(
            Tensor.of("a", new long[] {2, 1}, 1, 2),
            Tensor.of("b", new long[] {1}, 3),
            Tensor.of("c", new long[] {2}, 4, 5));
    Weights changed =
        weights.map(
            t -> t.name().equals("b") ? Optional.empty() : Optional.of(t.named("x." + t.name())));
    assertThat(changed.names()).containsExactly("x.a", "x.c");
    assertThat(changed.tensor("x.a").toFloats()).containsExactly(1, 2);
    assertThat(changed.tensor("x.a").reshaped(1, 2, 1)).hasToString("x.a F32[1, 2, 1]");
    assertThat(changed.tensor("x.a").reshaped(1, 2, 1).toFloats()).containsExactly(1, 2);
    assertThatThrownBy(() -> changed.tensor("x.a").reshaped(3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("x.a F32[2, 1] cannot have the shape [3]");
    assertThatThrownBy(() -> weights.map(t -> Optional.of(t.named("same"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two tensors are named same");
  }

  @Test
  void joinsFilesAndClosesThem() throws IOException {
    Path first = folder.resolve("first.safetensors");
    Path second = folder.resolve("second.safetensors");
    Safetensors.write(first, List.of(Tensor.of("a", new long[] {1}, 1)), Map.of());
    Safetensors.write(second, List.of(Tensor.of("b", new long[] {1}, 2)), Map.of());
    Weights both = Weights.union(List.of(Weights.open(first), Weights.open(second)));
    assertThat(both.names()).containsExactly("a", "b");
    assertThat(both.tensor("b").toFloats()).containsExactly(2);
    both.close();
    assertThatThrownBy(() -> both.tensor("a").toFloats()).isInstanceOf(ModelException.class);
    assertThatThrownBy(() -> both.tensor("b").toFloats()).isInstanceOf(ModelException.class);
  }

  @Test
  void refusesTensorsOfAnotherSizeThanTheirShape() {
    assertThatThrownBy(() -> Tensor.of("a", new long[] {2, 2}, 1, 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a F32[2, 2] takes 16 bytes, not 12");
  }
}
