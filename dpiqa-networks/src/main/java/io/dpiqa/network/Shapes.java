package io.dpiqa.network;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a network for its shapes: every parameter it owns, the size of what comes out, and how many
 * multiply-adds it costs. No tensor is allocated, so a checkpoint can be validated, and a cost be
 * known, before a byte of memory is taken.
 */
public final class Shapes implements Operations<Shape> {

  /** Scalars that count training steps; they are no parameters, but checkpoints hold them. */
  static final String BATCHES_TRACKED = "num_batches_tracked";

  private final Map<String, Shape> tensors = new LinkedHashMap<>();
  private long multiplyAdds;

  /** Every tensor that the network owns, by its full name, in the order of use. */
  public Map<String, Shape> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  /** Number of trained values: all tensors but running statistics and counters. */
  public long parameters() {
    return tensors.entrySet().stream()
        .filter(t -> isTrained(t.getKey()))
        .mapToLong(t -> t.getValue().elements())
        .sum();
  }

  /**
   * Multiply-adds of convolutions and matrix products; what is done element by element is left out.
   */
  public long multiplyAdds() {
    return multiplyAdds;
  }

  /** Whether training changes a tensor of this name by gradient descent. */
  public static boolean isTrained(String name) {
    return !name.endsWith(".running_mean")
        && !name.endsWith(".running_var")
        && !name.endsWith("." + BATCHES_TRACKED);
  }

  private void own(String name, long... sizes) {
    if (tensors.putIfAbsent(name, Shape.of(sizes)) != null) {
      throw new IllegalArgumentException("two layers are named " + name);
    }
  }

  @Override
  public Shape shape(Shape x) {
    return x;
  }

  @Override
  public Shape conv2d(String name, Shape x, Conv conv) {
    requireRank(name, x, 4);
    long input = x.size(1);
    if (input % conv.groups() != 0 || conv.channels() % conv.groups() != 0) {
      throw new IllegalArgumentException(
          name + ": " + conv + " does not divide " + input + " channels");
    }
    own(name + ".weight", conv.channels(), input / conv.groups(), conv.kernel(), conv.kernel());
    if (conv.bias()) {
      own(name + ".bias", conv.channels());
    }
    Shape y =
        Shape.of(
            x.size(0), conv.channels(), conv.outputSize(x.size(2)), conv.outputSize(x.size(3)));
    multiplyAdds += y.elements() * (input / conv.groups()) * conv.kernel() * conv.kernel();
    return y;
  }

  @Override
  public Shape convTranspose2d(String name, Shape x, Conv conv, int outputPadding) {
    requireRank(name, x, 4);
    own(name + ".weight", x.size(1), conv.channels(), conv.kernel(), conv.kernel());
    own(name + ".bias", conv.channels());
    multiplyAdds += x.elements() * conv.channels() * conv.kernel() * conv.kernel();
    return Shape.of(
        x.size(0),
        conv.channels(),
        conv.transposedOutputSize(x.size(2), outputPadding),
        conv.transposedOutputSize(x.size(3), outputPadding));
  }

  @Override
  public Shape batchNorm(String name, Shape x, double epsilon, double momentum) {
    for (String tensor : List.of("weight", "bias", "running_mean", "running_var")) {
      own(name + "." + tensor, x.size(1));
    }
    own(name + "." + BATCHES_TRACKED);
    return x;
  }

  @Override
  public Shape linear(String name, Shape x, int features) {
    long input = x.size(x.rank() - 1);
    own(name + ".weight", features, input);
    own(name + ".bias", features);
    multiplyAdds += x.elements() * features;
    return x.with(x.rank() - 1, features);
  }

  @Override
  public Shape relu(Shape x) {
    return x;
  }

  @Override
  public Shape sigmoid(Shape x) {
    return x;
  }

  @Override
  public Shape silu(Shape x) {
    return x;
  }

  @Override
  public Shape add(Shape a, Shape b) {
    if (!a.equals(b)) {
      throw new IllegalArgumentException("cannot add " + a + " and " + b);
    }
    return a;
  }

  @Override
  public Shape multiply(Shape a, Shape b) {
    for (int axis = 0; axis < a.rank(); axis++) {
      if (b.size(axis) != 1 && b.size(axis) != a.size(axis)) {
        throw new IllegalArgumentException("cannot multiply " + a + " by " + b);
      }
    }
    return a;
  }

  @Override
  public Shape concatenate(List<Shape> parts) {
    long channels = parts.stream().mapToLong(part -> part.size(1)).sum();
    Shape joined = parts.get(0).with(1, channels);
    for (Shape part : parts) {
      if (!part.with(1, channels).equals(joined)) {
        throw new IllegalArgumentException("cannot concatenate " + parts);
      }
    }
    return joined;
  }

  @Override
  public Shape averagePool(Shape x) {
    return Shape.of(x.size(0), x.size(1), 1, 1);
  }

  @Override
  public Shape deviationPool(Shape x) {
    return averagePool(x);
  }

  @Override
  public Shape resizeNearest(Shape x, int height, int width) {
    return Shape.of(x.size(0), x.size(1), height, width);
  }

  @Override
  public Shape flatten(Shape x) {
    return Shape.of(x.size(0), x.elements() / x.size(0));
  }

  private static void requireRank(String name, Shape x, int rank) {
    if (x.rank() != rank) {
      throw new IllegalArgumentException(name + " needs " + rank + " axes, not " + x);
    }
  }
}
