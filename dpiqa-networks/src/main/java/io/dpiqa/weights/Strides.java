package io.dpiqa.weights;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * How a tensor lies in its storage: the element at {@code (i, j, …)} is {@code i * strides[0] + j *
 * strides[1] + …} elements after the first.
 */
final class Strides {
  private final long[] shape;
  private final long[] strides;

  Strides(List<Long> shape, List<Long> strides) {
    this.shape = shape.stream().mapToLong(Long::longValue).toArray();
    this.strides = strides.stream().mapToLong(Long::longValue).toArray();
  }

  long[] shape() {
    return shape.clone();
  }

  /**
   * Number of elements from the first to the last, those in between included.
   *
   * @return -1 if there is no such number, or it is more than {@code limit}
   */
  long span(long limit) {
    if (shape.length != strides.length || Arrays.stream(shape).anyMatch(length -> length < 0)) {
      return -1;
    }
    if (Arrays.stream(shape).anyMatch(length -> length == 0)) {
      return 0;
    }
    long span = 1;
    for (int i = 0; i < shape.length && span <= limit; i++) {
      long steps = shape[i] - 1;
      // Divided, as the product could overflow.
      if (strides[i] < 0 || (steps > 0 && strides[i] > (limit - span) / steps)) {
        return -1;
      }
      span += steps * strides[i];
    }
    return span <= limit ? span : -1;
  }

  /**
   * The elements in row-major order.
   *
   * @param storage those of the span
   * @param width bytes of an element
   */
  ByteBuffer rowMajor(ByteBuffer storage, int width) {
    if (!storage.hasRemaining() || isRowMajor()) {
      return storage;
    }
    int size = width;
    for (long length : shape) {
      size *= (int) length;
    }
    ByteBuffer ordered = ByteBuffer.allocate(size);
    gather(0, 0, storage, width, ordered);
    return ordered.flip();
  }

  private boolean isRowMajor() {
    long expected = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      if (shape[i] != 1 && strides[i] != expected) {
        return false;
      }
      expected *= shape[i];
    }
    return true;
  }

  private void gather(int dimension, int from, ByteBuffer storage, int width, ByteBuffer to) {
    if (dimension == shape.length) {
      for (int i = 0; i < width; i++) {
        to.put(storage.get(from + i));
      }
      return;
    }
    int step = (int) strides[dimension] * width;
    for (int i = 0; i < shape[dimension]; i++) {
      gather(dimension + 1, from + i * step, storage, width, to);
    }
  }
}
