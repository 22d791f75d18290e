package io.dpiqa.train;

import io.dpiqa.torch.Parameters;
import io.dpiqa.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Adam with decoupled weight decay. */
@SuppressWarnings("try") // scopes are opened for their end
final class Adam implements AutoCloseable {
  private static final String FIRST = "adam.first.";
  private static final String SECOND = "adam.second.";

  /** Values that are changed at a time, which bounds the memory that the arithmetic takes. */
  private static final long CHUNK = 1 << 24;

  /** Neighbouring values, and their share of the learning rate. */
  private record Range(long start, long length, double share) {}

  private final Schedule schedule;
  private final Parameters parameters;
  private final List<Range> ranges;
  private final PointerScope scope;
  private final Tensor first;
  private final Tensor second;

  /**
   * @param shares of the learning rate, by the name of the tensor; 1 for those that are not named
   */
  Adam(Schedule schedule, Parameters parameters, Map<String, Double> shares) {
    this.schedule = schedule;
    this.parameters = parameters;
    this.ranges = ranges(parameters, shares);
    try (PointerScope own = new PointerScope()) {
      first = torch.zeros_like(parameters.trained());
      second = torch.zeros_like(parameters.trained());
      scope = own.extend();
    }
  }

  /**
   * Changes the parameters by their gradients.
   *
   * @param step number of steps made before
   */
  void step(double learningRate, long step) {
    double firstBias = 1 - Math.pow(schedule.beta1(), step + 1.0);
    double secondBias = 1 - Math.pow(schedule.beta2(), step + 1.0);
    if (schedule.weightDecay() > 0) {
      parameters.kernels().mul_(new Scalar(1 - learningRate * schedule.weightDecay()));
    }
    for (Range range : ranges) {
      try (PointerScope temporary = new PointerScope()) {
        Tensor gradients = range(parameters.gradients(), range);
        Tensor mean = range(first, range);
        Tensor square = range(second, range);
        mean.lerp_(gradients, new Scalar(1 - schedule.beta1()));
        square.mul_(new Scalar(schedule.beta2()));
        square.addcmul_(gradients, gradients, new Scalar(1 - schedule.beta2()));
        Tensor scale = square.div(new Scalar(secondBias)).sqrt_();
        scale.add_(new Scalar(schedule.epsilon()));
        Tensor change = range.share() == 1 ? mean : mean.mul(new Scalar(range.share()));
        range(parameters.trained(), range)
            .addcdiv_(change, scale, new Scalar(-learningRate / firstBias));
      }
    }
  }

  private static Tensor range(Tensor flat, Range range) {
    return flat.narrow(0, range.start(), range.length());
  }

  private static List<Range> ranges(Parameters parameters, Map<String, Double> shares) {
    NavigableMap<Long, Range> named = new TreeMap<>();
    shares.forEach(
        (name, share) -> {
          Tensor part = parameters.part(parameters.trained(), name);
          named.put(part.storage_offset(), new Range(part.storage_offset(), part.size(0), share));
        });
    List<Range> ranges = new ArrayList<>();
    long start = 0;
    for (Range range : named.values()) {
      addChunks(ranges, start, range.start(), 1);
      start = range.start() + range.length();
      addChunks(ranges, range.start(), start, range.share());
    }
    addChunks(ranges, start, parameters.trained().size(0), 1);
    return List.copyOf(ranges);
  }

  private static void addChunks(List<Range> ranges, long start, long end, double share) {
    for (long begin = start; begin < end; begin += CHUNK) {
      ranges.add(new Range(begin, Math.min(CHUNK, end - begin), share));
    }
  }

  /** Forgets all earlier gradients. */
  void restart() {
    first.zero_();
    second.zero_();
  }

  /** The moments, copied as {@link Parameters#tensors()} are. */
  List<io.dpiqa.weights.Tensor> tensors() {
    List<io.dpiqa.weights.Tensor> moments = new ArrayList<>(parameters.tensors(FIRST, first));
    moments.addAll(parameters.tensors(SECOND, second));
    return moments;
  }

  /** Takes the moments that {@link #tensors} gave. */
  void read(Weights weights) {
    parameters.read(first, weights, FIRST);
    parameters.read(second, weights, SECOND);
  }

  @Override
  public void close() {
    scope.close();
  }
}
