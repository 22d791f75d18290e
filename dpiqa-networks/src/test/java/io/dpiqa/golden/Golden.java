package io.dpiqa.golden;

import io.dpiqa.network.Shape;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;

/** Outputs of the published system, and how outputs of ours are compared with them. */
public final class Golden {
  private Golden() {}

  /**
   * The tensors of a file of golden values, wherever the tests of this module are: also in a jar.
   */
  public static Weights open(String file) throws IOException {
    Path copy = Files.createTempFile("golden-", ".safetensors");
    copy.toFile().deleteOnExit();
    try (InputStream golden = Golden.class.getResourceAsStream("/golden/" + file)) {
      Files.copy(golden, copy, StandardCopyOption.REPLACE_EXISTING);
    }
    return Weights.open(copy);
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
