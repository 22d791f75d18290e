package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dpiqa.ImageException;
import io.dpiqa.QualityModel;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.importer.ImportOptions;
import io.dpiqa.importer.ModelImporter;
import io.dpiqa.model.ModelStore;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A student that goes on from a model, whose BatchNorm is folded. */
class FineTuningTest {
  private static final String KEEP = "{\"keepStatistics\": true, \"schedule\": {\"epochs\": %d}}";

  @TempDir private Path folder;
  private TrainingData data;
  private ModelStore store;

  @BeforeEach
  void draw() throws IOException {
    List<LabelledImage> training = NoisyPictures.draw(folder, "training", 12, 1);
    List<LabelledImage> validation = NoisyPictures.draw(folder, "validation", 44, 2);
    data = new TrainingData(training, validation, Map.of());
    store = ModelStore.in(folder);
  }

  private static StudentRecipe recipe(String backbone, String change) {
    StudentRecipe small =
        StudentRecipe.fromJson(
            """
            {"backbone": "%s", "inputSize": 64, "cropSize": 64, "loss": "SQUARED_ERROR", "ridge": 10,
             "schedule": {"batch": 4, "epochs": 0, "warmupEpochs": 0}}
            """
                .formatted(backbone));
    return StudentRecipe.fromJson(change, small);
  }

  private Path model(String name, Path student) throws IOException {
    return new ModelImporter(store).add(student, ImportOptions.named(name)).path();
  }

  private double score(Path model) throws ImageException {
    try (QualityModel quality = QualityModel.load(model)) {
      return quality.score(data.validation().get(3).file()).raw();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"efficientnet-b0", "resnet18-16"})
  void modelGoesOnFromWhatItIs(String backbone) throws IOException, ImageException {
    Path first =
        new StudentTrainer(recipe(backbone, "{}"), data, folder.resolve("first")).train(p -> {});
    Path model = model("first", first);
    StudentRecipe keep = recipe(backbone, KEEP.formatted(0));
    InitialWeights begin = InitialWeights.of(model.toString(), keep);
    Path same =
        new StudentTrainer(keep, data, folder.resolve("same"))
            .withInitialWeights(begin)
            .train(p -> {});
    assertThat(score(model("same", same))).isCloseTo(score(model), within(1e-4));

    StudentRecipe more = recipe(backbone, KEEP.formatted(1));
    Path learnt =
        new StudentTrainer(more, data, folder.resolve("more"))
            .withInitialWeights(begin)
            .train(p -> {});
    assertThat(score(model("more", learnt))).isNotEqualTo(score(model));
    StudentRecipe half = StudentRecipe.fromJson("{\"initialShare\": 0.5}", more);
    Path between =
        new StudentTrainer(half, data, folder.resolve("half"))
            .withInitialWeights(begin)
            .train(p -> {});
    assertThat(kernel(between))
        .isCloseTo((kernel(same) + kernel(learnt)) / 2, within(1e-6))
        .isNotEqualTo(kernel(learnt));
    try (Weights weights = Weights.open(learnt)) {
      weights.names().stream()
          .filter(name -> name.endsWith(".running_mean"))
          .forEach(name -> assertThat(weights.tensor(name).toFloats()).containsOnly(0));
    }
  }

  /** A value that is learnt. */
  private static double kernel(Path student) {
    try (Weights weights = Weights.open(student)) {
      String first =
          weights.names().stream()
              .filter(name -> name.matches("base_model.features.(0.0|conv1).weight"))
              .findFirst()
              .orElseThrow();
      return weights.tensor(first).toFloats()[0];
    }
  }

  @Test
  void modelInTheBoxCanBeFineTuned() throws IOException {
    StudentRecipe keep = recipe("efficientnet-b0", KEEP.formatted(1));
    InitialWeights begin = InitialWeights.of("built-in", keep);
    Path student =
        new StudentTrainer(keep, data, folder.resolve("run"))
            .withInitialWeights(begin)
            .train(p -> {});
    try (Weights weights = Weights.open(student)) {
      assertThat(weights.metadata().get("begun with")).contains("tensors of built-in, ");
    }
    Path model = model("tuned", student);
    try (QualityModel quality = QualityModel.load(model)) {
      assertThat(quality.card().errorBand()).isPresent();
      assertThat(quality.card().referenceScores()).hasSize(101);
    }
  }

  @Test
  void shareOfTheBeginningNeedsOne() {
    StudentRecipe half = recipe("resnet18-16", "{\"keepStatistics\": true, \"initialShare\": 0.5}");
    StudentTrainer trainer = new StudentTrainer(half, data, folder.resolve("run"));
    assertThatThrownBy(() -> trainer.train(p -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("initialShare needs weights to begin with");
  }

  @Test
  void foldedStatisticsCannotBeLearntAnew() {
    StudentRecipe forgetful = recipe("efficientnet-b0", "{}");
    assertThatThrownBy(() -> InitialWeights.of("built-in", forgetful))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining(
            "built-in: BatchNorm is folded in a model; set the recipe's keepStat");
    StudentRecipe other = recipe("efficientnet-b1", KEEP.formatted(1));
    assertThatThrownBy(() -> InitialWeights.of("built-in", other))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("built-in: has no base_model.features.");
  }
}
