package io.dpiqa.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dpiqa.golden.Formula;
import io.dpiqa.network.EfficientNet;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("try") // scopes are opened for their end
class TorchOperationsTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"0, 224", "3, 300"})
  void efficientNetGivesThePublishedFeatures(int variant, int size) throws IOException {
    EfficientNet network = new EfficientNet(variant);
    Shapes shapes = new Shapes();
    network.features(shapes, "features", Shape.of(1, 3, size, size));
    try (Weights golden = golden("efficientnet-b" + variant);
        Parameters parameters = Parameters.load(shapes.tensors(), formula(shapes, golden));
        PointerScope scope = new PointerScope();
        NoGradGuard inference = new NoGradGuard()) {
      TorchOperations net = TorchOperations.inference(parameters);
      for (int seed = 1; seed <= 2; seed++) {
        Tensor features = network.features(net, "features", picture(size, seed));
        assertAgree(Floats.of(features), golden, "seed" + seed + ".features", 1e-4);
      }
    }
  }

  @Test
  @Tag("full")
  void publishedStudentGivesThePublishedScores() throws IOException {
    Student student = Student.published(7);
    Shapes shapes = new Shapes();
    student.score(shapes, Shape.of(1, 3, 512, 512));
    try (Weights golden = golden("student-b7");
        Weights statistics = golden("student-b7-batchnorm");
        Parameters parameters = Parameters.load(shapes.tensors(), formula(shapes, statistics))) {
      TorchOperations net = TorchOperations.inference(parameters);
      for (int number = 1; number <= 2; number++) {
        try (PointerScope scope = new PointerScope();
            NoGradGuard inference = new NoGradGuard()) {
          String seed = "seed" + number;
          Tensor picture = picture(512, number);
          Tensor features = student.backbone().features(net, "base_model.features", picture);
          Tensor map = student.featureMap(net, features);
          Tensor score = student.scoreOfMap(net, map);
          float[] sample = sample(Floats.of(features), 4096);
          assertAgree(sample, golden, seed + ".features.sample", 1e-3);
          assertAgree(sample(Floats.of(map), 4096), golden, seed + ".map.sample", 1e-3);
          assertAgree(Floats.of(score), golden, seed + ".score", 1e-3);
        }
      }
    }
  }

  @Test
  void batchNormUsesTheBatchAndRemembersItOnlyInTraining() {
    Shapes shapes = new Shapes();
    shapes.batchNorm("norm", Shape.of(2, 1, 1, 2), 1e-3, 0.1);
    try (Parameters parameters = Parameters.initialise(shapes.tensors(), 1);
        PointerScope scope = new PointerScope()) {
      Tensor x = Tensor.create(new float[] {1, 2, 3, 6}, 2, 1, 1, 2);
      TorchOperations inference = TorchOperations.inference(parameters);
      assertThat(Floats.of(inference.batchNorm("norm", x, 0, 0.1))).containsExactly(1, 2, 3, 6);
      assertThat(Floats.of(parameters.tensor("norm.running_mean"))).containsExactly(0);

      TorchOperations training = TorchOperations.training(parameters, new SplittableRandom(1));
      float[] normal = Floats.of(training.batchNorm("norm", x, 0, 0.1));
      assertThat(normal[0]).isCloseTo((float) (-2 / Math.sqrt(3.5)), within(1e-6f));
      assertThat(Floats.of(parameters.tensor("norm.running_mean"))[0])
          .isCloseTo(0.3f, within(1e-6f));
      assertThat(Weights.of(parameters.tensors()).tensor("norm.num_batches_tracked").toFloats())
          .containsExactly(1);
    }
  }

  @Test
  void dropsOnlyInTrainingAndAsTheGeneratorSays() {
    try (Parameters none = Parameters.initialise(Map.of(), 1);
        PointerScope scope = new PointerScope()) {
      Tensor ones = torch.ones(400, 2, 1, 1);
      TorchOperations inference = TorchOperations.inference(none);
      assertThat(Floats.of(inference.dropout(ones, 0.5))).containsOnly(1);
      assertThat(Floats.of(inference.stochasticDepth(ones, 0.5))).containsOnly(1);

      float[] dropped = drop(none, ones, 1);
      assertThat(dropped).containsOnly(0, 1.25f);
      assertThat(mean(dropped)).isCloseTo(1, within(0.1));
      assertThat(drop(none, ones, 1)).isEqualTo(dropped);
      assertThat(drop(none, ones, 2)).isNotEqualTo(dropped);

      TorchOperations training = TorchOperations.training(none, new SplittableRandom(1));
      float[] images = Floats.of(training.stochasticDepth(ones, 0.2));
      assertThat(images).containsOnly(0, 1.25f);
      for (int i = 0; i < images.length; i += 2) {
        assertThat(images[i + 1]).isEqualTo(images[i]);
      }
    }
  }

  private static float[] drop(Parameters parameters, Tensor x, long seed) {
    return Floats.of(
        TorchOperations.training(parameters, new SplittableRandom(seed)).dropout(x, 0.2));
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static void assertAgree(float[] actual, Weights golden, String name, double tolerance) {
    assertThat(relativeError(actual, golden.tensor(name).toFloats()))
        .as(name)
        .isLessThan(tolerance);
  }

  private static Tensor picture(int size, int seed) {
    return Images.toTensor(Formula.pattern(size, size, seed), 1, size);
  }

  /** The golden files may be in a jar. */
  private Weights golden(String name) throws IOException {
    Path copy = folder.resolve(name);
    try (InputStream file = Formula.class.getResourceAsStream("/golden/" + name + ".safetensors")) {
      Files.copy(file, copy);
    }
    return Weights.open(copy);
  }

  /** The formula's weights, with running statistics from a golden file. */
  private static Weights formula(Shapes shapes, Weights statistics) {
    return Weights.of(
        shapes.tensors().entrySet().stream()
            .map(
                owned ->
                    statistics.names().contains(owned.getKey())
                        ? statistics.tensor(owned.getKey())
                        : Formula.tensor(owned.getKey(), owned.getValue().sizes()))
            .toList());
  }

  /** Every k-th value, as many as golden samples have. */
  private static float[] sample(float[] values, int most) {
    int step = Math.max(1, values.length / most);
    float[] sample = new float[Math.min(most, values.length)];
    for (int i = 0; i < sample.length; i++) {
      sample[i] = values[i * step];
    }
    return sample;
  }

  private static double relativeError(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < actual.length; i++) {
      difference += Math.pow((double) actual[i] - expected[i], 2);
      norm += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / norm);
  }
}
