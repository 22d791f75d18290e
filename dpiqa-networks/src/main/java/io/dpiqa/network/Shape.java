package io.dpiqa.network;

import java.util.Arrays;

/** The size of a tensor along each of its axes, outermost first. A scalar has no axes. */
public final class Shape {
  private final long[] sizes;

  private Shape(long[] sizes) {
    this.sizes = sizes;
  }

  /**
   * A shape of these sizes.
   *
   * @throws IllegalArgumentException if a size is negative
   */
  public static Shape of(long... sizes) {
    for (long size : sizes) {
      if (size < 0) {
        throw new IllegalArgumentException("negative size in shape " + Arrays.toString(sizes));
      }
    }
    return new Shape(sizes.clone());
  }

  public int rank() {
    return sizes.length;
  }

  public long size(int axis) {
    return sizes[axis];
  }

  public long[] sizes() {
    return sizes.clone();
  }

  /**
   * The product of all sizes.
   *
   * @throws ArithmeticException if it exceeds a long
   */
  public long elements() {
    return Arrays.stream(sizes).reduce(1, Math::multiplyExact);
  }

  /** This shape with another size along one axis. */
  Shape with(int axis, long size) {
    long[] changed = sizes.clone();
    changed[axis] = size;
    return of(changed);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(sizes, shape.sizes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sizes);
  }

  @Override
  public String toString() {
    return Arrays.toString(sizes);
  }
}
