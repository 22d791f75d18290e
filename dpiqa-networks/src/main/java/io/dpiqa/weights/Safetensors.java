package io.dpiqa.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.dpiqa.ModelException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The <a href="https://huggingface.co/docs/safetensors">safetensors</a> format: the length of the
 * header (64 bits, little-endian), the header in JSON, and the tensors' bytes. {@link Weights#open}
 * reads it.
 */
public final class Safetensors {
  private static final String TEMPORARY = ".tmp";

  /** The most that the reference implementation reads, too. */
  private static final int HEADER_LIMIT = 100_000_000;

  private static final int TENSOR_LIMIT = 100_000;
  private static final int DIMENSION_LIMIT = 64;
  private static final String METADATA = "__metadata__";

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(3)
                  .maxNameLength(1024)
                  .maxNumberLength(20)
                  .maxStringLength(HEADER_LIMIT)
                  .build())
          .build();

  private final String file;
  private final FileChannel channel;
  private final long dataStart;

  private Safetensors(Path file, FileChannel channel, long headerSize) {
    this.file = file.toString();
    this.channel = channel;
    this.dataStart = Long.BYTES + headerSize;
  }

  /** A tensor and where its bytes are, counted from the end of the header. */
  private record Entry(Tensor tensor, long begin, long end) {}

  /** Whether a file that begins with these bytes is meant to be in this format. */
  static boolean recognises(ByteBuffer start) {
    return start.remaining() > Long.BYTES
        && start.get(Long.BYTES) == '{'
        && start.order(ByteOrder.LITTLE_ENDIAN).getLong(0) >>> 32 == 0;
  }

  /** Reads and validates the header; the tensors stay in the file, mapped when asked for. */
  static Weights open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      long headerSize =
          ByteBuffer.wrap(read(channel, 0, Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN).getLong();
      if (headerSize < 0 || headerSize > HEADER_LIMIT) {
        throw new ModelException(
            file.toString(),
            "not a safetensors file: a header of %s bytes, over the limit of %d"
                .formatted(Long.toUnsignedString(headerSize), HEADER_LIMIT));
      }
      if (headerSize > channel.size() - Long.BYTES) {
        throw new ModelException(
            file.toString(),
            "the file ends inside its header, after %d of %d bytes; fetch it again"
                .formatted(channel.size(), Long.BYTES + headerSize));
      }
      byte[] header = read(channel, Long.BYTES, (int) headerSize);
      return new Safetensors(file, channel, headerSize).parse(header);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static byte[] read(FileChannel channel, long position, int size) throws IOException {
    byte[] bytes = new byte[size];
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      if (channel.read(rest, position + rest.position()) < 0) {
        throw new EOFException("the file ends too early");
      }
    }
    return bytes;
  }

  private Weights parse(byte[] header) throws IOException {
    List<Entry> entries = new ArrayList<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    String name = null;
    // The decoder of a reader stops at malformed UTF-8 and, unlike Jackson's own, at UTF-16.
    try (Reader reader =
            new InputStreamReader(
                new ByteArrayInputStream(header), StandardCharsets.UTF_8.newDecoder());
        JsonParser json = JSON.createParser(reader)) {
      expect(json.nextToken(), JsonToken.START_OBJECT, "the header");
      while ((name = json.nextFieldName()) != null) {
        expect(json.nextToken(), JsonToken.START_OBJECT, name);
        if (name.equals(METADATA)) {
          for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
            expect(json.nextToken(), JsonToken.VALUE_STRING, METADATA + "." + key);
            metadata.put(key, json.getText());
          }
        } else {
          if (entries.size() == TENSOR_LIMIT) {
            throw error("more than " + TENSOR_LIMIT + " tensors");
          }
          entries.add(entry(json, name));
        }
      }
      expect(json.currentToken(), JsonToken.END_OBJECT, "the header");
      if (json.nextToken() != null) {
        throw error("damaged header: more after its end");
      }
    } catch (JsonProcessingException e) {
      String where = name == null ? "" : ", at tensor " + name;
      throw new ModelException(file, "damaged header" + where + ": " + e.getOriginalMessage(), e);
    } catch (CharacterCodingException e) {
      throw new ModelException(file, "damaged header: not UTF-8", e);
    }
    checkLayout(entries);
    return Weights.of(entries.stream().map(Entry::tensor).toList(), metadata, channel);
  }

  private Entry entry(JsonParser json, String name) throws IOException {
    DType dtype = null;
    long[] shape = null;
    long[] offsets = null;
    for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
      switch (key) {
        case "dtype" -> {
          expect(json.nextToken(), JsonToken.VALUE_STRING, name + ".dtype");
          dtype = dtype(name, json.getText());
        }
        case "shape" -> shape = longs(json, name, key);
        case "data_offsets" -> offsets = longs(json, name, key);
        default -> throw error("tensor %s: unknown field %s in the header".formatted(name, key));
      }
    }
    if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
      throw error("tensor " + name + ": the header must give dtype, shape and two data_offsets");
    }
    long begin = offsets[0];
    long end = offsets[1];
    Tensor tensor;
    try {
      tensor = Tensor.lazy(name, dtype, shape, () -> map(name, begin, end));
    } catch (IllegalArgumentException e) {
      throw new ModelException(file, "tensor " + name + ": " + e.getMessage(), e);
    }
    if (begin < 0 || end < begin || end - begin != tensor.byteSize()) {
      throw error(
          "tensor %s takes %d bytes, but its data_offsets are %d and %d"
              .formatted(tensor, tensor.byteSize(), begin, end));
    }
    return new Entry(tensor, begin, end);
  }

  private DType dtype(String tensor, String name) {
    for (DType dtype : DType.values()) {
      if (dtype.name().equals(name)) {
        return dtype;
      }
    }
    throw error(
        "tensor %s: type %.20s is not supported, only %s"
            .formatted(tensor, name, Arrays.toString(DType.values())));
  }

  private long[] longs(JsonParser json, String tensor, String key) throws IOException {
    expect(json.nextToken(), JsonToken.START_ARRAY, tensor + "." + key);
    long[] values = new long[DIMENSION_LIMIT];
    int count = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      expect(json.currentToken(), JsonToken.VALUE_NUMBER_INT, tensor + "." + key);
      if (count == DIMENSION_LIMIT) {
        throw error("tensor %s: more than %d values in %s".formatted(tensor, count, key));
      }
      values[count++] = json.getLongValue();
    }
    return Arrays.copyOf(values, count);
  }

  /** The tensors must cover the rest of the file exactly: no overlap, no hole, nothing missing. */
  private void checkLayout(List<Entry> entries) throws IOException {
    List<Entry> ordered = new ArrayList<>(entries);
    ordered.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long available = channel.size() - dataStart;
    long end = 0;
    for (Entry entry : ordered) {
      if (entry.begin() != end) {
        throw error(
            "tensor %s: its bytes begin at %d, but those before it end at %d: %s"
                .formatted(
                    entry.tensor().name(),
                    entry.begin(),
                    end,
                    entry.begin() < end ? "an overlap" : "a hole"));
      }
      end = entry.end();
      if (end > available) {
        throw error(
            "tensor %s: its bytes end at %d, but the file has only %d; fetch it again"
                .formatted(entry.tensor().name(), end, available));
      }
    }
    if (end != available) {
      throw error("%d bytes after the last tensor".formatted(available - end));
    }
  }

  /** Maps one tensor; a single mapping of the file could not exceed 2 GiB. */
  private ByteBuffer map(String tensor, long begin, long end) {
    try {
      return channel.map(FileChannel.MapMode.READ_ONLY, dataStart + begin, end - begin);
    } catch (IOException e) {
      throw new ModelException(file, "tensor " + tensor + " cannot be read: " + e, e);
    }
  }

  private void expect(JsonToken actual, JsonToken expected, String where) {
    if (actual != expected) {
      throw error(
          "damaged header: %s where %s should be, at %s".formatted(actual, expected, where));
    }
  }

  private ModelException error(String problem) {
    return new ModelException(file, problem);
  }

  /**
   * Writes tensors to a file, whole or not at all: to a temporary file beside it first, which then
   * takes its place. One tensor at a time is in memory. The same tensors and metadata always give
   * the same bytes: wider types first, which aligns every tensor to its element size, and otherwise
   * the order given.
   *
   * @param metadata what the file says about itself; written in the order of the keys
   * @throws IllegalArgumentException if two tensors have the same name, or one has that of the
   *     metadata, {@code __metadata__}
   * @throws IOException if the file cannot be written; what was there before stays as it was
   */
  public static void write(Path file, Collection<Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    List<Tensor> ordered = new ArrayList<>(Weights.of(tensors).tensors());
    ordered.sort(Comparator.comparing((Tensor tensor) -> tensor.dtype().bytes()).reversed());
    ByteBuffer header = header(ordered, metadata);

    Path target = file.toAbsolutePath();
    Path temporary = target.resolveSibling(temporaryPrefix(target) + UUID.randomUUID() + TEMPORARY);
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        writeFully(channel, header);
        for (Tensor tensor : ordered) {
          writeFully(channel, tensor.bytes());
        }
        channel.force(true);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(file + ": cannot be written: " + e.getMessage(), e); // it names none
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /**
   * Removes what a process that was killed while it wrote a file left beside it. No other process
   * may be writing that file.
   *
   * @throws IOException if it cannot be removed
   */
  public static void removeUnfinished(Path file) throws IOException {
    Path target = file.toAbsolutePath();
    String prefix = temporaryPrefix(target);
    try (DirectoryStream<Path> unfinished =
        Files.newDirectoryStream(
            target.getParent(),
            other -> {
              String name = other.getFileName().toString();
              return name.startsWith(prefix) && name.endsWith(TEMPORARY);
            })) {
      for (Path temporary : unfinished) {
        Files.deleteIfExists(temporary);
      }
    }
  }

  private static String temporaryPrefix(Path target) {
    return "." + target.getFileName() + ".";
  }

  private static ByteBuffer header(List<Tensor> tensors, Map<String, String> metadata)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(METADATA);
        for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      long end = 0;
      for (Tensor tensor : tensors) {
        if (tensor.name().equals(METADATA)) {
          throw new IllegalArgumentException("a tensor cannot be named " + METADATA);
        }
        long begin = end;
        end += tensor.byteSize();
        long[] shape = tensor.shape();
        json.writeObjectFieldStart(tensor.name());
        json.writeStringField("dtype", tensor.dtype().name());
        json.writeFieldName("shape");
        json.writeArray(shape, 0, shape.length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {begin, end}, 0, 2);
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    int padded = (bytes.size() + 7) / 8 * 8;
    ByteBuffer header =
        ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN).putLong(padded);
    header.put(bytes.toByteArray());
    while (header.hasRemaining()) {
      header.put((byte) ' ');
    }
    return header.flip();
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
