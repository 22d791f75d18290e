package io.dpiqa.network;

import java.util.List;

/**
 * The tensor operations that networks are written in. A network is a method that calls them on some
 * {@code T}; what {@code T} is decides what the network means: a {@link Shape}, a node of an ONNX
 * graph, a libtorch tensor.
 *
 * <p>Operations with parameters take the name that the parameters have in published checkpoints,
 * without the last part: {@code conv2d("features.0.0", …)} owns {@code features.0.0.weight}. Image
 * tensors are {@code [N, C, H, W]}.
 *
 * @param <T> what this interpreter makes of a tensor
 */
public interface Operations<T> {

  /** Added to a variance, so that the root has a gradient where nothing varies. */
  double DEVIATION_EPSILON = 1e-6;

  /** The shape of a tensor. */
  Shape shape(T x);

  /**
   * Convolution, {@code [N, C, H, W] -> [N, channels, H', W']}. Owns {@code weight} {@code
   * [channels, C / groups, kernel, kernel]} and, if it has one, {@code bias} {@code [channels]}.
   */
  T conv2d(String name, T x, Conv conv);

  /**
   * Transposed convolution, {@code [N, C, H, W] -> [N, channels, H', W']}. Owns {@code weight}
   * {@code [C, channels, kernel, kernel]} and {@code bias}.
   *
   * @param outputPadding rows and columns added at the bottom and the right
   */
  T convTranspose2d(String name, T x, Conv conv, int outputPadding);

  /**
   * Batch normalisation over each channel of {@code [N, C, H, W]}, with the running statistics
   * unless training. Owns {@code weight, bias, running_mean, running_var} of {@code [C]} and the
   * scalar {@code num_batches_tracked}.
   *
   * @param momentum share of a batch's statistics in the running ones, when training
   */
  T batchNorm(String name, T x, double epsilon, double momentum);

  /**
   * Affine map of the last axis, {@code [N, in] -> [N, features]}. Owns {@code weight} {@code
   * [features, in]} and {@code bias}.
   */
  T linear(String name, T x, int features);

  /** {@code max(x, 0)}. */
  T relu(T x);

  /** {@code 1 / (1 + exp(-x))}. */
  T sigmoid(T x);

  /** {@code x * sigmoid(x)}, also known as swish. */
  T silu(T x);

  /** Sum of two tensors of one shape. */
  T add(T a, T b);

  /** Product, where {@code b} may have size 1 along axes of {@code a}. */
  T multiply(T a, T b);

  /** Tensors joined along the channels, {@code [N, C1 + C2 + …, …]}. */
  T concatenate(List<T> parts);

  /** Mean over each channel's plane, {@code [N, C, H, W] -> [N, C, 1, 1]}. */
  T averagePool(T x);

  /**
   * Standard deviation over each channel's plane, {@code [N, C, H, W] -> [N, C, 1, 1]}: the root of
   * the variance and {@value #DEVIATION_EPSILON}.
   */
  T deviationPool(T x);

  /**
   * Nearest-neighbour resize, {@code [N, C, H, W] -> [N, C, height, width]}; source index {@code
   * floor(i * H / height)}.
   */
  T resizeNearest(T x, int height, int width);

  /** All axes but the first made one, {@code [N, C, H, W] -> [N, C * H * W]}. */
  T flatten(T x);

  /** Zeroes elements at random and scales the rest, when training; otherwise nothing. */
  default T dropout(T x, double probability) {
    return x;
  }

  /**
   * Zeroes whole images of a batch at random and scales the rest, when training; otherwise nothing.
   */
  default T stochasticDepth(T x, double probability) {
    return x;
  }
}
