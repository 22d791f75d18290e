package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dpiqa.ModelException;
import io.dpiqa.QualityModel;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.weights.Safetensors;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DistillationTest {

  @TempDir static Path pictures;
  private static List<LabelledImage> training;
  private static List<LabelledImage> validation;
  private static Path teacher;

  @TempDir Path folder;

  @BeforeAll
  static void draw() throws IOException {
    training = NoisyPictures.draw(pictures, "training", 12, 1);
    validation = NoisyPictures.draw(pictures, "validation", 12, 2);
    teacher = TinyTeacher.write(pictures.resolve("teacher.onnx"), 8, 3);
  }

  @Test
  void learnsTheTeachersFeatureMap() throws IOException {
    StudentRecipe recipe =
        recipe(
            """
            {"head": "FEATURE_MAP", "scoreWeight": 0.001, "mapWeight": 1, "flip": true,
             "schedule": {"batch": 4, "epochs": 3}}
            """);
    List<Progress> steps = new ArrayList<>();
    List<Preparation> read = new ArrayList<>();
    Path file;
    try (QualityModel model = QualityModel.load(teacher)) {
      file = trainer(recipe, folder).withTeacher(model).train(read::add, steps::add);
    }
    List<Epoch> epochs = steps.get(steps.size() - 1).epochs();
    assertThat(epochs.get(2).loss()).isLessThan(epochs.get(0).loss() / 2);
    // Pictures and their mirror images.
    assertThat(read).hasSize(24).endsWith(new Preparation("the teacher reads", 24, 24));
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.metadata())
          .containsEntry("teacher licence", "CC0-1.0")
          .containsKey("teacher");
    }
  }

  @Test
  void goesOnAfterBeingKilledInPreTrainingAndInDistillation() throws IOException {
    StudentRecipe recipe =
        recipe(
            """
            {"teacherScoreWeight": 1, "twins": {"weight": 0.5}, "pretrainEpochs": 1, "ridge": 10,
             "flip": true, "cropSize": 48,
             "schedule": {"batch": 4, "epochs": 1, "averageDecay": 0.9}}
            """);
    try (QualityModel model = QualityModel.load(teacher)) {
      List<Double> losses = new ArrayList<>();
      Path expected =
          trainer(recipe, folder.resolve("undisturbed"))
              .withTeacher(model)
              .train(progress -> losses.add(progress.loss()));
      assertThat(losses).hasSize(6).doesNotContain(0.0);

      // While the teacher reads, within pre-training, at its end, and after it.
      Path killed = folder.resolve("killed");
      StudentTrainer trainer =
          new StudentTrainer(recipe, data(), killed, Duration.ZERO).withTeacher(model);
      List<Preparation> read = new ArrayList<>();
      Consumer<Preparation> killer =
          preparation -> {
            read.add(preparation);
            killIf(preparation.done() == 5);
          };
      assertThatThrownBy(() -> trainer.train(killer, progress -> {})).isInstanceOf(Killed.class);
      for (long at : new long[] {2, 3, 5}) {
        assertThatThrownBy(
                () -> trainer.train(read::add, progress -> killIf(progress.step() == at)))
            .isInstanceOf(Killed.class);
      }
      List<Long> steps = new ArrayList<>();
      Path actual = trainer.train(read::add, progress -> steps.add(progress.step()));
      assertThat(steps).first().isIn(5L, 6L);
      assertThat(actual).hasSameBinaryContentAs(expected);
      // What was read before is not read again, but for what was not written yet.
      assertThat(read).hasSize(25);
    }
  }

  private static void killIf(boolean now) {
    if (now) {
      throw new Killed();
    }
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  @Test
  void learnsFromATeacherAlone() throws IOException {
    List<LabelledImage> unknown =
        training.stream().map(i -> new LabelledImage(i.name(), i.file(), 0.5)).toList();
    StudentRecipe recipe =
        recipe(
            """
            {"scoreWeight": 0, "teacherScoreWeight": 1, "ridge": 10,
             "schedule": {"batch": 4, "epochs": 0}}
            """);
    TrainingData data = new TrainingData(unknown, validation, Map.of());
    Path file;
    try (QualityModel model =
        QualityModel.load(TinyTeacher.writeWithoutMap(folder.resolve("teacher.onnx")))) {
      file =
          new StudentTrainer(recipe, data, folder.resolve("out")).withTeacher(model).train(p -> {});
    }
    try (Weights weights = Weights.open(file)) {
      String figures = weights.metadata().get("validation");
      double srcc = Double.parseDouble(figures.replaceFirst(".*SRCC (-?[0-9.]+),.*", "$1"));
      assertThat(srcc).isGreaterThan(0.8);
    }
  }

  @Test
  void beginsWithWeightsThatAreThere() throws IOException {
    StudentRecipe recipe = recipe("{\"ridge\": 10, \"schedule\": {\"batch\": 4, \"epochs\": 0}}");
    Path student = trainer(recipe, folder.resolve("first")).train(progress -> {});
    Path imageNet = folder.resolve("efficientnet.safetensors");
    try (Weights weights = Weights.open(student)) {
      List<Tensor> renamed =
          weights
              .map(
                  tensor ->
                      Optional.of(tensor.named(tensor.name().replaceFirst("^base_model\\.", ""))))
              .tensors()
              .stream()
              .filter(tensor -> tensor.name().startsWith("features."))
              .toList();
      Safetensors.write(imageNet, renamed, Map.of());
    }
    InitialWeights backbone = InitialWeights.of(imageNet.toString(), recipe);
    assertThat(backbone).hasToString("358 of 360 tensors of efficientnet.safetensors");
    // Another seed: what is the same is taken.
    StudentRecipe other = StudentRecipe.fromJson("{\"schedule\": {\"seed\": 2}}", recipe);
    Path begun =
        trainer(other, folder.resolve("second")).withInitialWeights(backbone).train(p -> {});
    try (Weights first = Weights.open(student);
        Weights second = Weights.open(begun)) {
      String kernel = "base_model.features.3.1.block.0.0.weight";
      assertThat(second.tensor(kernel).toFloats()).isEqualTo(first.tensor(kernel).toFloats());
      assertThat(second.tensor("fc.weight").toFloats())
          .isNotEqualTo(first.tensor("fc.weight").toFloats());
      assertThat(second.metadata().get("begun with")).startsWith(backbone.toString());
    }

    // A head that is there is not fitted again.
    InitialWeights whole = InitialWeights.of(student.toString(), recipe);
    Path same = trainer(other, folder.resolve("third")).withInitialWeights(whole).train(p -> {});
    try (Weights first = Weights.open(student);
        Weights third = Weights.open(same)) {
      assertThat(whole).hasToString("360 of 360 tensors of student.safetensors");
      assertThat(normalised(third)).containsExactly(normalised(first), within(1e-5));
    }

    StudentRecipe larger = StudentRecipe.fromJson("{\"backbone\": \"efficientnet-b2\"}", recipe);
    assertThatThrownBy(() -> InitialWeights.of(imageNet.toString(), larger))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("efficientnet.safetensors: has no base_model.features.")
        .hasMessageContaining("efficientnet-b2");
  }

  /** A head's values say how scores differ, whatever their scale. */
  private static double[] normalised(Weights weights) {
    float[] values = weights.tensor("fc.weight").toFloats();
    double[] normalised = new double[values.length];
    double norm = 0;
    for (float value : values) {
      norm += (double) value * value;
    }
    for (int i = 0; i < values.length; i++) {
      normalised[i] = values[i] / Math.sqrt(norm);
    }
    return normalised;
  }

  @Test
  void saysWhatDoesNotFitTheTeacher() throws IOException {
    StudentRecipe distilling =
        recipe(
            """
            {"head": "FEATURE_MAP", "mapWeight": 1, "schedule": {"batch": 4}}
            """);
    assertThatThrownBy(() -> trainer(distilling, folder).train(p -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("needs a teacher");
    try (QualityModel model = QualityModel.load(teacher)) {
      StudentTrainer useless =
          trainer(recipe("{\"schedule\": {\"batch\": 4}}"), folder).withTeacher(model);
      assertThatThrownBy(() -> useless.train(p -> {}))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("learns nothing from a teacher");
    }
    assertThatThrownBy(
            () -> distil(distilling, TinyTeacher.writeWithoutMap(folder.resolve("none.onnx"))))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("none.onnx: gives no feature map");
    assertThatThrownBy(
            () -> distil(distilling, TinyTeacher.write(folder.resolve("narrow.onnx"), 4, 1)))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("feature map is 4 x 64 x 64, a student's 8 x 64 x 64");
    assertThatThrownBy(
            () -> distil(distilling, TinyTeacher.write(folder.resolve("nan.onnx"), 8, Double.NaN)))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("training0.png holds NaN");
  }

  private void distil(StudentRecipe recipe, Path model) throws IOException {
    try (QualityModel opened = QualityModel.load(model)) {
      trainer(recipe, folder.resolve("out")).withTeacher(opened).train(progress -> {});
    }
  }

  @Test
  void doesNotGoOnWithAnotherTeacher() throws IOException {
    StudentRecipe recipe = recipe("{\"teacherScoreWeight\": 1, \"schedule\": {\"batch\": 4}}");
    distil(recipe, teacher);
    Path other = TinyTeacher.writeWithoutMap(folder.resolve("other.onnx"));
    assertThatThrownBy(() -> distil(recipe, other))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("other data");
    assertThat(folder.resolve("out")).isDirectoryNotContaining("glob:**.partial");
  }

  private static StudentTrainer trainer(StudentRecipe recipe, Path out) {
    return new StudentTrainer(recipe, data(), out);
  }

  private static TrainingData data() {
    return new TrainingData(training, validation, Map.of("licence", "none"));
  }

  /** A recipe for tiny pictures, that looks at few of them apart from learning. */
  private static StudentRecipe recipe(String json) {
    StudentRecipe tiny =
        StudentRecipe.fromJson(
            """
            {"inputSize": 64, "cropSize": 64, "ridge": 0, "headRate": 1, "flip": false,
             "loss": "SQUARED_ERROR",
             "schedule": {"warmupEpochs": 0, "epochs": 1, "averageDecay": 0}}
            """);
    return StudentRecipe.fromJson(json, tiny);
  }
}
