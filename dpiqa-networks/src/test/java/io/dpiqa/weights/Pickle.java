package io.dpiqa.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Assembles pickles and checkpoints by hand, sound ones and others. */
public final class Pickle {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  Pickle() {
    op(0x80).op(2);
  }

  Pickle op(int operation) {
    bytes.write(operation);
    return this;
  }

  Pickle ops(String operations) {
    return raw(operations.getBytes(StandardCharsets.ISO_8859_1));
  }

  Pickle raw(byte... raw) {
    bytes.writeBytes(raw);
    return this;
  }

  Pickle text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return op('X').int32(utf8.length).raw(utf8);
  }

  Pickle int32(int value) {
    return raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  Pickle number(long value) {
    return op(0x8a)
        .op(8)
        .raw(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }

  Pickle tuple(long... values) {
    op('(');
    for (long value : values) {
      number(value);
    }
    return op('t');
  }

  Pickle global(String module, String name) {
    return ops("c" + module + "\n" + name + "\n");
  }

  Pickle storage(String type, String key, long elements) {
    return op('(')
        .text("storage")
        .global("torch", type)
        .text(key)
        .text("cpu")
        .number(elements)
        .ops("tQ");
  }

  /** A tensor of storage "0", of {@code elements} floats. */
  Pickle tensor(long elements, long offset, long[] shape, long[] strides) {
    return tensor("FloatStorage", "0", elements, offset, shape, strides);
  }

  private Pickle tensor(
      String type, String key, long elements, long offset, long[] shape, long[] strides) {
    return global("torch._utils", "_rebuild_tensor_v2")
        .op('(')
        .storage(type, key, elements)
        .number(offset)
        .tuple(shape)
        .tuple(strides)
        .op(0x89)
        .op('}')
        .ops("tR");
  }

  /** The four floats of storage "0". */
  Pickle tensor() {
    return tensor(4, 0, new long[] {4}, new long[] {1});
  }

  /** The state dict of these tensors, whose storages go under 0, 1, 2 … into the entries. */
  private Pickle stateDict(Collection<Tensor> tensors, Map<String, byte[]> entries) {
    global("collections", "OrderedDict").ops(")R(");
    int key = 0;
    for (Tensor tensor : tensors) {
      long[] shape = tensor.shape();
      long[] strides = new long[shape.length];
      long stride = 1;
      for (int i = shape.length - 1; i >= 0; i--) {
        strides[i] = stride;
        stride *= shape[i];
      }
      String type =
          switch (tensor.dtype()) {
            case F32 -> "FloatStorage";
            case F16 -> "HalfStorage";
            case I64 -> "LongStorage";
            default -> throw new IllegalArgumentException(tensor.toString());
          };
      byte[] bytes = new byte[tensor.byteSize()];
      tensor.bytes().get(bytes);
      entries.put("archive/data/" + key, bytes);
      text(tensor.name()).tensor(type, String.valueOf(key), tensor.elements(), 0, shape, strides);
      key++;
    }
    return op('u');
  }

  /** Writes tensors as {@code torch.save(model.state_dict(), …)} does. */
  public static Path writeStateDict(Path file, Collection<Tensor> tensors) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("archive/data.pkl", new Pickle().stateDict(tensors, entries).stop());
    return zip(file, ZipEntry.STORED, entries);
  }

  /** Writes tensors as PyTorch Lightning does, among the state of its training. */
  public static Path writeLightning(Path file, Collection<Tensor> tensors) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    Pickle pickle = new Pickle().op('}').op('(');
    pickle.text("epoch").ops("K\u0001").text("pytorch-lightning_version").text("1.4.2");
    pickle.text("callbacks").op('}').op('(');
    pickle.global("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint");
    pickle.op('}').text("best_model_score").global("numpy.core.multiarray", "scalar").op('(');
    pickle.global("numpy", "dtype").op('(').text("f8").ops("\u0089\u0088tR");
    pickle.ops("(K\u0003").text("<").ops("NNN").op('J').int32(-1).op('J').int32(-1).ops("K\0tb");
    pickle.global("_codecs", "encode").op('(').text("\u00f0?").text("latin1").ops("tRtRsu");
    pickle.text("state_dict").stateDict(tensors, entries);
    entries.put("archive/data.pkl", pickle.text("optimizer_states").ops("]u").stop());
    return zip(file, ZipEntry.STORED, entries);
  }

  byte[] stop() {
    return op('.').bytes.toByteArray();
  }

  /** Writes a checkpoint of this pickle and one storage: the floats 1, 2, 3, 4. */
  Path checkpoint(Path file) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("archive/data.pkl", stop());
    entries.put("archive/byteorder", "little".getBytes(StandardCharsets.UTF_8));
    entries.put("archive/data/0", floats(1, 2, 3, 4));
    return zip(file, ZipEntry.STORED, entries);
  }

  static byte[] floats(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  static Path zip(Path file, int method, Map<String, byte[]> entries) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (Map.Entry<String, byte[]> content : entries.entrySet()) {
        ZipEntry entry = new ZipEntry(content.getKey());
        entry.setMethod(method);
        entry.setSize(content.getValue().length);
        CRC32 crc = new CRC32();
        crc.update(content.getValue());
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content.getValue());
      }
    }
    return file;
  }
}
