package io.dpiqa.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dpiqa.ModelException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.math.BigInteger;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class PytorchCheckpointTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"state-dict.pth", "state-dict-legacy.pth", "checkpoint-nested.pth"})
  void readsWhatTorchSaves(String name) {
    try (Weights weights = Weights.open(golden(name));
        Weights expected = Weights.open(golden("state-dict-expected.safetensors"))) {
      assertThat(weights.names()).containsExactlyElementsOf(expected.names());
      for (Tensor tensor : expected.tensors()) {
        assertThat(weights.tensor(tensor.name()).toFloats())
            .as(tensor.name())
            .isEqualTo(tensor.toFloats());
      }
      assertThat(weights.tensors())
          .extracting(Tensor::toString)
          .containsExactly(
              "a.weight F32[4, 3, 3, 3]",
              "a.bias F32[4]",
              "half F16[5, 6]",
              "bf16 BF16[5, 6]",
              "bn.num_batches_tracked I64[]",
              "transposed F32[8, 6]",
              "row F32[8]",
              "strided F32[6, 4]",
              "double F64[3]",
              "empty F32[0, 4]");
    }
  }

  @Test
  void refusesACall() {
    assertThatThrownBy(() -> Weights.open(golden("malicious.pth")))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(golden("malicious.pth") + ": refused, and nothing of it was run")
        .hasMessageContaining("__builtin__.eval")
        .hasMessageContaining("torch.save(model.state_dict(), …) or as safetensors");
    assertThat(Path.of("pwned")).doesNotExist();
  }

  @Test
  void refusesAWholeModule() {
    assertThatThrownBy(() -> Weights.open(golden("whole-module.pth")))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("torch.nn.modules.container.Sequential");
  }

  @ParameterizedTest
  @MethodSource
  void refusesWhateverIsNotOnTheList(Consumer<Pickle> program, String named) throws IOException {
    Pickle pickle = new Pickle();
    pickle.op('}').op('(').text("w").tensor().text("x");
    program.accept(pickle);
    Path file = pickle.op('u').checkpoint(folder.resolve("a.pth"));
    assertThatThrownBy(() -> Weights.open(file))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(file + ": refused, and nothing of it was run: it asks for " + named)
        .hasMessageMatching("\\P{Cntrl}+");
  }

  static Stream<Arguments> refusesWhateverIsNotOnTheList() {
    return Stream.of(
        program("posix.system", p -> p.global("posix", "system").text("true").ops("\u0085R")),
        program("os.system", p -> p.text("os").text("system").op(0x93).text("true").ops("\u0085R")),
        program("builtins.eval", p -> p.global("builtins", "eval").text("1").ops("\u0085R")),
        program("builtins.exec", p -> p.text("builtins").text("exec").op(0x93)),
        program("builtins.getattr", p -> p.global("builtins", "getattr")),
        program("subprocess.Popen", p -> p.op('(').text("true").ops("isubprocess\nPopen\n")),
        program("posix.system", p -> p.ops("(cposix\nsystem\n").text("true").op('o')),
        program("collections.OrderedDict", p -> p.ops("(icollections\nOrderedDict\n")),
        program("pickle operation 0x6f", p -> p.op('(').ops("ccollections\nOrderedDict\no")),
        program(
            "pickle operation 0x81", p -> p.global("collections", "OrderedDict").ops(")\u0081")),
        program(
            "pickle operation 0x92", p -> p.global("collections", "OrderedDict").ops(")}\u0092")),
        program("pickle operation 0x82", p -> p.ops("\u0082\u0001")),
        program("pickle operation 0x83", p -> p.ops("\u0083\u0001\u0001")),
        program("pickle operation 0x50", p -> p.ops("P0\n")),
        program("torch._utils._rebuild_wrapper", p -> p.global("torch._utils", "_rebuild_wrapper")),
        program("torch.serialization.load", p -> p.global("torch.serialization", "load")),
        program("torch.load", p -> p.global("torch", "load").text("http://x").ops("\u0085R")),
        program("torch.hub.load", p -> p.global("torch.hub", "load")),
        program("torch._utils", p -> p.global("torch", "_utils")),
        program("io.dpiqa.weights.Unpickler", p -> p.global("io.dpiqa.weights", "Unpickler")),
        program("_codecs.lookup", p -> p.global("_codecs", "lookup").text("x").ops("\u0085R")),
        program(
            "numpy.core.multiarray._reconstruct",
            p -> p.global("numpy.core.multiarray", "_reconstruct")),
        program(
            "pytorch_lightning.callbacks.lambda_function.LambdaCallback",
            p -> p.global("pytorch_lightning.callbacks.lambda_function", "LambdaCallback")),
        program("java.lang.Runtime", p -> p.global("java.lang", "Runtime")),
        program("a [31m.b", p -> p.global("a\u001b[31m", "b")));
  }

  private static Arguments program(String named, Consumer<Pickle> program) {
    return Arguments.of(Named.of(named, program), named);
  }

  @ParameterizedTest
  @MethodSource
  void refusesTensorsThatTheirStorageDoesNotHold(
      long offset, long[] shape, long[] strides, String problem) throws IOException {
    Path file =
        new Pickle()
            .op('}')
            .text("w")
            .tensor(4, offset, shape, strides)
            .op('s')
            .checkpoint(folder.resolve("a.pth"));
    assertThatThrownBy(() -> Weights.open(file))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(file + ": tensor w")
        .hasMessageContaining(problem);
  }

  static Stream<Arguments> refusesTensorsThatTheirStorageDoesNotHold() {
    long max = Long.MAX_VALUE;
    String outside = "outside of its storage of 4 elements";
    return Stream.of(
        Arguments.of(0, new long[] {5}, new long[] {1}, outside),
        Arguments.of(1, new long[] {4}, new long[] {1}, outside),
        Arguments.of(-1, new long[] {2}, new long[] {1}, outside),
        Arguments.of(max, new long[] {2}, new long[] {1}, outside),
        Arguments.of(5, new long[] {0}, new long[] {1}, outside),
        Arguments.of(3, new long[] {2}, new long[] {-1}, outside),
        Arguments.of(0, new long[] {2}, new long[] {max}, outside),
        Arguments.of(0, new long[] {3, 3}, new long[] {max / 2, max / 2}, outside),
        Arguments.of(0, new long[] {max, max}, new long[] {1, 1}, outside),
        Arguments.of(0, new long[] {2, 2}, new long[] {2}, outside),
        Arguments.of(0, new long[] {-1, 5}, new long[] {1, 1}, outside),
        Arguments.of(0, new long[] {-4}, new long[] {1}, outside),
        Arguments.of(0, new long[] {1L << 40}, new long[] {0}, "over 2 GiB"),
        Arguments.of(0, new long[] {1L << 20}, new long[] {0}, "repeats elements"),
        Arguments.of(0, new long[] {3, 2}, new long[] {1, 1}, "repeats elements"));
  }

  @Test
  void readsEmptyTensorsOfAbsurdShapeAtOnce() throws IOException {
    long[] shape = {Long.MAX_VALUE, Integer.MAX_VALUE, 0};
    Path file =
        new Pickle()
            .op('}')
            .text("w")
            .tensor(4, 0, shape, new long[] {1, 1, 1})
            .op('s')
            .checkpoint(folder.resolve("a.pth"));
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.tensor("w").toFloats()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource
  void refusesDamagedAndMonstrousPickles(Consumer<Pickle> program, String problem)
      throws IOException {
    Pickle pickle = new Pickle();
    program.accept(pickle);
    Path file = pickle.checkpoint(folder.resolve("a.pth"));
    assertThatThrownBy(() -> Weights.open(file))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(problem)
        .hasMessageMatching(".{1,1500}");
  }

  static Stream<Arguments> refusesDamagedAndMonstrousPickles() {
    return Stream.of(
        pickle("stack underflow", p -> p.op('0'), "damaged pickle"),
        pickle("below the mark", p -> p.ops("}(0"), "damaged pickle"),
        pickle("tuple below the mark", p -> p.ops("NN(\u0086"), "damaged pickle"),
        pickle("no mark", p -> p.ops("}u"), "damaged pickle"),
        pickle("odd items", p -> p.ops("}(").text("a").op('u'), "damaged pickle"),
        pickle("unknown memo", p -> p.ops("h\u0007"), "damaged pickle"),
        pickle("append to a tuple", p -> p.ops(")Na"), "damaged pickle"),
        pickle("item of a list", p -> p.op(']').text("a").ops("Ns"), "damaged pickle"),
        pickle("attributes of a list", p -> p.ops("]}b"), "damaged pickle"),
        pickle(
            "storage from an opaque call",
            p ->
                p.global("torch._utils", "_rebuild_tensor_v2")
                    .op('(')
                    .global("numpy.core.multiarray", "scalar")
                    .ops(")RK\0))tR"),
            "damaged pickle"),
        pickle("call of a text", p -> p.text("os.system").ops(")R"), "damaged pickle"),
        pickle(
            "call of a storage type", p -> p.global("torch", "FloatStorage").ops(")R"), "damaged"),
        pickle(
            "OrderedDict of something",
            p -> p.global("collections", "OrderedDict").ops("]\u0085R"),
            "damaged pickle"),
        pickle(
            "tensor of no storage",
            p -> p.global("torch._utils", "_rebuild_tensor_v2").ops("(NK\u0000))\u0089}tR"),
            "damaged pickle"),
        pickle(
            "parameter of no tensor",
            p -> p.global("torch._utils", "_rebuild_parameter").ops("(N\u0089}tR"),
            "damaged pickle"),
        pickle("storage of a text", p -> p.ops("(").text("storage").ops("tQ"), "damaged pickle"),
        pickle(
            "module in a persistent id",
            p -> p.op('(').text("module").text("a").text("b").ops("NNtQ"),
            "damaged pickle"),
        pickle(
            "persistent id of an unknown type",
            p -> p.op('(').text("storage").text("Float").text("0").text("cpu").ops("K\u0004tQ"),
            "damaged pickle"),
        pickle("storage of -1", p -> p.storage("FloatStorage", "0", -1), "damaged pickle"),
        pickle(
            "one storage of two types",
            p -> p.storage("FloatStorage", "0", 4).storage("HalfStorage", "0", 8),
            "damaged pickle"),
        pickle(
            "missing storage",
            p ->
                p.op('}')
                    .text("w")
                    .global("torch._utils", "_rebuild_tensor_v2")
                    .op('(')
                    .storage("FloatStorage", "../../etc/passwd", 1)
                    .ops("K\u0000))\u0089}tRs"),
            "tensor w: its storage ../../etc/passwd is missing"),
        pickle(
            "storage of another size",
            p -> p.op('}').text("w").tensor(1L << 62, 0, new long[] {4}, new long[] {1}).op('s'),
            "tensor w: its storage 0 has 16 bytes, not 4611686018427387904 elements of F32"),
        pickle("protocol 0", p -> p.ops("\u0080\u0000"), "protocol 0 is not supported"),
        pickle("protocol 9", p -> p.ops("\u0080\u0009"), "protocol 9 is not supported"),
        pickle("text beyond the end", p -> p.op('X').int32(1 << 30), "ends too early"),
        pickle("text of negative length", p -> p.op('X').int32(-1), "ends too early"),
        pickle("name without end", p -> p.ops("cos"), "ends too early"),
        pickle("operations without end", p -> p.ops("N0".repeat(2_000_000)), "over 2000000 oper"),
        pickle("memo bomb", p -> memo(p, 2_000_000), "over 2000000 operations"),
        pickle("marks without end", p -> p.ops("(".repeat(3_000_000)), "over 2000000 operations"),
        pickle("a key that is a list", p -> p.ops("}]Ns"), "a key that is no text and no number"),
        pickle("a tuple as a key", p -> p.ops("})Ns"), "a key that is no text and no number"),
        pickle(
            "a dictionary in itself",
            p -> p.ops("}q\u0000").text("a").ops("h\u0000s"),
            "nested more than 16 deep"),
        pickle("dictionaries shared a billion times", p -> billion(p), "more than 100000 entries"),
        pickle(
            "an endless name",
            p -> p.op('}').text("a".repeat(2000)).tensor().op('s'),
            "a name is longer than 1024 characters"),
        pickle(
            "two tensors of one name",
            p ->
                p.op('}')
                    .text("a.b")
                    .tensor()
                    .op('s')
                    .text("a")
                    .op('}')
                    .text("b")
                    .tensor()
                    .ops("ss"),
            "two tensors are named a.b"),
        pickle("no dictionary", Pickle::tensor, "holds no dictionary of tensors"),
        pickle("no tensors", p -> p.op('}').text("epoch").ops("K\u0001s"), "holds no tensors"));
  }

  private static Arguments pickle(String what, Consumer<Pickle> program, String problem) {
    return Arguments.of(Named.of(what, program), problem);
  }

  private static void memo(Pickle pickle, int count) {
    pickle.op('N');
    for (int i = 0; i < count; i++) {
      pickle.op('r').int32(i);
    }
  }

  /** Ten dictionaries, each with the one before ten times over. */
  private static void billion(Pickle pickle) {
    pickle.op('}');
    for (int level = 0; level < 10; level++) {
      pickle.op('q').op(level).ops("0}");
      for (int i = 0; i < 10; i++) {
        pickle.text("k" + i).op('h').op(level).op('s');
      }
    }
  }

  @Test
  void ignoresWhatIsNotATensor() throws IOException {
    Path file =
        new Pickle()
            .global("collections", "OrderedDict")
            .ops(")R")
            .ops("(")
            .text("w")
            .tensor()
            .text("epoch")
            .ops("K\u0007")
            .text("name")
            .text("run 3")
            .text("lr")
            .ops("G\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000")
            .text("betas")
            .ops("]K\u0001a")
            .ops("u}")
            .text("_metadata")
            .ops("}sb")
            .checkpoint(folder.resolve("a.pth"));
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.names()).containsExactly("w");
      assertThat(weights.tensor("w").toFloats()).containsExactly(1, 2, 3, 4);
    }
  }

  @Test
  void readsParameters() throws IOException {
    Path file =
        new Pickle()
            .op('}')
            .text("w")
            .global("torch._utils", "_rebuild_parameter")
            .op('(')
            .tensor()
            .ops("\u0088}tRs")
            .checkpoint(folder.resolve("a.pth"));
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.tensor("w").toFloats()).containsExactly(1, 2, 3, 4);
    }
  }

  @Test
  void readsTheOperationsOfLaterProtocols() throws IOException {
    Pickle pickle = new Pickle().ops("\u0080\u0004\u0095\0\0\0\0\0\0\0\0");
    pickle.ops("\u008c\u000bcollections\u0094\u008c\u000bOrderedDict\u0094\u0093\u0094)R\u0094");
    pickle.ops("\u008c\u0001w\u0094").tensor().op('s');
    // The third thing remembered is the function: another dictionary, under the key remembered.
    pickle.text("inner").ops("h\u0002)R").ops("h\u0004").tensor().ops("ss");
    try (Weights weights = Weights.open(pickle.checkpoint(folder.resolve("a.pth")))) {
      assertThat(weights.names()).containsExactly("w", "inner.w");
    }
  }

  @Test
  void unwrapsTheOneDictionaryOfTensorsEvenBesideAnOptimizer() throws IOException {
    Pickle pickle = new Pickle().op('}').text("model").op('}').text("w").tensor().ops("ss");
    pickle.text("optimizer").op('}').text("state").op('}').ops("K\u0000}");
    pickle.text("exp_avg").tensor().ops("ssss");
    try (Weights weights = Weights.open(pickle.checkpoint(folder.resolve("a.pth")))) {
      assertThat(weights.names()).containsExactly("w");
    }
  }

  @Test
  void readsTheWeightsOfALightningCheckpoint() throws IOException {
    Tensor a = Tensor.of("a.weight", new long[] {2, 1}, 1, 2);
    Tensor b = Tensor.of("b", new long[] {}, 3);
    Path file = Pickle.writeLightning(folder.resolve("a.ckpt"), List.of(a, b));
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.names()).containsExactly("a.weight", "b");
      assertThat(weights.tensor("a.weight").toFloats()).containsExactly(1, 2);
      assertThat(weights.tensor("b").toFloats()).containsExactly(3);
    }
  }

  @Test
  void joinsNamesWhereSeveralDictionariesHoldTensors() throws IOException {
    Pickle pickle = new Pickle().op('}').text("params").op('}').text("w").tensor().ops("ss");
    pickle.text("params_ema").op('}').text("w").tensor().ops("ss");
    try (Weights weights = Weights.open(pickle.checkpoint(folder.resolve("a.pth")))) {
      assertThat(weights.names()).containsExactly("params.w", "params_ema.w");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"state-dict.pth", "state-dict-legacy.pth"})
  void refusesAFileCutAnywhere(String name) throws IOException {
    byte[] bytes = Files.readAllBytes(golden(name));
    Path cut = folder.resolve("cut.pth");
    for (int length = 0; length < bytes.length; length += 3) {
      Files.write(cut, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> Weights.open(cut))
          .as("cut to %d bytes", length)
          .isInstanceOf(ModelException.class)
          .hasMessageStartingWith(cut + ": ");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"state-dict.pth", "state-dict-legacy.pth"})
  void readsOrRefusesAFileWithAByteChanged(String name) throws IOException {
    byte[] bytes = Files.readAllBytes(golden(name));
    int[] flips = {0x01, 0x80, 0xff};
    Path changed = folder.resolve("changed.pth");
    for (int i = 0; i < bytes.length; i += 5) {
      byte original = bytes[i];
      bytes[i] ^= (byte) flips[i % flips.length];
      Files.write(changed, bytes);
      bytes[i] = original;
      try (Weights weights = Weights.open(changed)) {
        for (Tensor tensor : weights.tensors()) {
          assertThat(tensor.toFloats()).hasSize(tensor.elements());
        }
      } catch (ModelException e) {
        assertThat(e).hasMessageStartingWith(changed + ": ");
      }
    }
  }

  @Test
  void readsLegacyStorages() throws IOException {
    Path file = folder.resolve("a.pth");
    Files.write(file, legacy(list -> list.text("0").op('a'), 4));
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.tensor("w").toFloats()).containsExactly(1, 2, 3, 4);
    }
  }

  @ParameterizedTest
  @MethodSource
  void refusesLegacyStoragesThatAreNotWhatTensorsSay(
      Consumer<Pickle> list, long count, String problem) throws IOException {
    Path file = Files.write(folder.resolve("a.pth"), legacy(list, count));
    assertThatThrownBy(() -> Weights.open(file))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(problem);
  }

  static Stream<Arguments> refusesLegacyStoragesThatAreNotWhatTensorsSay() {
    return Stream.of(
        list("another size", p -> p.text("0").op('a'), 3, "storage 0 has another size"),
        list("another key", p -> p.text("9").op('a'), 4, "a storage that no tensor uses"),
        list("list in itself", p -> p.ops("q\0h\0a"), 4, "a storage that no tensor uses"),
        list("no list", p -> p.ops("0}"), 4, "does not list its storages"),
        list("empty list", p -> p.ops(""), 4, "tensor w: its storage 0 is missing"));
  }

  private static Arguments list(String what, Consumer<Pickle> list, long count, String problem) {
    return Arguments.of(Named.of(what, list), count, problem);
  }

  /** A legacy file of tensor w, with more done to the list of its storages. */
  private static byte[] legacy(Consumer<Pickle> list, long count) {
    byte[] magic = new BigInteger("1950a86a20f9469cfc6c", 16).toByteArray();
    ByteBuffer file = ByteBuffer.allocate(1000).order(ByteOrder.LITTLE_ENDIAN);
    file.put(new byte[] {(byte) 0x80, 2, (byte) 0x8a, 10});
    for (int i = magic.length - 1; i >= 0; i--) {
      file.put(magic[i]);
    }
    file.put((byte) '.').put(new Pickle().number(1001).stop());
    file.put(new Pickle().op('}').text("little_endian").ops("\u0088s").stop());
    file.put(new Pickle().op('}').text("w").tensor().op('s').stop());
    Pickle keys = new Pickle().op(']');
    list.accept(keys);
    file.put(keys.stop()).putLong(count).put(Pickle.floats(1, 2, 3, 4));
    return Arrays.copyOf(file.array(), file.position());
  }

  @Test
  void refusesCompressedEntries() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("a/data.pkl", new byte[1 << 20]);
    Path bomb = Pickle.zip(folder.resolve("a.pth"), ZipEntry.DEFLATED, entries);
    assertThatThrownBy(() -> Weights.open(bomb))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("data.pkl");
  }

  @Test
  void refusesBigEndianAndForeignArchives() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("a/data.pkl", new Pickle().op('}').text("w").tensor().op('s').stop());
    entries.put("a/data/0", Pickle.floats(1, 2, 3, 4));
    entries.put("a/byteorder", "big".getBytes(StandardCharsets.UTF_8));
    Path big = Pickle.zip(folder.resolve("big.pth"), ZipEntry.STORED, entries);
    assertThatThrownBy(() -> Weights.open(big)).hasMessageContaining("big-endian");
    Path foreign =
        Pickle.zip(folder.resolve("a.npz"), ZipEntry.STORED, Map.of("a.npy", new byte[8]));
    assertThatThrownBy(() -> Weights.open(foreign))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("it has no data.pkl");
  }

  @Test
  void readsArchivesBeyondFourGibibytes() throws IOException {
    // A sparse file: 4.5 GiB long, a few kilobytes on the disk.
    byte[] pickle = new Pickle().op('}').text("w").tensor().op('s').stop();
    byte[] floats = Pickle.floats(1, 2, 3, 4);
    long far = 9L << 29;
    Path file = folder.resolve("a.pth");
    try (RandomAccessFile zip = new RandomAccessFile(file.toFile(), "rw")) {
      zip.write(zipHeader("a/data.pkl", pickle.length, -1));
      zip.write(pickle);
      zip.seek(far);
      zip.write(zipHeader("a/data/0", floats.length, -1));
      zip.write(floats);
      long directory = zip.getFilePointer();
      zip.write(zipHeader("a/data.pkl", pickle.length, 0));
      zip.write(zipHeader("a/data/0", floats.length, far));
      long end = zip.getFilePointer();
      ByteBuffer tail = ByteBuffer.allocate(98).order(ByteOrder.LITTLE_ENDIAN);
      tail.putInt(0x06064b50).putLong(44).putShort((short) 45).putShort((short) 45).putLong(0);
      tail.putLong(2).putLong(2).putLong(end - directory).putLong(directory);
      tail.putInt(0x07064b50).putInt(0).putLong(end).putInt(1);
      tail.putInt(0x06054b50).putInt(0).putInt(-1).putInt(-1).putInt(-1).putShort((short) 0);
      zip.write(tail.array());
    }
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.tensor("w").toFloats()).containsExactly(1, 2, 3, 4);
    }
  }

  /** An entry's own header (offset -1), or that in the directory with a 64-bit offset. */
  private static byte[] zipHeader(String name, int size, long offset) {
    boolean local = offset < 0;
    ByteBuffer header =
        ByteBuffer.allocate((local ? 30 : 46 + 12) + name.length()).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(local ? 0x04034b50 : 0x02014b50);
    if (!local) {
      header.putShort((short) 45);
    }
    header.putShort((short) 45).putShort((short) 0).putShort((short) 0).putInt(0);
    header.putInt(0).putInt(size).putInt(size).putShort((short) name.length());
    header.putShort((short) (local ? 0 : 12));
    if (!local) {
      header.putShort((short) 0).putInt(0).putInt(0).putInt(-1);
    }
    header.put(name.getBytes(StandardCharsets.UTF_8));
    if (!local) {
      header.putShort((short) 1).putShort((short) 8).putLong(offset);
    }
    return header.array();
  }

  @Test
  void refusesTwoEntriesOfOneName() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("a/data.pkl", new Pickle().op('}').text("w").tensor().op('s').stop());
    entries.put("a/data/0", Pickle.floats(1, 2, 3, 4));
    entries.put("a/data/1", Pickle.floats(5, 6, 7, 8));
    Path file = Pickle.zip(folder.resolve("a.pth"), ZipEntry.STORED, entries);
    String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
    Files.writeString(file, bytes.replace("data/1", "data/0"), StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> Weights.open(file))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("two entries named a/data/0");
  }

  private static Path golden(String name) {
    try {
      return Path.of(PytorchCheckpointTest.class.getResource("/golden/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
