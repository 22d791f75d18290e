package io.dpiqa.network;

/**
 * A square convolution, all but its input width, which follows from the tensor it is given.
 *
 * @param channels output channels
 * @param kernel side of the kernel
 * @param stride step of the kernel; for a transposed convolution, how much it enlarges
 * @param padding zeros added on every side
 * @param groups groups of channels convolved on their own; as many as channels is depthwise
 * @param bias whether a bias is added
 */
public record Conv(int channels, int kernel, int stride, int padding, int groups, boolean bias) {

  /** A convolution of stride 1 with a bias that keeps height and width; the kernel must be odd. */
  public static Conv of(int channels, int kernel) {
    return new Conv(channels, kernel, 1, (kernel - 1) / 2, 1, true);
  }

  public Conv withStride(int newStride) {
    return new Conv(channels, kernel, newStride, padding, groups, bias);
  }

  public Conv withGroups(int newGroups) {
    return new Conv(channels, kernel, stride, padding, newGroups, bias);
  }

  public Conv withoutBias() {
    return new Conv(channels, kernel, stride, padding, groups, false);
  }

  /** Height or width of what comes out. */
  long outputSize(long inputSize) {
    return (inputSize + 2L * padding - kernel) / stride + 1;
  }

  /** Height or width of what comes out of the transposed convolution, output padding included. */
  long transposedOutputSize(long inputSize, int outputPadding) {
    return (inputSize - 1) * stride - 2L * padding + kernel + outputPadding;
  }
}
