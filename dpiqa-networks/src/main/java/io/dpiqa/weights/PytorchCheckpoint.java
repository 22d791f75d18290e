package io.dpiqa.weights;

import io.dpiqa.ModelException;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * What {@code torch.save} writes: a zip archive of a pickle and one entry for each storage, or,
 * before PyTorch 1.6, five pickles and the storages one after the other. The pickle says which part
 * of which storage a tensor is. Storages stay in the file until their tensors are asked for.
 */
final class PytorchCheckpoint {
  private static final BigInteger LEGACY_MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final Long LEGACY_PROTOCOL = 1001L;
  private static final String BIG_ENDIAN =
      "written on a big-endian machine; save it again on a little-endian one";
  private static final int PICKLE_LIMIT = 64 << 20;
  private static final int ENTRY_LIMIT = 100_000;
  private static final int DEPTH_LIMIT = 16;
  private static final int NAME_LIMIT = 1024;

  /** Reads part of a storage. */
  private interface Source {
    ByteBuffer read(long position, int size) throws IOException;
  }

  /** The bytes of a storage. */
  private record Stored(long size, Source source) {}

  private final String file;
  private final Map<String, Stored> storages = new HashMap<>();
  private int visits;

  private PytorchCheckpoint(Path file) {
    this.file = file.toString();
  }

  static boolean recognisesZip(ByteBuffer start) {
    return start.remaining() >= 4 && start.order(ByteOrder.LITTLE_ENDIAN).getInt(0) == 0x04034b50;
  }

  /** PROTO 2, LONG1 of ten bytes: the magic number's pickle. */
  static boolean recognisesLegacy(ByteBuffer start) {
    return start.remaining() >= 4 && start.order(ByteOrder.LITTLE_ENDIAN).getInt(0) == 0x0a8a0280;
  }

  static Weights openZip(Path file) throws IOException {
    ZipFile zip;
    try {
      zip = new ZipFile(file.toFile());
    } catch (ZipException e) {
      throw new ModelException(
          file.toString(), "damaged zip archive (" + e.getMessage() + "); fetch it again", e);
    }
    try {
      return new PytorchCheckpoint(file).readZip(zip, Files.size(file));
    } catch (IOException | RuntimeException e) {
      zip.close();
      throw e;
    }
  }

  private Weights readZip(ZipFile zip, long length) throws IOException {
    if (zip.size() > ENTRY_LIMIT) {
      throw error("a zip archive of over " + ENTRY_LIMIT + " entries");
    }
    Map<String, ZipEntry> entries = new HashMap<>();
    String pickle = null;
    for (ZipEntry entry : Collections.list(zip.entries())) {
      String name = entry.getName();
      if (entries.put(name, entry) != null) {
        throw error("a zip archive with two entries named " + name);
      }
      if (entry.getSize() > length) {
        throw error("%s is longer than the file; fetch it again".formatted(name));
      }
      if (name.endsWith("/data.pkl") && name.indexOf('/') == name.lastIndexOf('/')) {
        pickle = name;
      }
    }
    if (pickle == null) {
      throw error("a zip archive, but no PyTorch checkpoint: it has no data.pkl");
    }
    String folder = pickle.substring(0, pickle.length() - "data.pkl".length());
    ZipEntry order = entries.get(folder + "byteorder");
    if (order != null
        && !StandardCharsets.UTF_8.decode(whole(zip, order, 16)).toString().equals("little")) {
      throw error(BIG_ENDIAN);
    }
    for (ZipEntry entry : entries.values()) {
      if (entry.getName().startsWith(folder + "data/")) {
        storages.put(
            entry.getName().substring(folder.length() + "data/".length()),
            new Stored(entry.getSize(), (at, size) -> part(zip, entry, at, size)));
      }
    }
    ByteBuffer bytes = whole(zip, entries.get(pickle), PICKLE_LIMIT);
    return weights(new Unpickler(file, bytes).read(), zip);
  }

  private ByteBuffer whole(ZipFile zip, ZipEntry entry, int limit) throws IOException {
    if (entry.getSize() > limit) {
      throw error("%s is over %d bytes".formatted(entry.getName(), limit));
    }
    return part(zip, entry, 0, (int) entry.getSize());
  }

  private ByteBuffer part(ZipFile zip, ZipEntry entry, long position, int size) throws IOException {
    if (entry.getMethod() != ZipEntry.STORED || entry.getCompressedSize() != entry.getSize()) {
      throw error(entry.getName() + " is compressed, which torch.save does not do; save it again");
    }
    try (InputStream in = zip.getInputStream(entry)) {
      in.skipNBytes(position);
      byte[] bytes = new byte[size];
      if (in.readNBytes(bytes, 0, size) < size) {
        throw new EOFException(entry.getName() + " ends too early");
      }
      return ByteBuffer.wrap(bytes);
    }
  }

