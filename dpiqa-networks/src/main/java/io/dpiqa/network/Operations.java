package io.dpiqa.network;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The tensor operations that networks are written in. A network is a method that calls them on some
 * {@code T}; what {@code T} is decides what the network means: a {@link Shape}, a node of an ONNX
 * graph, a libtorch tensor.
 *
 * <p>Operations with parameters take the name that the parameters have in published checkpoints,
 * without the last part: {@code conv2d("features.0.0", …)} owns {@code features.0.0.weight}. Image
 * tensors are {@code [N, C, H, W]}, sequences of tokens {@code [N, L, C]}.
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
   * Group normalisation (Wu and He, arXiv 1803.08494) of {@code [N, C, H, W]}: each of the groups
   * of channels of each image gets mean 0 and variance 1. Owns {@code weight} and {@code bias} of
   * {@code [C]}.
   */
  T groupNorm(String name, T x, int groups, double epsilon);

  /**
   * Layer normalisation over the last axis, {@code [..., C] -> [..., C]}. Owns {@code weight} and
   * {@code bias} of {@code [C]}.
   */
  T layerNorm(String name, T x, double epsilon);

  /**
   * Affine map of the last axis, {@code [..., in] -> [..., features]}. Owns {@code weight} {@code
   * [features, in]} and, if it has one, {@code bias} {@code [features]}.
   */
  T linear(String name, T x, int features, boolean bias);

  /** Affine map of the last axis, with a bias. */
  default T linear(String name, T x, int features) {
    return linear(name, x, features, true);
  }

  /**
   * Scaled dot-product attention (Vaswani et al., arXiv 1706.03762, section 3.2): each of the heads
   * sees its own {@code C / heads} features, scores are divided by their root. The batch of keys
   * and values may be 1, shared by all queries.
   *
   * @param query {@code [N, L, C]}
   * @param key {@code [N, S, C]}
   * @param value {@code [N, S, C]}
   * @param causal whether a token sees only itself and those before it; then {@code L = S}
   * @return {@code [N, L, C]}
   */
  T attention(T query, T key, T value, int heads, boolean causal);

  /**
   * Vectors of tokens, {@code [N, L, width]}: rows of a table. Owns {@code weight} {@code
   * [vocabulary, width]}.
   *
   * @param tokens N sequences of one length
   */
  T embedding(String name, int[][] tokens, int vocabulary, int width);

  /** The parameter of exactly that name. */
  T parameter(String name, Shape shape);

  /**
   * Values that are no parameters.
   *
   * @param values in row-major order
   */
  T constant(Shape shape, float... values);

  /** {@code max(x, 0)}. */
  T relu(T x);

  /** {@code 1 / (1 + exp(-x))}. */
  T sigmoid(T x);

  /** {@code x * sigmoid(x)}, also known as swish. */
  T silu(T x);

  /**
   * {@code x} times the normal distribution function of it: the exact GELU, by the error function.
   */
  T gelu(T x);

  /** {@code exp(x)}. */
  T exp(T x);

  /** {@code min(max(x, least), most)}. */
  T clamp(T x, double least, double most);

  /** {@code factor * x}. */
  T scale(T x, double factor);

  /** Sum, where {@code b} may have size 1 along axes of {@code a}, or lack the first of them. */
  T add(T a, T b);

  /**
   * Product, where {@code b} may have size 1 along axes of {@code a}, or lack the first of them.
   */
  T multiply(T a, T b);

  /**
   * Quotient, where {@code b} may have size 1 along axes of {@code a}, or lack the first of them.
   */
  T divide(T a, T b);

  /** Tensors joined along the channels, {@code [N, C1 + C2 + …, …]}. */
  T concatenate(List<T> parts);

  /** The part {@code [start, start + size)} of an axis. */
  T narrow(T x, int axis, long start, long size);

  /**
   * One token of each sequence, {@code [N, L, C] -> [N, C]}.
   *
   * @param positions N indices into L
   */
  T pick(T x, int[] positions);

  /** Pixels, rows first, as tokens: {@code [N, C, H, W] -> [N, H * W, C]}. */
  T tokens(T image);

  /** Tokens as pixels: {@code [N, height * width, C] -> [N, C, height, width]}. */
  T image(T tokens, int height, int width);

  /**
   * Squares of pixels become channels: {@code [N, C, H, W] -> [N, C * factor², H/factor,
   * W/factor]}, where channel {@code (c * factor + y) * factor + x} holds what was at row y, column
   * x of the squares of channel c.
   */
  T pixelUnshuffle(T x, int factor);

  /** Zeros appended at the bottom and the right: {@code [N, C, H, W] -> [N, C, H + 1, W + 1]}. */
  T padEnd(T x);

  /** Mean over each channel's plane, {@code [N, C, H, W] -> [N, C, 1, 1]}. */
  T averagePool(T x);

  /**
   * Means of squares of 2x2 pixels, {@code [N, C, H, W] -> [N, C, ceil(H/2), ceil(W/2)]}; at odd
   * edges, of those that there are.
   */
  T halve(T x);

  /**
   * Standard deviation over each channel's plane, {@code [N, C, H, W] -> [N, C, 1, 1]}: the root of
   * the variance and {@value #DEVIATION_EPSILON}.
   */
  T deviationPool(T x);

  /**
   * The least value among the brightest pixels of each image, a pixel being as bright as its
   * largest channel: {@code [N, C, H, W] -> [N, 1, 1, 1]}.
   *
   * @param share of the pixels that count as the brightest, over 0; their number is rounded up
   */
  T whitePoint(T image, double share);

  /**
   * Nearest-neighbour resize, {@code [N, C, H, W] -> [N, C, height, width]}; source index {@code
   * floor(i * H / height)}.
   */
  T resizeNearest(T x, int height, int width);

  /**
   * Bicubic resize, {@code [N, C, H, W] -> [N, C, height, width]} (Keys, "Cubic Convolution
   * Interpolation", a = -0.75): pixels have their centre at a half, edges repeat, and nothing is
   * smoothed before.
   */
  T resizeBicubic(T x, int height, int width);

  /** All axes but the first made one, {@code [N, C, H, W] -> [N, C * H * W]}. */
  T flatten(T x);

  /**
   * A part of the network whose inner values need not be kept: an interpreter that does not learn
   * may free them, and one that does may compute them once more when it needs them (Chen et al.,
   * "Training Deep Nets with Sublinear Memory Cost", arXiv 1604.06174), what it drops at random
   * included. No segment is a part of another.
   *
   * @param inputs all that the body depends on besides its parameters
   * @return what the body makes of the inputs
   */
  default List<T> segment(List<T> inputs, UnaryOperator<List<T>> body) {
    return body.apply(inputs);
  }

  /**
   * As {@link #segment(List, UnaryOperator)}, with one tensor that goes in and one that comes out.
   */
  default T segment(T input, UnaryOperator<T> body) {
    return segment(List.of(input), in -> List.of(body.apply(in.get(0)))).get(0);
  }

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
