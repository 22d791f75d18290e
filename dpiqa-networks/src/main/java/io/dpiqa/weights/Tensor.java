package io.dpiqa.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * A named, immutable array of numbers in row-major order. A tensor of a file is read when it is
 * asked for, not before, and must be read before the file's {@link Weights} are closed.
 */
public final class Tensor {
  private final String name;
  private final DType dtype;
  private final long[] shape;
  private final Supplier<ByteBuffer> source;

  private Tensor(String name, DType dtype, long[] shape, Supplier<ByteBuffer> source) {
    this.name = name;
    this.dtype = dtype;
    this.shape = shape;
    this.source = source;
  }

  /**
   * A tensor of 32-bit floats in memory.
   *
   * @param shape sizes of the dimensions, outermost first; empty for a single value
   * @param values the elements in row-major order
   * @throws IllegalArgumentException if there are more or fewer values than the shape says
   */
  public static Tensor of(String name, long[] shape, float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return of(name, DType.F32, shape, bytes);
  }

  /**
   * A tensor in memory.
   *
   * @param bytes the elements in row-major order, little-endian; not copied
   * @throws IllegalArgumentException if there are more or fewer bytes than the shape says
   */
  public static Tensor of(String name, DType dtype, long[] shape, ByteBuffer bytes) {
    ByteBuffer view = bytes.slice();
    Tensor tensor = lazy(name, dtype, shape, () -> view);
    if (tensor.byteSize() != view.remaining()) {
      throw new IllegalArgumentException(
          "%s takes %d bytes, not %d".formatted(tensor, tensor.byteSize(), view.remaining()));
    }
    return tensor;
  }

  /**
   * A tensor that reads or makes itself each time that it is asked for.
   *
   * @param source the elements in row-major order, little-endian
   * @throws IllegalArgumentException if the shape is negative or takes more than {@link
   *     Integer#MAX_VALUE} bytes
   */
  public static Tensor lazy(String name, DType dtype, long[] shape, Supplier<ByteBuffer> source) {
    byteSize(dtype, shape);
    return new Tensor(name, dtype, shape.clone(), source);
  }

  /**
   * Bytes that a tensor takes.
   *
   * @throws IllegalArgumentException as {@link #lazy}
   */
  static int byteSize(DType dtype, long[] shape) {
    boolean empty = false;
    long size = dtype.bytes();
    for (long length : shape) {
      if (length < 0) {
        throw new IllegalArgumentException("shape " + Arrays.toString(shape) + " is negative");
      }
      empty |= length == 0;
    }
    for (long length : shape) {
      if (!empty && length > Integer.MAX_VALUE / size) {
        throw new IllegalArgumentException(
            "%s%s is over 2 GiB, the most for one tensor".formatted(dtype, Arrays.toString(shape)));
      }
      size *= length;
    }
    return empty ? 0 : (int) size;
  }

  /** The same tensor under another name; nothing is read. */
  public Tensor named(String newName) {
    return new Tensor(newName, dtype, shape, source);
  }

  /**
   * The same elements in another shape; nothing is read.
   *
   * @throws IllegalArgumentException if that shape has more or fewer elements
   */
  public Tensor reshaped(long... newShape) {
    if (byteSize(dtype, newShape) != byteSize()) {
      throw new IllegalArgumentException(
          this + " cannot have the shape " + Arrays.toString(newShape));
    }
    return new Tensor(name, dtype, newShape.clone(), source);
  }

  public String name() {
    return name;
  }

  public DType dtype() {
    return dtype;
  }

  /** Sizes of the dimensions, outermost first; empty for a single value. */
  public long[] shape() {
    return shape.clone();
  }

  /** Number of elements: the product of the shape. */
  public int elements() {
    return byteSize() / dtype.bytes();
  }

  /** Number of bytes: elements times the size of one. */
  public int byteSize() {
    return byteSize(dtype, shape);
  }

  /** The elements in row-major order, little-endian, read-only. */
  public ByteBuffer bytes() {
    return source.get().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * The elements in row-major order as 32-bit floats: exact for F32, F16, BF16 and the 8- and
   * 16-bit integers, rounded to the nearest float for F64, I64 and I32.
   */
  public float[] toFloats() {
    return dtype.toFloats(bytes());
  }

  /** The name, type and shape, for messages: {@code conv.weight F32[32, 3, 3, 3]}. */
  @Override
  public String toString() {
    return name + " " + dtype + Arrays.toString(shape);
  }
}
