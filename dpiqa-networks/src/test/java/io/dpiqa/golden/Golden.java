package io.dpiqa.golden;

import io.dpiqa.network.Shape;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;

/** Outputs of the published system, and how outputs of ours are compared with them. */
public final class Golden {
  private Golden() {}

  /** The path of a file of golden values. */
  public static Path path(String file) {
    try {
      return Path.of(Golden.class.getResource("/golden/" + file).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The tensors of a file of golden values. */
  public static Weights open(String file) throws IOException {
    return Weights.open(path(file));
  }

  /** A network's weights: given ones by their names, and the formula's for all others. */
  public static Weights weights(Map<String, Shape> tensors, Weights given) {
    return Weights.of(
        tensors.entrySet().stream()
            .map(
                tensor ->
                    given.names().contains(tensor.getKey())
                        ? given.tensor(tensor.getKey())
                        : Formula.tensor(tensor.getKey(), tensor.getValue().sizes()))
            .toArray(Tensor[]::new));
  }

  /** Every k-th of the values, the first {@code most} of them, as {@code .sample} tensors hold. */
  public static float[] sample(float[] values, int most) {
    int step = Math.max(1, values.length / most);
    float[] sample = new float[Math.min(most, (values.length + step - 1) / step)];
    for (int i = 0; i < sample.length; i++) {
      sample[i] = values[i * step];
    }
    return sample;
  }

  /** ‖actual - expected‖ / ‖expected‖. */
  public static double relativeError(float[] actual, float[] expected) {
    if (actual.length != expected.length) {
      throw new AssertionError(actual.length + " values instead of " + expected.length);
    }
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < actual.length; i++) {
      difference += Math.pow((double) actual[i] - expected[i], 2);
      norm += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / norm);
  }
}
