package io.dpiqa.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.dpiqa.QualityModel;
import io.dpiqa.image.ImageDecoder;
import io.dpiqa.network.Student;
import io.dpiqa.weights.Weights;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is compared for speed must be the same network. */
final class StudentTimesTest {
  private static final int SIZE = 64;
  private static final Student STUDENT = Student.published(0);

  private final Weights weights = UntrainedStudent.weights(STUDENT, SIZE);
  private final BufferedImage picture = AlpineLake.render(SIZE, SIZE);
  private final byte[] rgb = ImageDecoder.convert(picture).rgb();
  @TempDir private Path folder;

  @Test
  void libtorchWithFoldedWeightsGivesTheScoreOfTheOnnxModel() throws Exception {
    ModelProto model = UntrainedStudent.model(STUDENT, weights, SIZE);

    try (EagerStudent eager = new EagerStudent(STUDENT, weights, model, SIZE)) {
      assertThat((double) eager.score(rgb)).isCloseTo(score(model), withinPercentage(0.1));
    }
  }

  @Test
  void quantisedModelScoresAlmostAsTheOriginal() throws Exception {
    ModelProto model = UntrainedStudent.model(STUDENT, weights, SIZE);

    ModelProto quantised = Quantization.quantize(model, SIZE, List.of(rgb));

    assertThat(quantised.getSerializedSize()).isLessThan(model.getSerializedSize() * 2 / 5);
    assertThat(score(quantised)).isCloseTo(score(model), withinPercentage(5));
  }

  private double score(ModelProto model) throws Exception {
    Path file = Files.write(folder.resolve("model.onnx"), model.toByteArray());
    try (QualityModel quality = QualityModel.load(file)) {
      return quality.score(picture).raw();
    }
  }
}
