package io.dpiqa.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dpiqa.golden.Formula;
import io.dpiqa.golden.Golden;
import io.dpiqa.network.EfficientNet;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("try") // scopes are opened for their end
class TorchOperationsTest {

  @ParameterizedTest
  @CsvSource({"0, 224", "3, 300"})
  void efficientNetGivesThePublishedFeatures(int variant, int size) throws IOException {
    EfficientNet network = new EfficientNet(variant);
    Shapes shapes = new Shapes();
    network.features(shapes, "features", Shape.of(1, 3, size, size));
    try (Weights golden = Golden.open("efficientnet-b" + variant + ".safetensors");
        Parameters parameters =
            Parameters.load(shapes.tensors(), Golden.weights(shapes.tensors(), golden));
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
    try (Weights golden = Golden.open("student-b7.safetensors");
        Weights statistics = Golden.open("student-b7-batchnorm.safetensors");
        Parameters parameters =
            Parameters.load(shapes.tensors(), Golden.weights(shapes.tensors(), statistics))) {
      TorchOperations net = TorchOperations.inference(parameters);
      for (int number = 1; number <= 2; number++) {
        try (PointerScope scope = new PointerScope();
            NoGradGuard inference = new NoGradGuard()) {
          String seed = "seed" + number;
          Tensor picture = picture(512, number);
          Tensor features = student.backbone().features(net, "base_model.features", picture);
          Tensor map = student.featureMap(net, features);
          Tensor score = student.scoreOfMap(net, map);
          float[] sample = Golden.sample(Floats.of(features), 4096);
          assertAgree(sample, golden, seed + ".features.sample", 1e-3);
          assertAgree(Golden.sample(Floats.of(map), 4096), golden, seed + ".map.sample", 1e-3);
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

  /** Of every image by itself, the largest channel of a pixel counting. */
  @ParameterizedTest
  @CsvSource({"0.0001, 0.9, 0.8", "0.25, 0.9, 0.8", "0.26, 0.7, 0.8", "0.5, 0.7, 0.8", "1, 0.2, 0"})
  void whitePointIsWhatAShareOfThePixelsReaches(double share, float first, float second) {
    float[] images = {
      0.1f, 0.9f, 0.2f, 0.3f, 0.5f, 0.1f, 0.1f, 0.7f, //
      0, 0.8f, 0, 0, 0, 0, 0, 0.8f
    };
    try (Parameters none = Parameters.initialise(Map.of(), 1);
        PointerScope scope = new PointerScope()) {
      Tensor white =
          TorchOperations.inference(none).whitePoint(Tensor.create(images, 2, 2, 2, 2), share);
      assertThat(white.shape()).containsExactly(2, 1, 1, 1);
      assertThat(Floats.of(white)).containsExactly(first, second);
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
    assertThat(Golden.relativeError(actual, golden.tensor(name).toFloats()))
        .as(name)
        .isLessThan(tolerance);
  }

  private static Tensor picture(int size, int seed) {
    return Images.toTensor(Formula.pattern(size, size, seed), 1, size);
  }
}
