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
   * The rows in a file, if it is there; otherwise computes them and writes it. Rows that were
   * computed before an interruption lie beside it, and are not computed again.
   *
   * @param rows how many there are
   * @param width floats of a row
   * @throws TrainingException if the disk is too small
   */
  static FloatFile of(Path file, int rows, int width, Source source) throws IOException {
    if (!Files.exists(file) || Files.size(file) != (long) Float.BYTES * rows * width) {
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
    int perRow = Math.multiplyExact(width, Float.BYTES);
    Path partial = file.resolveSibling(file.getFileName() + ".partial");
    try (FileChannel channel =
        FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      int complete = (int) Math.min(rows, channel.size() / perRow);
      long missing = (long) (rows - complete) * perRow;
      if (Files.getFileStore(partial).getUsableSpace() < missing) {
        throw new TrainingException(
            "%s: what is computed once takes %d MB, more than is free there"
                .formatted(file.getParent(), missing >> 20));
      }
      channel.position((long) complete * perRow);
      ByteBuffer bytes = ByteBuffer.allocate(perRow).order(ByteOrder.LITTLE_ENDIAN);
      for (int row = complete; row < rows; row++) {
        bytes.clear();
        bytes.asFloatBuffer().put(source.row(row));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
      channel.force(false);
    }
    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Floats of a row. */
  int width() {
    return width;
  }

  /** Copies rows one after another. */
  float[] rows(int... indices) {
    return columns(0, width, indices);
  }

  /** Copies a part of rows, {@code [indices, count]}. */
  float[] columns(int first, int count, int... indices) {
    float[] columns = new float[Math.multiplyExact(indices.length, count)];
    for (int i = 0; i < indices.length; i++) {
      int start = indices[i] % perSegment * width + first;
      segments.get(indices[i] / perSegment).asFloatBuffer().get(start, columns, i * count, count);
    }
    return columns;
  }
}
