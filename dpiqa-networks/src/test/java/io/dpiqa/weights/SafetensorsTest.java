package io.dpiqa.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dpiqa.ModelException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsTest {
  @TempDir Path folder;

  @Test
  void readsWhatTheReferenceImplementationWrites() throws Exception {
    Path file =
        Path.of(
            SafetensorsTest.class.getResource("/golden/state-dict-expected.safetensors").toURI());
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.names()).startsWith("a.weight", "a.bias", "half").hasSize(10);
      assertThat(weights.metadata()).containsEntry("note", "every tensor of state-dict.pth as F32");
      assertThat(weights.tensor("a.weight").shape()).containsExactly(4, 3, 3, 3);
      assertThat(weights.tensor("empty").shape()).containsExactly(0, 4);
      assertThat(weights.tensor("empty").toFloats()).isEmpty();
    }
  }

  @Test
  void writesTheSameBytesForTheSameTensorsAlignedToTheirTypes() throws IOException {
    Tensor flag = Tensor.of("flag", DType.BOOL, new long[] {1}, ByteBuffer.wrap(new byte[] {1}));
    Tensor wide = Tensor.of("wide", DType.F64, new long[] {}, ByteBuffer.allocate(8));
    Tensor first = Tensor.of("first", new long[] {1}, 1.5f);
    Tensor second = Tensor.of("second", new long[] {1}, 2.5f);
    Path file = folder.resolve("a.safetensors");
    Safetensors.write(file, List.of(flag, first, second, wide), Map.of("b", "2", "a", "1"));
    String header =
        """
        {"__metadata__":{"a":"1","b":"2"},\
        "wide":{"dtype":"F64","shape":[],"data_offsets":[0,8]},\
        "first":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},\
        "second":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},\
        "flag":{"dtype":"BOOL","shape":[1],"data_offsets":[16,17]}}\
        """;
    byte[] bytes = Files.readAllBytes(file);
    int headerSize = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    assertThat(headerSize % 8).isZero();
    assertThat(new String(bytes, 8, headerSize, StandardCharsets.UTF_8).stripTrailing())
        .isEqualTo(header);
    assertThat(bytes).hasSize(8 + headerSize + 17).endsWith(1);
  }

  @Test
  void leavesNothingBehindWhenWritingFails() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Files.writeString(file, "before");
    Tensor unreadable =
        Tensor.lazy(
            "x",
            DType.F32,
            new long[] {1},
            () -> {
              throw new ModelException("x", "gone");
            });
    Tensor good = Tensor.of("a", new long[] {2}, 1, 2);
    assertThatThrownBy(() -> Safetensors.write(file, List.of(good, unreadable), Map.of()))
        .isInstanceOf(ModelException.class);
    assertThat(file).hasContent("before");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void whatAKilledProcessLeftCanBeRemoved() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Safetensors.write(file, List.of(Tensor.of("a", new long[] {1}, 1)), Map.of());
    Path unfinished = Files.createFile(folder.resolve(".a.safetensors.some-uuid.tmp"));
    Path another = Files.createFile(folder.resolve(".aa.safetensors.some-uuid.tmp"));
    Safetensors.removeUnfinished(file);
    assertThat(unfinished).doesNotExist();
    assertThat(List.of(file, another)).allSatisfy(kept -> assertThat(kept).exists());
  }

  @Test
  void replacesAFileThatItsTensorsAreReadFrom() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Safetensors.write(file, List.of(Tensor.of("a", new long[] {2}, 1, 2)), Map.of());
    try (Weights weights = Weights.open(file)) {
      Safetensors.write(file, weights.tensors(), Map.of("again", "yes"));
    }
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.metadata()).containsEntry("again", "yes");
      assertThat(weights.tensor("a").toFloats()).containsExactly(1, 2);
    }
  }

  @Test
  void refusesNamesThatAFileCannotHold() {
    Tensor a = Tensor.of("a", new long[] {1}, 1);
    Path file = folder.resolve("a.safetensors");
    assertThatThrownBy(() -> Safetensors.write(file, List.of(a, a), Map.of()))
        .isInstanceOf(IllegalArgumentException.class);
    Tensor metadata = Tensor.of("__metadata__", new long[] {1}, 1);
    assertThatThrownBy(() -> Safetensors.write(file, List.of(metadata), Map.of()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(file).doesNotExist();
  }

  @Test
  void readsTensorsBeyondTwoGibibytes() throws IOException {
    // A sparse file: 3 GiB long, a few kilobytes on the disk.
    long gibibyte = 1L << 30;
    String header =
        """
        {"a":{"dtype":"U8","shape":[%1$d],"data_offsets":[0,%1$d]},\
        "b":{"dtype":"U8","shape":[%1$d],"data_offsets":[%1$d,%2$d]},\
        "c":{"dtype":"U8","shape":[%1$d],"data_offsets":[%2$d,%3$d]},\
        "last":{"dtype":"F32","shape":[1],"data_offsets":[%3$d,%4$d]}}\
        """
            .formatted(gibibyte, 2 * gibibyte, 3 * gibibyte, 3 * gibibyte + 4);
    Path file = write(header, new byte[0]);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(8 + header.length() + 3 * gibibyte + 4);
      sparse.seek(8 + header.length() + 3 * gibibyte);
      sparse.writeInt(Integer.reverseBytes(Float.floatToIntBits(42)));
    }
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.tensor("last").toFloats()).containsExactly(42);
      assertThat(weights.tensor("c").bytes().capacity()).isEqualTo(1 << 30);
    }
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource
  void refusesHostileHeaders(String header, String problem) throws IOException {
    Path file = write(header, new byte[16]);
    assertThatThrownBy(() -> Weights.open(file).close())
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(problem)
        .hasMessageMatching("\\P{Cntrl}+");
  }

  static Stream<Arguments> refusesHostileHeaders() {
    String a = "'a':{'dtype':'F32','shape':[4],'data_offsets':[0,16]}";
    return Stream.of(
        Arguments.of("{}", "16 bytes after the last tensor"),
        Arguments.of("{" + a + "," + a + "}", "Duplicate field 'a'"),
        Arguments.of(
            "{'__metadata__':{'k':'1','k':'2'}," + a + "}", "tensor __metadata__: Duplicate field"),
        Arguments.of(
            "{'__metadata__':{'k':1}," + a + "}", "VALUE_STRING should be, at __metadata__.k"),
        Arguments.of(
            "{'__metadata__':{'k':{}}," + a + "}", "VALUE_STRING should be, at __metadata__.k"),
        Arguments.of("{'a':[]}", "START_ARRAY where START_OBJECT should be, at a"),
        Arguments.of("{'a':{'dtype':'F32','shape':[4]}}", "tensor a: the header must give"),
        Arguments.of("{'a':{'dtype':'F32','data_offsets':[0,16]}}", "tensor a: the header must"),
        Arguments.of("{'a':{'shape':[4],'data_offsets':[0,16]}}", "tensor a: the header must give"),
        Arguments.of(entry("a", "F32", "4", "0"), "tensor a: the header must give"),
        Arguments.of(entry("a", "F32", "4", "0,8,16"), "tensor a: the header must give"),
        Arguments.of(entry("a", "F8_E4M3", "16", "0,16"), "tensor a: type F8_E4M3 is not supp"),
        Arguments.of(entry("a", "F32", "-4", "0,16"), "tensor a: shape [-4] is negative"),
        Arguments.of(entry("a", "F32", "-2,-2", "0,16"), "tensor a: shape [-2, -2] is negative"),
        Arguments.of(entry("a", "F32", "5", "0,16"), "tensor a F32[5] takes 20 bytes"),
        Arguments.of(entry("a", "F32", "4", "16,0"), "tensor a F32[4] takes 16 bytes"),
        Arguments.of(entry("a", "F32", "4", "-16,0"), "tensor a F32[4] takes 16 bytes"),
        Arguments.of(entry("a", "F32", "0", "-16,-16"), "tensor a F32[0] takes 0 bytes"),
        Arguments.of(entry("a", "F32", "4", "16,32"), "tensor a: its bytes begin at 16"),
        Arguments.of(entry("a", "F32", "8", "0,32"), "tensor a: its bytes end at 32"),
        Arguments.of(
            entry("a", "F32", "4", "9223372036854775807,-9223372036854775793"), "takes 16"),
        Arguments.of(entry("a", "F32", "4294967296,4294967296", "0,16"), "over 2 GiB"),
        Arguments.of(entry("a", "F32", "1073741824,4", "0,16"), "over 2 GiB"),
        Arguments.of(
            entry("a", "F32", "4.0", "0,16"),
            "VALUE_NUMBER_FLOAT where VALUE_NUMBER_INT should be, at a.shape"),
        Arguments.of(
            entry("a", "F32", "'4'", "0,16"),
            "VALUE_STRING where VALUE_NUMBER_INT should be, at a.shape"),
        Arguments.of(entry("a", "F32", "[4]", "0,16"), "depth"),
        Arguments.of(entry("a", "F32", "1,".repeat(64) + "4", "0,16"), "more than 64 values"),
        Arguments.of(entry("a", "F32", "9".repeat(20), "0,16"), "at tensor a"),
        Arguments.of(entry("a", "F32", "9".repeat(3000), "0,16"), "at tensor a"),
        Arguments.of(
            "{'a':{'dtype':'F32','shape':[4],'data_offsets':[0,16],'x':1}}", "unknown field x"),
        Arguments.of(
            "{'a':{'dtype':'U8','shape':[10],'data_offsets':[0,10]},"
                + "'b':{'dtype':'U8','shape':[10],'data_offsets':[6,16]}}",
            "tensor b: its bytes begin at 6, but those before it end at 10: an overlap"),
        Arguments.of(
            "{'a':{'dtype':'U8','shape':[6],'data_offsets':[0,6]},"
                + "'b':{'dtype':'U8','shape':[6],'data_offsets':[10,16]}}",
            "tensor b: its bytes begin at 10, but those before it end at 6: a hole"),
        Arguments.of("{'a\\u001b[31m\\n':{'dtype':'X'}}", "type X"),
        Arguments.of("{'" + "n".repeat(2000) + "':{}}", "damaged header"),
        Arguments.of(
            "{'a':" + "[".repeat(100_000), "START_ARRAY where START_OBJECT should be, at a"),
        Arguments.of("{" + a, "damaged header"),
        Arguments.of("{" + a + "} {}", "more after its end"));
  }

  @Test
  void refusesHeadersThatAreNotUtf8() throws IOException {
    byte[] header = "{\"a\u00ff\":{}}".getBytes(StandardCharsets.ISO_8859_1);
    Path file = folder.resolve("a.safetensors");
    Files.write(file, withLength(header, header.length));
    assertThatThrownBy(() -> Weights.open(file)).hasMessageContaining("not UTF-8");
  }

  @Test
  void refusesHeaderLengthsBeyondTheFileAndTheLimit() throws IOException {
    Path file = folder.resolve("a.safetensors");
    for (long length : new long[] {100_000_001, 0xffff_ffffL, 99_999_999}) {
      Files.write(file, withLength("{}".getBytes(StandardCharsets.UTF_8), length));
      assertThatThrownBy(() -> Weights.open(file))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("header");
    }
    Files.write(file, withLength("{}".getBytes(StandardCharsets.UTF_8), -1));
    assertThatThrownBy(() -> Weights.open(file)).isInstanceOf(ModelException.class);
  }

  @Test
  void refusesAFileCutAnywhere() throws IOException {
    Path whole = folder.resolve("whole.safetensors");
    Safetensors.write(
        whole,
        List.of(Tensor.of("a", new long[] {2}, 1, 2), Tensor.of("b", new long[] {1}, 3)),
        Map.of("k", "v"));
    byte[] bytes = Files.readAllBytes(whole);
    Path cut = folder.resolve("cut.safetensors");
    for (int length = 0; length < bytes.length; length++) {
      Files.write(cut, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> Weights.open(cut))
          .as("cut to %d bytes", length)
          .isInstanceOf(ModelException.class)
          .hasMessageStartingWith(cut + ": ");
    }
  }

  @Test
  void namesTheTensorWhenTheFileShrinksLater() throws IOException {
    Path file = folder.resolve("a.safetensors");
    Safetensors.write(file, List.of(Tensor.of("a", new long[] {2}, 1, 2)), Map.of());
    try (Weights weights = Weights.open(file)) {
      try (RandomAccessFile shrunk = new RandomAccessFile(file.toFile(), "rw")) {
        shrunk.setLength(shrunk.length() - 4);
      }
      assertThatThrownBy(() -> weights.tensor("a").toFloats())
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("tensor a cannot be read");
    }
  }

  private static String entry(String name, String dtype, String shape, String offsets) {
    return "{'%s':{'dtype':'%s','shape':[%s],'data_offsets':[%s]}}"
        .formatted(name, dtype, shape, offsets);
  }

  private Path write(String header, byte[] data) throws IOException {
    byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    byte[] start = withLength(json, json.length);
    byte[] bytes = Arrays.copyOf(start, start.length + data.length);
    System.arraycopy(data, 0, bytes, start.length, data.length);
    return Files.write(folder.resolve("a.safetensors"), bytes);
  }

  private static byte[] withLength(byte[] header, long length) {
    return ByteBuffer.allocate(8 + header.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(length)
        .put(header)
        .array();
  }
}
