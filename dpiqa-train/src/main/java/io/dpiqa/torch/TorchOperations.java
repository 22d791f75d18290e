package io.dpiqa.torch;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.network.Conv;
import io.dpiqa.network.Operations;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Runs a network in libtorch, eagerly, with gradients where libtorch's grad mode is on. Images are
 * best given channels-last: twice as fast, and every operation keeps it.
 *
 * <p>The tensors of a pass are freed by the {@link org.bytedeco.javacpp.PointerScope} that the
 * caller opens around it; without gradients, those inside of {@link #segment segments} are freed
 * before.
 */
@SuppressWarnings("try") // scopes are opened for their end
public final class TorchOperations implements Operations<Tensor> {
  private static final long[] ONE = {1, 1};
  private static final long[] CHANNELS = {1};
  private static final Mode RUNNING = new Mode(Statistics.RUNNING, 0);

  /** Of what convolutions and matrix products are made; sums are in 32 bits. */
  public enum Precision {
    /** 32-bit floats. */
    FLOAT32,
    /**
     * 16-bit floats with the exponent of 32-bit ones, where it costs little: normalisation and, on
     * a CPU, attention stay in 32 bits.
     */
    BFLOAT16
  }

  private final Parameters parameters;
  private final Mode mode;

  /** Null when nothing is dropped. */
  private final RandomGenerator random;

  private final Precision precision;

  /** Null when every value is kept. */
  private final Segments segments;

  /** Of how many equal parts a batch is made in which the same is dropped. */
  private final int alike;

  /** By which statistics BatchNorm goes. */
  private enum Statistics {
    RUNNING,
    /** The batch's, which are added to the running ones. */
    BATCH,
    /** None, as it is folded; the batch's are added to the running ones. */
    NONE
  }

  /**
   * How BatchNorm goes.
   *
   * @param share of the batch's statistics in the running ones; NaN for what the network says
   */
  private record Mode(Statistics statistics, double share) {}

  private TorchOperations(
      Parameters parameters,
      Mode mode,
      RandomGenerator random,
      Precision precision,
      Segments segments,
      int alike) {
    this.parameters = parameters;
    this.mode = mode;
    this.random = random;
    this.precision = precision;
    this.segments = segments;
    this.alike = alike;
  }

  /** Normalises by running statistics and drops nothing. */
  public static TorchOperations inference(Parameters parameters) {
    return new TorchOperations(parameters, RUNNING, null, Precision.FLOAT32, null, 1);
  }

  /**
   * Normalises by the batch's statistics, which it adds to the running ones, and drops at random.
   *
   * @param random decides what is dropped
   */
  public static TorchOperations training(Parameters parameters, RandomGenerator random) {
    Mode mode = new Mode(Statistics.BATCH, Double.NaN);
    return new TorchOperations(parameters, mode, random, Precision.FLOAT32, null, 1);
  }

  /**
   * Normalises by the batch's statistics, which it adds to the running ones, and drops nothing.
   *
   * @param share of the batch's statistics in the running ones
   */
  public static TorchOperations measuring(Parameters parameters, double share) {
    Mode mode = new Mode(Statistics.BATCH, share);
    return new TorchOperations(parameters, mode, null, Precision.FLOAT32, null, 1);
  }

  /**
   * For a network whose BatchNorm is folded: applies BatchNorm's scale and bias alone, drops
   * nothing, and adds the statistics of what BatchNorm is given to the running ones.
   *
   * @param share of the batch's statistics in the running ones
   */
  public static TorchOperations measuringFolded(Parameters parameters, double share) {
    Mode mode = new Mode(Statistics.NONE, share);
    return new TorchOperations(parameters, mode, null, Precision.FLOAT32, null, 1);
  }

  /** The same with products of another precision. */
  public TorchOperations in(Precision newPrecision) {
    return new TorchOperations(parameters, mode, random, newPrecision, segments, alike);
  }

  /**
   * The same for batches of so many equal parts, in each of which the same is dropped: the first
   * elements of the parts can be compared with each other, and so on.
   */
  public TorchOperations droppingAlike(int parts) {
    return new TorchOperations(parameters, mode, random, precision, segments, parts);
  }

  /** The same where nothing is dropped. */
  public TorchOperations droppingNothing() {
    return new TorchOperations(parameters, mode, null, precision, segments, alike);
  }

  /** The same where BatchNorm goes by the running statistics, and leaves them as they are. */
  public TorchOperations byRunningStatistics() {
    return new TorchOperations(parameters, RUNNING, random, precision, segments, alike);
  }

  /**
   * The same for one forward pass, of whose {@link #segment segments} only inputs and outputs are
   * kept; {@link #backward} computes the rest once more.
   */
  public TorchOperations checkpointed() {
    return new TorchOperations(parameters, mode, random, precision, new Segments(), alike);
  }

  /** Adds the gradients of a loss that these operations computed to the parameters' gradients. */
  public void backward(Tensor loss) {
    if (segments == null) {
      loss.backward();
    } else {
      segments.backward(loss);
    }
  }

  @Override
  public List<Tensor> segment(List<Tensor> inputs, UnaryOperator<List<Tensor>> body) {
    if (segments != null) {
      return segments.forward(inputs, body);
    }
    return GradMode.is_enabled() ? body.apply(inputs) : Segments.withoutGraph(inputs, body);
  }

  @Override
  public Shape shape(Tensor x) {
    return Shape.of(x.shape());
  }

  @Override
  public Tensor conv2d(String name, Tensor x, Conv conv) {
    return torch.conv2d(
        factor(x),
        factor(name + ".weight"),
        conv.bias() ? new TensorOptional(factor(name + ".bias")) : new TensorOptional(),
        both(conv.stride()),
        both(conv.padding()),
        ONE,
        conv.groups());
  }

  @Override
  public Tensor convTranspose2d(String name, Tensor x, Conv conv, int outputPadding) {
    return torch.conv_transpose2d(
        factor(x),
        factor(name + ".weight"),
        new TensorOptional(factor(name + ".bias")),
        both(conv.stride()),
        both(conv.padding()),
        both(outputPadding),
        1,
        ONE);
  }

  @Override
  public Tensor batchNorm(String name, Tensor x, double epsilon, double momentum) {
    Tensor values = exact(x);
    if (mode.statistics() == Statistics.NONE) {
      try (PointerScope unused = new PointerScope()) {
        normalised(name, values, epsilon, momentum);
      }
      return values.mul(channels(name + ".weight")).add(channels(name + ".bias"));
    }
    if (random != null && mode.statistics() == Statistics.BATCH && !isAgain()) {
      parameters.countBatch(name);
    }
    return normalised(name, values, epsilon, momentum);
  }

  /** Whether this has been computed before, for the same batch. */
  private boolean isAgain() {
    return segments != null && segments.isAgain();
  }

  private Tensor normalised(String name, Tensor values, double epsilon, double momentum) {
    boolean byBatch = mode.statistics() != Statistics.RUNNING;
    // A batch's statistics are added to the running ones once.
    boolean counted = byBatch && isAgain();
    return torch.batch_norm(
        values,
        optional(name + ".weight"),
        optional(name + ".bias"),
        counted ? new TensorOptional() : optional(name + ".running_mean"),
        counted ? new TensorOptional() : optional(name + ".running_var"),
        byBatch,
        Double.isNaN(mode.share()) ? momentum : mode.share(),
        epsilon,
        false);
  }

  /** A value for each channel of an image. */
  private Tensor channels(String name) {
    return parameters.tensor(name).view(1, -1, 1, 1);
  }

  @Override
  public Tensor groupNorm(String name, Tensor x, int groups, double epsilon) {
    return torch.group_norm(
        exact(x), groups, optional(name + ".weight"), optional(name + ".bias"), epsilon, false);
  }

  @Override
  public Tensor layerNorm(String name, Tensor x, double epsilon) {
    long[] last = {x.size(-1)};
    return torch.layer_norm(
        exact(x), last, optional(name + ".weight"), optional(name + ".bias"), epsilon, false);
  }

  @Override
  public Tensor linear(String name, Tensor x, int features, boolean bias) {
    return torch.linear(
        factor(x),
        factor(name + ".weight"),
        bias ? new TensorOptional(factor(name + ".bias")) : new TensorOptional());
  }

  @Override
  public Tensor attention(Tensor query, Tensor key, Tensor value, int heads, boolean causal) {
    long batch = query.size(0);
    Tensor mixed =
        torch.scaled_dot_product_attention(
            split(seen(query), batch, heads),
            split(seen(key), batch, heads),
            split(seen(value), batch, heads),
            new TensorOptional(),
            0,
            causal,
            new DoubleOptional(),
            false);
    return mixed.transpose(1, 2).flatten(2, 3);
  }

  /** libtorch's attention of 16-bit floats is many times slower on a CPU. */
  private Tensor seen(Tensor x) {
    return parameters.device() == Device.CPU ? exact(x) : x;
  }

  /** {@code [N or 1, L, C] -> [N, heads, L, C / heads]}. */
  private static Tensor split(Tensor x, long batch, int heads) {
    return x.unflatten(2, heads, -1).transpose(1, 2).expand(batch, -1, -1, -1);
  }

  @Override
  public Tensor embedding(String name, int[][] tokens, int vocabulary, int width) {
    long[] ids = Arrays.stream(tokens).flatMapToInt(Arrays::stream).asLongStream().toArray();
    Tensor indices = here(Tensor.create(ids, tokens.length, tokens[0].length));
    return torch.embedding(parameters.tensor(name + ".weight"), indices);
  }

  @Override
  public Tensor parameter(String name, Shape shape) {
    return parameters.tensor(name);
  }

  @Override
  public Tensor constant(Shape shape, float... values) {
    return here(Tensor.create(values, shape.sizes()));
  }

  @Override
  public Tensor relu(Tensor x) {
    return x.relu();
  }

  @Override
  public Tensor sigmoid(Tensor x) {
    return x.sigmoid();
  }

  @Override
  public Tensor silu(Tensor x) {
    return torch.silu(x);
  }

  @Override
  public Tensor gelu(Tensor x) {
    return torch.gelu(x);
  }

  @Override
  public Tensor exp(Tensor x) {
    return x.exp();
  }

  @Override
  public Tensor clamp(Tensor x, double least, double most) {
    return torch.clamp(
        x, new ScalarOptional(new Scalar(least)), new ScalarOptional(new Scalar(most)));
  }

  @Override
  public Tensor scale(Tensor x, double factor) {
    return x.mul(new Scalar(factor));
  }

  @Override
  public Tensor add(Tensor a, Tensor b) {
    return a.add(b);
  }

  @Override
  public Tensor multiply(Tensor a, Tensor b) {
    return a.mul(b);
  }

  @Override
  public Tensor divide(Tensor a, Tensor b) {
    return a.div(b);
  }

  @Override
  public Tensor concatenate(List<Tensor> parts) {
    return torch.cat(new TensorVector(parts.toArray(new Tensor[0])), 1);
  }

  @Override
  public Tensor narrow(Tensor x, int axis, long start, long size) {
    return x.narrow(axis, start, size);
  }

  @Override
  public Tensor pick(Tensor x, int[] positions) {
    long length = x.size(1);
    long[] rows = new long[positions.length];
    Arrays.setAll(rows, n -> n * length + positions[n]);
    return x.flatten(0, 1).index_select(0, here(Tensor.create(rows, rows.length)));
  }

  @Override
  public Tensor tokens(Tensor image) {
    return image.permute(0, 2, 3, 1).flatten(1, 2);
  }

  @Override
  public Tensor image(Tensor tokens, int height, int width) {
    return tokens.unflatten(1, height, width).permute(0, 3, 1, 2);
  }

  @Override
  public Tensor pixelUnshuffle(Tensor x, int factor) {
    return torch.pixel_unshuffle(x, factor);
  }

  @Override
  public Tensor padEnd(Tensor x) {
    return torch.constant_pad_nd(x, 0, 1, 0, 1);
  }

  @Override
  public Tensor halve(Tensor x) {
    long[] two = both(2);
    return torch.avg_pool2d(x, two, two, both(0), true, true, new LongOptional());
  }

  @Override
  public Tensor averagePool(Tensor x) {
    return torch.adaptive_avg_pool2d(x, ONE);
  }

  @Override
  public Tensor deviationPool(Tensor x) {
    Tensor values = exact(x);
    Tensor variance = averagePool(values.sub(averagePool(values)).square());
    return variance.add(new Scalar(DEVIATION_EPSILON)).sqrt();
  }

  @Override
  public Tensor whitePoint(Tensor image, double share) {
    Tensor pixels = image.amax(CHANNELS, false).flatten(1, -1);
    long count = Shapes.pixels(shape(image), share);
    Tensor least = pixels.kthvalue(pixels.size(1) - count + 1, 1, true).get0();
    return least.view(-1, 1, 1, 1);
  }

  @Override
  public Tensor resizeNearest(Tensor x, int height, int width) {
    return torch.upsample_nearest2d(x, height, width);
  }

  @Override
  public Tensor resizeBicubic(Tensor x, int height, int width) {
    return torch.upsample_bicubic2d(x, new long[] {height, width}, false);
  }

  @Override
  public Tensor flatten(Tensor x) {
    return x.flatten(1, -1);
  }

  @Override
  public Tensor dropout(Tensor x, double probability) {
    return drop(x, probability, x.shape());
  }

  @Override
  public Tensor stochasticDepth(Tensor x, double probability) {
    return drop(x, probability, x.size(0), 1, 1, 1);
  }

  /**
   * Multiplies by 0, or by what keeps the mean. libtorch's own dropout would draw from a global
   * generator whose sequence depends on its version.
   */
  private Tensor drop(Tensor x, double probability, long... maskShape) {
    if (random == null || probability == 0) {
      return x;
    }
    int values = Math.toIntExact(Shape.of(maskShape).elements());
    float[] mask =
        segments == null
            ? mask(values, probability)
            : segments.mask(() -> mask(values, probability));
    return x.mul(here(Tensor.create(mask, maskShape)));
  }

  private float[] mask(int values, double probability) {
    float[] mask = new float[values];
    int part = values / alike;
    for (int i = 0; i < part; i++) {
      mask[i] = random.nextDouble() < probability ? 0 : (float) (1 / (1 - probability));
    }
    for (int i = part; i < values; i++) {
      mask[i] = mask[i - part];
    }
    return mask;
  }

  /** What a product is made of. */
  private Tensor factor(String name) {
    return factor(parameters.tensor(name));
  }

  private Tensor factor(Tensor x) {
    return x.to(precision == Precision.BFLOAT16 ? ScalarType.BFloat16 : ScalarType.Float);
  }

  private static Tensor exact(Tensor x) {
    return x.to(ScalarType.Float);
  }

  private Tensor here(Tensor x) {
    return Torch.on(parameters.device(), x);
  }

  private TensorOptional optional(String name) {
    return new TensorOptional(parameters.tensor(name));
  }

  private static long[] both(long size) {
    return new long[] {size, size};
  }
}
