package io.dpiqa.torch;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.TextAdapter;
import io.dpiqa.weights.DType;
import io.dpiqa.weights.Weights;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * The tensors that a network owns, by the names of its checkpoints.
 *
 * <p>All floats lie in one flat tensor, and all gradients in another, so that an optimiser or a
 * moving average is a few operations whatever the number of layers. Kernels and matrices come
 * first, then biases and scales, then running statistics.
 */
@SuppressWarnings("try") // scopes are opened for their end
public final class Parameters implements AutoCloseable {

  private static final float FIRST_GAMMA = 1e-4f;
  private static final String COUNTER = ".num_batches_tracked";

  /** Everything the network owns, in the order of use. */
  private final Map<String, Shape> shapes;

  /** Where in the flat tensor each of the floats begins. */
  private final Map<String, Long> offsets = new LinkedHashMap<>();

  private final Map<String, Long> counters = new LinkedHashMap<>();
  private final Map<String, Tensor> views;
  private final Device device;
  private final PointerScope scope;
  private final Tensor values;
  private final Tensor gradients;
  private final Tensor kernels;
  private final Tensor trained;

  private Parameters(Map<String, Shape> shapes, boolean trainable, Device device) {
    this.device = device;
    this.shapes = new LinkedHashMap<>(shapes);
    List<String> floats = new ArrayList<>();
    for (String name : shapes.keySet()) {
      if (name.endsWith(COUNTER)) {
        counters.put(name, 0L);
      } else {
        floats.add(name);
      }
    }
    floats.sort(Comparator.comparingInt(this::section));
    long[] ends = new long[3];
    long end = 0;
    for (String name : floats) {
      offsets.put(name, end);
      end += shapes.get(name).elements();
      Arrays.fill(ends, section(name), ends.length, end);
    }
    try (PointerScope own = new PointerScope()) {
      values = Torch.zeros(ends[2], device);
      gradients = Torch.zeros(trainable ? ends[1] : 0, device);
      kernels = values.narrow(0, 0, ends[0]);
      trained = values.narrow(0, 0, ends[1]);
      views = views(values, floats);
      List<String> leaves =
          trainable ? floats.stream().filter(Shapes::isTrained).toList() : List.of();
      views(gradients, leaves)
          .forEach(
              (name, gradient) -> {
                Tensor leaf = views.get(name);
                leaf.set_requires_grad(true);
                // Backward adds to a gradient that is there.
                leaf.mutable_grad().put(gradient);
              });
      scope = own.extend();
    }
  }

  /** Which part of the flat tensor a tensor belongs to. */
  private int section(String name) {
    if (!Shapes.isTrained(name)) {
      return 2;
    }
    return shapes.get(name).rank() > 1 ? 0 : 1;
  }

  private Map<String, Tensor> views(Tensor flat, List<String> names) {
    Map<String, Tensor> views = new LinkedHashMap<>();
    for (String name : names) {
      Shape shape = shapes.get(name);
      views.put(name, flat.narrow(0, offsets.get(name), shape.elements()).view(shape.sizes()));
    }
    return views;
  }

  /** How the values of a new network are drawn. */
  public enum Initialisation {
    /**
     * Kernels normal, scaled to keep the variance of gradients (He et al., arXiv 1502.01852, "fan
     * out"), as torchvision begins with EfficientNet; matrices uniform within {@code 1 /
     * sqrt(inputs)}.
     */
    HE,
    /** Kernels and matrices uniform within {@code 1 / sqrt(inputs)}, as PyTorch's layers begin. */
    UNIFORM
  }

  /**
   * Parameters as a new network has them: normalisation the identity, biases zero, the text
   * adapter's gamma {@value #FIRST_GAMMA}, the rest at random.
   *
   * @param shapes what the network owns, from {@link Shapes#tensors()}
   * @param seed determines every value
   */
  public static Parameters initialise(
      Map<String, Shape> shapes, Initialisation initialisation, long seed, Device device) {
    Parameters parameters = new Parameters(shapes, true, device);
    SplittableRandom random = new SplittableRandom(seed);
    shapes.forEach(
        (name, shape) -> {
          if (!name.endsWith(COUNTER)) {
            parameters.fill(
                parameters.values, name, initial(name, shape, initialisation, random.split()));
          }
        });
    return parameters;
  }

