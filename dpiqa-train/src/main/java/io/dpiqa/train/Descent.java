package io.dpiqa.train;

import io.dpiqa.torch.Parameters;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;

/**
 * Gradient descent: parameters, the optimiser that changes them, and the moving average of what
 * they were.
 */
@SuppressWarnings("try") // scopes are opened for their end
final class Descent implements AutoCloseable {
  private static final String MODEL = "model.";
  private static final String AVERAGE = "average.";

  private final Schedule schedule;
  private final Parameters parameters;

  /** The parameters themselves where nothing is averaged. */
  private final Parameters average;

  private final Adam adam;

  /**
   * The beginning.
   *
   * @param parameters closed with this
   * @param rates shares of the learning rate, by the name of the tensor; 1 for those not named
   */
  Descent(Schedule schedule, Parameters parameters, Map<String, Double> rates) {
    this.schedule = schedule;
    this.parameters = parameters;
    this.average = schedule.averageDecay() > 0 ? parameters.copy() : parameters;
    this.adam = new Adam(schedule, parameters, rates);
  }

  Parameters parameters() {
    return parameters;
  }

  /** What is validated and kept. */
  Parameters average() {
    return average;
  }

  /** Makes what the parameters are the beginning: earlier gradients and values are forgotten. */
  void restart() {
    adam.restart();
    if (average != parameters) {
      try (NoGradGuard values = new NoGradGuard()) {
        average.values().copy_(parameters.values());
      }
      average.setCounts(parameters);
    }
  }

  /**
   * Changes the parameters by their gradients.
   *
   * @param step number of steps made since the beginning
   */
  void step(double learningRate, long step) {
    try (NoGradGuard values = new NoGradGuard()) {
      adam.step(learningRate, step);
      if (average != parameters) {
        // In the beginning, when weights change most, the average is over fewer steps.
        double decay = Math.min(schedule.averageDecay(), (1.0 + step) / (10.0 + step));
        average.values().lerp_(parameters.values(), new Scalar(1 - decay));
        average.setCounts(parameters);
      }
    }
  }

  /** All that the future depends on. */
  List<Tensor> tensors() {
    List<Tensor> tensors = new ArrayList<>(parameters.tensors(MODEL));
    if (average != parameters) {
      tensors.addAll(average.tensors(AVERAGE));
    }
    tensors.addAll(adam.tensors());
    return tensors;
  }

  /** Goes on from what {@link #tensors} gave. */
  void read(Weights weights) {
    parameters.read(weights, MODEL);
    if (average != parameters) {
      average.read(weights, AVERAGE);
    }
    adam.read(weights);
  }

  @Override
  public void close() {
    adam.close();
    if (average != parameters) {
      average.close();
    }
    parameters.close();
    Memory.giveBack();
  }
}
