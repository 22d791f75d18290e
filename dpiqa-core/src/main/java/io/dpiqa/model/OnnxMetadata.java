package io.dpiqa.model;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads one entry of an ONNX file's {@code metadata_props}, skipping over the graph and its
 * weights: a model of gigabytes is described in a millisecond, without a runtime.
 *
 * <p>An ONNX file is a protocol buffer: a sequence of fields, each a tag (number and wire type) and
 * a payload. {@code ModelProto} keeps its format version in field 1, and its metadata in field 14
 * as key (1) and value (2).
 */
final class OnnxMetadata {

  private static final int IR_VERSION = 1;
  private static final int METADATA_PROPS = 14;
  private static final int KEY = 1;
  private static final int VALUE = 2;

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  /** Real models have a dozen; this many are no model, and the search must end. */
  private static final int MAX_FIELDS = 10_000;

  private static final int MAX_ENTRY_BYTES = 1 << 20;

  private final InputStream in;

  private OnnxMetadata(InputStream in) {
    this.in = in;
  }

  /**
   * The first value under a key.
   *
   * @param in an ONNX file, at its start
   * @throws IOException if the file cannot be read or ends early
   * @throws IllegalArgumentException if it is not ONNX
   */
  static Optional<String> find(InputStream in, String key) throws IOException {
    return new OnnxMetadata(in).find(key);
  }

  private Optional<String> find(String key) throws IOException {
    boolean versioned = false;
    for (int fields = 0; fields < MAX_FIELDS; fields++) {
      int first = in.read();
      if (first < 0) {
        if (!versioned) {
          throw new IllegalArgumentException("no ONNX version in it");
        }
        return Optional.empty();
      }
      long tag = varint(first);
      if (tag == (METADATA_PROPS << 3 | BYTES)) {
        Optional<String> value = entry(key);
        if (value.isPresent()) {
          return value;
        }
      } else {
        versioned |= tag == (IR_VERSION << 3 | VARINT);
        skip((int) tag & 7);
      }
    }
    throw new IllegalArgumentException("too many fields");
  }

  private Optional<String> entry(String key) throws IOException {
    long length = varint(in.read());
    if (length < 0 || length > MAX_ENTRY_BYTES) {
      throw new IllegalArgumentException(
          "a metadata entry of " + Long.toUnsignedString(length) + " bytes");
    }
    byte[] entry = in.readNBytes((int) length);
    if (entry.length < length) {
      throw new EOFException("it ends early");
    }
    OnnxMetadata fields = new OnnxMetadata(new ByteArrayInputStream(entry));
    return fields.string(KEY).filter(key::equals).isPresent()
        ? new OnnxMetadata(new ByteArrayInputStream(entry)).string(VALUE)
        : Optional.empty();
  }

  private Optional<String> string(int field) throws IOException {
    for (int first = in.read(); first >= 0; first = in.read()) {
      long tag = varint(first);
      if (tag == (field << 3 | BYTES)) {
        long length = varint(in.read());
        byte[] utf8 = in.readNBytes((int) Math.max(0, Math.min(length, MAX_ENTRY_BYTES)));
        if (utf8.length != length) {
          throw new EOFException("it ends early");
        }
        return Optional.of(new String(utf8, StandardCharsets.UTF_8));
      }
      skip((int) tag & 7);
    }
    return Optional.empty();
  }

  private void skip(int wireType) throws IOException {
    switch (wireType) {
      case VARINT -> varint(in.read());
      case FIXED64 -> in.skipNBytes(8);
      case FIXED32 -> in.skipNBytes(4);
      case BYTES -> {
        long length = varint(in.read());
        if (length < 0) {
          throw new IllegalArgumentException("a field of negative length");
        }
        in.skipNBytes(length);
      }
      default -> throw new IllegalArgumentException("a field of unknown type " + wireType);
    }
  }

  private long varint(int first) throws IOException {
    long value = 0;
    int next = first;
    for (int shift = 0; shift < 64; shift += 7) {
      if (next < 0) {
        throw new EOFException("it ends early");
      }
      value |= (next & 0x7FL) << shift;
      if (next < 0x80) {
        return value;
      }
      next = in.read();
    }
    throw new IllegalArgumentException("a number of more than 64 bits");
  }
}
