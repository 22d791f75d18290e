package io.dpiqa.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Rows of 32-bit floats that are computed once and kept in a file, which is mapped into memory: the
 * operating system decides how much of it stays there.
 */
final class FloatFile {
  private static final int SEGMENT_LIMIT = 1 << 30;

  /** Computes a row. */
  @FunctionalInterface
  interface Source {
    float[] row(int index);
  }

  private final int width;
  private final int perSegment;
  private final List<MappedByteBuffer> segments;

  private FloatFile(int width, int perSegment, List<MappedByteBuffer> segments) {
    this.width = width;
    this.perSegment = perSegment;
    this.segments = segments;
  }

  /**
   * The rows in a file, if it is there; otherwise computes them and writes it, whole or not at all.
   *
   * @param rows how many there are
   * @param width floats of a row
   * @throws TrainingException if the disk is too small
   */
  static FloatFile of(Path file, int rows, int width, Source source) throws IOException {
    if (!Files.exists(file)) {
      build(file, rows, width, source);
    }
    int perSegment = Math.max(1, SEGMENT_LIMIT / Float.BYTES / width);
    List<MappedByteBuffer> segments = new ArrayList<>();
    try (FileChannel channel = FileChannel.open(file)) {
      for (int row = 0; row < rows; row += perSegment) {
        long length = (long) Math.min(perSegment, rows - row) * width * Float.BYTES;
        MappedByteBuffer segment =
            channel.map(FileChannel.MapMode.READ_ONLY, (long) row * width * Float.BYTES, length);
        segment.order(ByteOrder.LITTLE_ENDIAN);
        segments.add(segment);
      }
    }
    return new FloatFile(width, perSegment, segments);
  }

  private static void build(Path file, int rows, int width, Source source) throws IOException {
    long length = (long) rows * width * Float.BYTES;
    Path folder = file.getParent();
    if (Files.getFileStore(folder).getUsableSpace() < length) {
      throw new TrainingException(
          "%s: what is computed once takes %d MB, more than is free there"
              .formatted(folder, length >> 20));
    }
    Path temporary = Files.createTempFile(folder, "floats-", ".tmp");
    try {
      try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.allocate(width * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int row = 0; row < rows; row++) {
          bytes.clear();
          bytes.asFloatBuffer().put(source.row(row));
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        }
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** Copies rows one after another. */
  float[] rows(int... indices) {
    float[] rows = new float[Math.multiplyExact(indices.length, width)];
    for (int i = 0; i < indices.length; i++) {
      int start = indices[i] % perSegment * width;
      segments.get(indices[i] / perSegment).asFloatBuffer().get(start, rows, i * width, width);
    }
    return rows;
  }
}
