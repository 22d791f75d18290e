package io.dpiqa.network;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

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

  /** Elements that operations made: all; inside of segments; what came out of those. */
  private long made;

  private long insideSegments;
  private long madeBySegments;

  private final Map<String, Double> epsilons = new HashMap<>();

  /** Elements that the segment made that made most. */
  private long largestSegment;

  /** Every tensor that the network owns, by its full name, in the order of use. */
  public Map<String, Shape> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  /** What BatchNorm adds to variances, by the name of the layer. */
  public Map<String, Double> epsilons() {
    return Collections.unmodifiableMap(epsilons);
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

  /** Elements of all tensors that the operations made, which a backward pass needs, nearly. */
  public long activations() {
    return made;
  }

  /**
   * Elements that are there at once where there is no way back: what {@linkplain Operations#segment
   * segments} make inside is there for one of them at a time.
   */
  public long activationsOfInference() {
    return betweenSegments() + largestSegment;
  }

  /**
   * Elements that are there at once where segments are computed again on the way back: for one of
   * them at a time, what it makes inside and the gradients of that.
   */
  public long activationsComputedAgain() {
    return betweenSegments() + 2 * largestSegment;
  }

  private long betweenSegments() {
    return made - insideSegments + madeBySegments;
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

  private Shape make(Shape y) {
    made += y.elements();
    return y;
  }

  @Override
  public List<Shape> segment(List<Shape> inputs, UnaryOperator<List<Shape>> body) {
    long before = made;
    List<Shape> outputs = body.apply(inputs);
    long inside = made - before;
    insideSegments += inside;
    largestSegment = Math.max(largestSegment, inside);
    madeBySegments += outputs.stream().mapToLong(Shape::elements).sum();
    return outputs;
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
    return make(y);
  }

  @Override
  public Shape convTranspose2d(String name, Shape x, Conv conv, int outputPadding) {
    requireRank(name, x, 4);
    own(name + ".weight", x.size(1), conv.channels(), conv.kernel(), conv.kernel());
    own(name + ".bias", conv.channels());
    multiplyAdds += x.elements() * conv.channels() * conv.kernel() * conv.kernel();
    return make(
        Shape.of(
            x.size(0),
            conv.channels(),
            conv.transposedOutputSize(x.size(2), outputPadding),
            conv.transposedOutputSize(x.size(3), outputPadding)));
  }

  @Override
  public Shape batchNorm(String name, Shape x, double epsilon, double momentum) {
    for (String tensor : List.of("weight", "bias", "running_mean", "running_var")) {
      own(name + "." + tensor, x.size(1));
    }
    own(name + "." + BATCHES_TRACKED);
    epsilons.put(name, epsilon);
    return make(x);
  }

  @Override
  public Shape groupNorm(String name, Shape x, int groups, double epsilon) {
    requireRank(name, x, 4);
    if (x.size(1) % groups != 0) {
      throw new IllegalArgumentException(
          name + ": " + groups + " groups do not divide " + x.size(1) + " channels");
    }
    ownAffine(name, x.size(1));
    return make(x);
  }

  @Override
  public Shape layerNorm(String name, Shape x, double epsilon) {
    ownAffine(name, x.size(x.rank() - 1));
    return make(x);
  }

  private void ownAffine(String name, long size) {
    own(name + ".weight", size);
    own(name + ".bias", size);
  }

  @Override
  public Shape linear(String name, Shape x, int features, boolean bias) {
    long input = x.size(x.rank() - 1);
    own(name + ".weight", features, input);
    if (bias) {
      own(name + ".bias", features);
    }
    multiplyAdds += x.elements() * features;
    return make(x.with(x.rank() - 1, features));
  }

  @Override
  public Shape attention(Shape query, Shape key, Shape value, int heads, boolean causal) {
    long batch = query.size(0);
    long width = query.size(2);
    boolean fits =
        key.equals(value)
            && (key.size(0) == batch || key.size(0) == 1)
            && key.size(2) == width
            && width % heads == 0
            && (!causal || key.size(1) == query.size(1));
    if (!fits) {
      throw new IllegalArgumentException(
          "%d heads of attention cannot read query %s, key %s, value %s"
              .formatted(heads, query, key, value));
    }
    multiplyAdds += 2 * query.elements() * key.size(1);
    return make(query);
  }

  @Override
  public Shape embedding(String name, int[][] tokens, int vocabulary, int width) {
    own(name + ".weight", vocabulary, width);
    for (int[] sequence : tokens) {
      if (sequence.length != tokens[0].length) {
        throw new IllegalArgumentException(name + " needs sequences of one length");
      }
      for (int token : sequence) {
        if (token < 0 || token >= vocabulary) {
          throw new IllegalArgumentException(
              "%s knows tokens 0 to %d, not %d".formatted(name, vocabulary - 1, token));
        }
      }
    }
    return make(Shape.of(tokens.length, tokens[0].length, width));
  }

  @Override
  public Shape parameter(String name, Shape shape) {
    own(name, shape.sizes());
    return shape;
  }

  @Override
  public Shape constant(Shape shape, float... values) {
    if (values.length != shape.elements()) {
      throw new IllegalArgumentException(values.length + " values do not fill " + shape);
    }
    return shape;
  }

  @Override
  public Shape relu(Shape x) {
    return make(x);
  }

  @Override
  public Shape sigmoid(Shape x) {
    return make(x);
  }

  @Override
  public Shape silu(Shape x) {
    return make(x);
  }

  @Override
  public Shape gelu(Shape x) {
    return make(x);
  }

  @Override
  public Shape exp(Shape x) {
    return make(x);
  }

  @Override
  public Shape clamp(Shape x, double least, double most) {
    return make(x);
  }

  @Override
  public Shape scale(Shape x, double factor) {
    return make(x);
  }

  @Override
  public Shape add(Shape a, Shape b) {
    if (!spreads(b, a)) {
      throw new IllegalArgumentException("cannot add " + a + " and " + b);
    }
    return make(a);
  }

  @Override
  public Shape multiply(Shape a, Shape b) {
    if (!spreads(b, a)) {
      throw new IllegalArgumentException("cannot multiply " + a + " by " + b);
    }
    return make(a);
  }

  @Override
  public Shape divide(Shape a, Shape b) {
    if (!spreads(b, a)) {
      throw new IllegalArgumentException("cannot divide " + a + " by " + b);
    }
    return make(a);
  }

  /** Whether a tensor, repeated along axes of size 1 and along leading ones, fills another. */
  private static boolean spreads(Shape small, Shape large) {
    int lacking = large.rank() - small.rank();
    if (lacking < 0) {
      return false;
    }
    for (int axis = 0; axis < small.rank(); axis++) {
      if (small.size(axis) != 1 && small.size(axis) != large.size(lacking + axis)) {
        return false;
      }
    }
    return true;
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
    return make(joined);
  }

  @Override
  public Shape narrow(Shape x, int axis, long start, long size) {
    if (start < 0 || size < 0 || start + size > x.size(axis)) {
      throw new IllegalArgumentException(
          "axis %d of %s has no %d to %d".formatted(axis, x, start, start + size));
    }
    return x.with(axis, size);
  }

  @Override
  public Shape pick(Shape x, int[] positions) {
    requireRank("pick", x, 3);
    for (int position : positions) {
      if (position < 0 || position >= x.size(1)) {
        throw new IllegalArgumentException(x + " has no token " + position);
      }
    }
    if (positions.length != x.size(0)) {
      throw new IllegalArgumentException(
          positions.length + " positions are not one for each of " + x);
    }
    return Shape.of(x.size(0), x.size(2));
  }

  @Override
  public Shape tokens(Shape image) {
    requireRank("tokens", image, 4);
    return Shape.of(image.size(0), image.size(2) * image.size(3), image.size(1));
  }

  @Override
  public Shape image(Shape tokens, int height, int width) {
    requireRank("image", tokens, 3);
    if (tokens.size(1) != (long) height * width) {
      throw new IllegalArgumentException(
          tokens + " is no image of " + height + " by " + width + " pixels");
    }
    return Shape.of(tokens.size(0), tokens.size(2), height, width);
  }

  @Override
  public Shape pixelUnshuffle(Shape x, int factor) {
    requireRank("pixelUnshuffle", x, 4);
    if (x.size(2) % factor != 0 || x.size(3) % factor != 0) {
      throw new IllegalArgumentException(x + " is not made of squares of " + factor + " pixels");
    }
    return make(
        Shape.of(x.size(0), x.size(1) * factor * factor, x.size(2) / factor, x.size(3) / factor));
  }

  @Override
  public Shape padEnd(Shape x) {
    return make(Shape.of(x.size(0), x.size(1), x.size(2) + 1, x.size(3) + 1));
  }

  @Override
  public Shape averagePool(Shape x) {
    return make(Shape.of(x.size(0), x.size(1), 1, 1));
  }

  @Override
  public Shape halve(Shape x) {
    return make(Shape.of(x.size(0), x.size(1), (x.size(2) + 1) / 2, (x.size(3) + 1) / 2));
  }

  @Override
  public Shape deviationPool(Shape x) {
    return make(averagePool(x));
  }

  @Override
  public Shape whitePoint(Shape image, double share) {
    requireRank("whitePoint", image, 4);
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException("a white point needs a share of the pixels, not " + share);
    }
    return make(Shape.of(image.size(0), 1, 1, 1));
  }

  /** How many pixels of an image a share is, at least one. */
  public static long pixels(Shape image, double share) {
    return (long) Math.ceil(share * image.size(2) * image.size(3));
  }

  @Override
  public Shape resizeNearest(Shape x, int height, int width) {
    return make(Shape.of(x.size(0), x.size(1), height, width));
  }

  @Override
  public Shape resizeBicubic(Shape x, int height, int width) {
    return make(Shape.of(x.size(0), x.size(1), height, width));
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