  /**
   * As {@link #initialise(Map, Initialisation, long, Device)}, by {@link Initialisation#HE}, on the
   * CPU.
   */
  public static Parameters initialise(Map<String, Shape> shapes, long seed) {
    return initialise(shapes, Initialisation.HE, seed, Device.CPU);
  }

  private static float[] initial(
      String name, Shape shape, Initialisation initialisation, RandomGenerator random) {
    float[] values = new float[Math.toIntExact(shape.elements())];
    if (shape.rank() == 4 && initialisation == Initialisation.HE) {
      double deviation = Math.sqrt(2.0 / (shape.size(0) * shape.size(2) * shape.size(3)));
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (deviation * random.nextGaussian());
      }
    } else if (shape.rank() > 1) {
      double inputs = (double) values.length / shape.size(0);
      double bound = 1 / Math.sqrt(inputs);
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextDouble(-bound, bound);
      }
    } else if (name.endsWith(".weight") || name.endsWith(".running_var")) {
      Arrays.fill(values, 1);
    } else if (name.equals(TextAdapter.GAMMA)) {
      Arrays.fill(values, FIRST_GAMMA);
    }
    return values;
  }

  /**
   * Parameters from a file, on the CPU.
   *
   * @param shapes what the network owns, from {@link Shapes#tensors()}
   * @param weights may hold other tensors too
   * @throws IllegalArgumentException if a tensor is missing, or has another shape or type
   */
  public static Parameters load(Map<String, Shape> shapes, Weights weights) {
    Parameters parameters = new Parameters(shapes, true, Device.CPU);
    parameters.read(weights, "");
    return parameters;
  }

  /** As {@link #frozen(Map, Weights, Device)}, on the CPU. */
  public static Parameters frozen(Map<String, Shape> shapes, Weights weights) {
    return frozen(shapes, weights, Device.CPU);
  }

  /**
   * As {@link #load}, for inference alone: without gradients, in half the memory.
   *
   * @throws IllegalArgumentException if a tensor is missing, or has another shape or type
   */
  public static Parameters frozen(Map<String, Shape> shapes, Weights weights, Device device) {
    Parameters parameters = new Parameters(shapes, false, device);
    parameters.read(weights, "");
    return parameters;
  }

  /**
   * Takes those values that weights have a tensor of that name for.
   *
   * @return how many tensors were taken
   * @throws IllegalArgumentException if one has another shape or type
   */
  public int take(Weights weights) {
    List<String> known = shapes.keySet().stream().filter(weights.names()::contains).toList();
    read(known, weights, "");
    return known.size();
  }

  /**
   * Takes all values from a file.
   *
   * @param prefix of the names in the file
   * @throws IllegalArgumentException as {@link #load}
   */
  public void read(Weights weights, String prefix) {
    read(shapes.keySet(), weights, prefix);
  }

  private void read(Collection<String> names, Weights weights, String prefix) {
    for (String name : names) {
      io.dpiqa.weights.Tensor stored = stored(weights, prefix + name, shapes.get(name));
      if (name.endsWith(COUNTER)) {
        counters.put(name, stored.bytes().getLong());
      } else {
        fill(values, name, stored.toFloats());
      }
    }
  }

  private static io.dpiqa.weights.Tensor stored(Weights weights, String name, Shape shape) {
    if (!weights.names().contains(name)) {
      throw new IllegalArgumentException("the weights lack " + name);
    }
    io.dpiqa.weights.Tensor stored = weights.tensor(name);
    boolean counts = stored.dtype() == DType.I64;
    if (!Arrays.equals(stored.shape(), shape.sizes()) || counts != name.endsWith(COUNTER)) {
      throw new IllegalArgumentException(
          stored + " should be " + (name.endsWith(COUNTER) ? "I64" : "F32") + shape);
    }
    return stored;
  }

  /** Gives the tensor of that name other values, of its shape. */
  public void set(String name, Tensor newValues) {
    tensor(name).copy_(newValues);
  }

  private void fill(Tensor flat, String name, float[] from) {
    try (PointerScope temporary = new PointerScope()) {
      part(flat, name).copy_(Tensor.create(from));
    }
  }

  /**
   * Every tensor, in the order of use. The values of each are copied when they are asked for, which
   * must be before these parameters are closed.
   */
  public List<io.dpiqa.weights.Tensor> tensors() {
    return tensors("");
  }

  /** As {@link #tensors()}, with a prefix to the names. */
  public List<io.dpiqa.weights.Tensor> tensors(String prefix) {
    return shapes.keySet().stream()
        .map(
            name ->
                name.endsWith(COUNTER)
                    ? counter(prefix + name, counters.get(name))
                    : copy(prefix, name, values))
        .toList();
  }

  /**
   * As {@link #tensors(String)}, of another flat tensor that is laid out like {@link #trained()}.
   */
  public List<io.dpiqa.weights.Tensor> tensors(String prefix, Tensor flat) {
    return shapes.keySet().stream()
        .filter(Shapes::isTrained)
        .map(name -> copy(prefix, name, flat))
        .toList();
  }

  private io.dpiqa.weights.Tensor copy(String prefix, String name, Tensor flat) {
    return io.dpiqa.weights.Tensor.lazy(
        prefix + name,
        DType.F32,
        shapes.get(name).sizes(),
        () -> {
          try (PointerScope temporary = new PointerScope()) {
            float[] floats = Floats.of(part(flat, name));
            ByteBuffer bytes =
                ByteBuffer.allocate(floats.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(floats);
            return bytes;
          }
        });
  }

  /** Gives a flat tensor that is laid out like {@link #trained()} the values of a file. */
  public void read(Tensor flat, Weights weights, String prefix) {
    for (String name : shapes.keySet()) {
      if (Shapes.isTrained(name)) {
        fill(flat, name, stored(weights, prefix + name, shapes.get(name)).toFloats());
      }
    }
  }

  private static io.dpiqa.weights.Tensor counter(String name, long value) {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return io.dpiqa.weights.Tensor.of(name, DType.I64, new long[0], bytes.putLong(0, value));
  }

  /** Other parameters with the same values, which can be trained. */
  public Parameters copy() {
    Parameters copy = new Parameters(shapes, true, device);
    copy.values.copy_(values);
    copy.counters.putAll(counters);
    return copy;
  }

  /** Where the tensors are. */
  public Device device() {
    return device;
  }

  /** Every float: trained ones and, after them, running statistics. {@code [n]} */
  public Tensor values() {
    return values;
  }

  /** The values that gradient descent changes, a view of the first of {@link #values()}. */
  public Tensor trained() {
    return trained;
  }

  /** Those with more than one axis, which weight decay is for: the first of {@link #trained()}. */
  public Tensor kernels() {
    return kernels;
  }

  /** Gradients of {@link #trained()}; a backward pass adds to them. Empty for frozen parameters. */
  public Tensor gradients() {
    return gradients;
  }

  /**
   * What belongs to the tensor of that name in a flat tensor that is laid out like {@link
   * #values()}, or like its beginning.
   *
   * @return {@code [n]}, a view
   */
  public Tensor part(Tensor flat, String name) {
    return flat.narrow(0, offsets.get(name), shapes.get(name).elements());
  }

  /** The tensor of that name, a view of {@link #values()}. */
  Tensor tensor(String name) {
    Tensor tensor = views.get(name);
    if (tensor == null) {
      throw new NoSuchElementException("the network owns no " + name);
    }
    return tensor;
  }

  /** Notes that the BatchNorm of that name has seen one more batch. */
  void countBatch(String norm) {
    counters.merge(norm + COUNTER, 1L, Long::sum);
  }

  /** Takes the counts of batches from other parameters of the same network. */
  public void setCounts(Parameters other) {
    counters.putAll(other.counters);
  }

  @Override
  public void close() {
    scope.close();
  }
}