  static Weights openLegacy(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      return new PytorchCheckpoint(file).readLegacy(channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private Weights readLegacy(FileChannel channel) throws IOException {
    ByteBuffer pickles =
        channel.map(FileChannel.MapMode.READ_ONLY, 0, Math.min(channel.size(), PICKLE_LIMIT));
    if (!LEGACY_MAGIC.equals(new Unpickler(file, pickles).read())
        || !LEGACY_PROTOCOL.equals(new Unpickler(file, pickles).read())
        || !(new Unpickler(file, pickles).read() instanceof Map<?, ?> system)) {
      throw error("a pickle, but no PyTorch checkpoint");
    }
    if (!Boolean.TRUE.equals(system.get("little_endian"))) {
      throw error(BIG_ENDIAN);
    }
    Unpickler unpickler = new Unpickler(file, pickles);
    Object root = unpickler.read();
    if (!(new Unpickler(file, pickles).read() instanceof List<?> keys)) {
      throw error("damaged: it does not list its storages");
    }
    long position = pickles.position();
    for (Object key : keys) {
      // Not every key is a text, and the hash of a list could be endless.
      Unpickler.Storage storage =
          key instanceof String text ? unpickler.storages().get(text) : null;
      if (storage == null) {
        throw error("damaged: it lists a storage that no tensor uses");
      }
      long start = position + Long.BYTES;
      long left = channel.size() - start;
      if (left < 0 || storage.elements() > left / storage.dtype().bytes()) {
        throw error("the file ends inside storage %s; fetch it again".formatted(key));
      }
      // The number of elements stands before them, too.
      ByteBuffer count = channel.map(FileChannel.MapMode.READ_ONLY, position, Long.BYTES);
      if (count.order(ByteOrder.LITTLE_ENDIAN).getLong() != storage.elements()) {
        throw error("damaged: storage %s has another size than its tensors".formatted(key));
      }
      long size = storage.elements() * storage.dtype().bytes();
      storages.put(
          storage.key(),
          new Stored(
              size,
              (at, length) -> channel.map(FileChannel.MapMode.READ_ONLY, start + at, length)));
      position = start + size;
    }
    return weights(root, channel);
  }

  private Weights weights(Object root, Closeable open) {
    if (!(root instanceof Map<?, ?> map)) {
      throw error("holds no dictionary of tensors; save model.state_dict()");
    }
    List<Tensor> tensors = new ArrayList<>();
    collect(stateDict(map), "", 0, tensors);
    if (tensors.isEmpty()) {
      throw error("holds no tensors");
    }
    try {
      return Weights.of(tensors, Map.of(), open);
    } catch (IllegalArgumentException e) {
      throw new ModelException(file, e.getMessage(), e);
    }
  }

  /** The dictionary that holds tensors itself: the root or, where only one does, one in it. */
  private static Map<?, ?> stateDict(Map<?, ?> root) {
    if (holdsTensors(root)) {
      return root;
    }
    List<Map<?, ?>> holders = new ArrayList<>();
    for (Object value : root.values()) {
      if (value instanceof Map<?, ?> map && holdsTensors(map)) {
        holders.add(map);
      }
    }
    return holders.size() == 1 ? holders.get(0) : root;
  }

  private static boolean holdsTensors(Map<?, ?> map) {
    return map.values().stream().anyMatch(Unpickler.View.class::isInstance);
  }

  /** Adds the tensors of a dictionary and those in it. A pickle may nest a dictionary in itself. */
  private void collect(Map<?, ?> map, String prefix, int depth, List<Tensor> tensors) {
    if (depth == DEPTH_LIMIT) {
      throw error("dictionaries are nested more than %d deep".formatted(depth));
    }
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String name = prefix + entry.getKey();
      if (name.length() > NAME_LIMIT) {
        throw error("a name is longer than %d characters".formatted(NAME_LIMIT));
      }
      if (++visits > ENTRY_LIMIT) {
        throw error("more than %d entries in its dictionaries".formatted(ENTRY_LIMIT));
      }
      if (entry.getValue() instanceof Unpickler.View view) {
        tensors.add(tensor(name, view));
      } else if (entry.getValue() instanceof Map<?, ?> inner) {
        collect(inner, name + ".", depth + 1, tensors);
      }
    }
  }

  /** Checks a tensor against its storage. Strides, like offsets, count elements. */
  private Tensor tensor(String name, Unpickler.View view) {
    Unpickler.Storage storage = view.storage();
    Stored stored = storages.get(storage.key());
    int width = storage.dtype().bytes();
    if (stored == null) {
      throw error("tensor %s: its storage %s is missing".formatted(name, storage.key()));
    }
    if (stored.size() % width != 0 || stored.size() / width != storage.elements()) {
      throw error(
          "tensor %s: its storage %s has %d bytes, not %d elements of %s"
              .formatted(name, storage.key(), stored.size(), storage.elements(), storage.dtype()));
    }
    Strides strides = new Strides(view.shape(), view.strides());
    String kind = storage.dtype() + view.shape().toString();
    long start = view.offset();
    long span = strides.span(storage.elements());
    if (span < 0 || start < 0 || start > storage.elements() - span) {
      throw error(
          "tensor %s %s, with strides %s from element %d on, is outside of its storage of %d elements"
              .formatted(name, kind, view.strides(), start, storage.elements()));
    }
    if (span > Integer.MAX_VALUE / width) {
      throw error("tensor %s %s spreads over more than 2 GiB".formatted(name, kind));
    }
    Tensor tensor;
    try {
      tensor =
          Tensor.lazy(
              name,
              storage.dtype(),
              strides.shape(),
              () -> {
                try {
                  ByteBuffer bytes = stored.source().read(start * width, (int) span * width);
                  return strides.rowMajor(bytes, width);
                } catch (IOException e) {
                  throw new ModelException(
                      file, "tensor %s cannot be read: %s".formatted(name, e), e);
                }
              });
    } catch (IllegalArgumentException e) {
      throw new ModelException(file, "tensor " + name + ": " + e.getMessage(), e);
    }
    if (tensor.elements() > span) {
      // Otherwise a small file could ask for any amount of memory.
      throw error(
          "tensor %s repeats elements of its storage; save its .contiguous()".formatted(tensor));
    }
    return tensor;
  }

  private ModelException error(String problem) {
    return new ModelException(file, problem);
  }
}
