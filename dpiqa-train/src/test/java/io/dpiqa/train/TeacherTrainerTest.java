package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.dpiqa.ImageException;
import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.evaluation.Agreement;
import io.dpiqa.importer.DiffusionPrior;
import io.dpiqa.importer.ImportOptions;
import io.dpiqa.importer.ModelImporter;
import io.dpiqa.model.ModelFile;
import io.dpiqa.model.ModelStore;
import io.dpiqa.network.Configuration;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TeacherTrainerTest {

  @TempDir static Path pictures;
  private static List<LabelledImage> training;
  private static List<LabelledImage> validation;
  private static Path pixelPrior;
  private static Path vaePrior;

  @TempDir Path folder;

  @BeforeAll
  static void makePicturesAndPriors() throws IOException {
    training = NoisyPictures.drawDark(pictures, "training", 64, 1);
    validation = NoisyPictures.drawDark(pictures, "validation", 24, 2);
    pixelPrior = TinyPrior.ofPixels(pictures.resolve("pixels.safetensors"));
    vaePrior = TinyPrior.ofVae(pictures.resolve("vae.safetensors"));
  }

  @Test
  void learnsAndScoresTheSameInOnnxRuntime() throws IOException, ImageException {
    List<Progress> steps = new ArrayList<>();
    Path file =
        train(
            recipe("\"epochs\": 5, \"averageDecay\": 0.8"),
            pixelPrior,
            folder.resolve("run"),
            steps);

    List<Epoch> epochs = steps.get(steps.size() - 1).epochs();
    assertThat(epochs.get(4).loss()).isLessThan(epochs.get(0).loss());
    Map<String, Double> best =
        epochs.stream()
            .map(Epoch::validation)
            .max(Comparator.comparingDouble(validation -> validation.get("srcc")))
            .orElseThrow();
    assertThat(best.get("srcc")).isGreaterThan(0.5);

    ModelFile model =
        new ModelImporter(ModelStore.in(folder)).add(file, ImportOptions.named("teacher"));
    assertThat(model.card().network()).isEqualTo("teacher");
    assertThat(model.card().inputSize()).isEqualTo(64);
    Agreement agreement = OnnxAgreement.of(model.path(), validation);
    assertThat(agreement.srcc()).isCloseTo(best.get("srcc"), within(1e-9));
    assertThat(agreement.plcc()).isCloseTo(best.get("plcc"), within(1e-3));
    assertThat(agreement.rmse())
        .isCloseTo(best.get("rmse"), within(1e-3))
        .isLessThan(deviation(data().validationScores()));
  }

  /** Adam moves every weight of the decoder at once, and the score by their sum. */
  @Test
  void thePresetForSmallPriorsTakesStepsThatScoresSurvive() throws IOException {
    TeacherRecipe small =
        TeacherRecipe.fromJson(
            "{\"upBlocks\": [0, 1], \"schedule\": {\"epochs\": 1}}",
            TeacherRecipe.preset("small").orElseThrow());
    List<Progress> steps = new ArrayList<>();
    train(small, pixelPrior, folder.resolve("run"), steps);
    assertThat(steps).hasSize(4).allSatisfy(step -> assertThat(step.loss()).isLessThan(1));
  }

  private static double deviation(double[] values) {
    double[] mean = new double[values.length];
    Arrays.fill(mean, Arrays.stream(values).average().orElseThrow());
    return Math.sqrt(
        IntStream.range(0, values.length)
            .mapToDouble(i -> (values[i] - mean[i]) * (values[i] - mean[i]))
            .average()
            .orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"averageDecay\": 0.9",
        "\"parts\": 4, \"checkpoints\": true, \"averageDecay\": 0, \"keep\": \"LAST\""
      })
  void goesOnAfterBeingKilledAsIfNothingHadHappened(String schedule) throws IOException {
    TeacherRecipe recipe = recipe("\"epochs\": 2, " + schedule);
    Path expected = train(recipe, vaePrior, folder.resolve("undisturbed"), new ArrayList<>());
    Path killed = folder.resolve("killed");
    try (DiffusionPrior prior = open(vaePrior)) {
      TeacherTrainer trainer =
          new TeacherTrainer(recipe, data(), prior, killed, killed, Device.CPU, Duration.ZERO);
      for (long at : new long[] {3, 8, 11}) {
        assertThatThrownBy(
                () ->
                    trainer.train(
                        progress -> {
                          if (progress.step() == at) {
                            throw new Killed();
                          }
                        }))
            .isInstanceOf(Killed.class);
      }
    }
    List<Progress> rest = new ArrayList<>();
    Path actual = train(recipe, vaePrior, killed, rest);
    assertThat(rest.get(0).step()).isEqualTo(12);
    assertThat(actual).hasSameBinaryContentAs(expected);
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  @Test
  void partsAndSegmentsChangeNothingButTheMemory() throws IOException {
    List<Progress> whole = new ArrayList<>();
    train(recipe("\"epochs\": 1"), pixelPrior, folder.resolve("a"), whole);
    List<Progress> parts = new ArrayList<>();
    String saving = "\"epochs\": 1, \"parts\": 4, \"checkpoints\": true";
    train(recipe(saving), pixelPrior, folder.resolve("b"), parts);
    assertThat(parts).hasSameSizeAs(whole);
    assertThat(parts.get(0).loss()).isCloseTo(whole.get(0).loss(), withinPercentage(0.01));
    // Adam makes much of small differences.
    for (int step = 1; step < 4; step++) {
      assertThat(parts.get(step).loss()).isCloseTo(whole.get(step).loss(), withinPercentage(2));
    }
    try (DiffusionPrior prior = open(pixelPrior)) {
      assertThat(TeacherTrainer.bytes(recipe(saving), prior))
          .isLessThan(TeacherTrainer.bytes(recipe("\"epochs\": 1"), prior));
    }
  }

  @Test
  void leavesTheVaeAsItIs() throws IOException {
    Path file = train(recipe("\"epochs\": 1"), vaePrior, folder, new ArrayList<>());
    try (Weights before = Weights.open(vaePrior);
        Weights after = Weights.open(file)) {
      String vae = "vae.encoder.conv_in.weight";
      assertThat(after.tensor(vae).toFloats()).isEqualTo(before.tensor(vae).toFloats());
      String unet = "unet.conv_in.weight";
      assertThat(after.tensor(unet).toFloats()).isNotEqualTo(before.tensor(unet).toFloats());
      String prompts = Configuration.PROMPTS;
      assertThat(after.tensor(prompts).toFloats())
          .isNotEqualTo(before.tensor(prompts).toFloats())
          .hasSameSizeAs(before.tensor(prompts).toFloats());
    }
  }

  @ParameterizedTest
  @CsvSource({"true, 2", "false, 1"})
  void computesLatentsOfMirrorImagesOnlyWhereTheyAreRead(boolean flip, int orientations)
      throws IOException {
    TeacherRecipe recipe =
        TeacherRecipe.fromJson("{\"flip\": %s}".formatted(flip), recipe("\"epochs\": 0"));
    List<Preparation> prepared = new ArrayList<>();
    try (DiffusionPrior prior = open(vaePrior)) {
      new TeacherTrainer(recipe, data(), prior, folder, Device.CPU)
          .train(prepared::add, step -> {});
    }
    int trained = orientations * training.size();
    assertThat(prepared).hasSize(validation.size() + trained);
    assertThat(prepared.get(prepared.size() - 1))
        .isEqualTo(new Preparation("latents are computed", trained, trained));
  }

  @Test
  void saysWhatDoesNotFit() {
    TeacherRecipe deep =
        TeacherRecipe.fromJson("{\"upBlocks\": [3]}", TeacherRecipe.preset("small").orElseThrow());
    assertThatThrownBy(() -> train(deep, pixelPrior, folder, new ArrayList<>()))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("no up block 3");
    assertThatThrownBy(() -> open(Files.createFile(folder.resolve("empty.safetensors"))))
        .hasMessageContaining("empty.safetensors");
  }

  @Test
  void stopsWhenTheLossIsNoNumberAndNamesTheBatch() {
    List<LabelledImage> spoilt = new ArrayList<>(training);
    spoilt.set(40, new LabelledImage("spoilt.png", training.get(40).file(), Double.NaN));
    TrainingData data = new TrainingData(spoilt, validation, Map.of());
    assertThatThrownBy(
            () -> {
              try (DiffusionPrior prior = open(pixelPrior)) {
                new TeacherTrainer(recipe("\"epochs\": 1"), data, prior, folder, Device.CPU)
                    .train(step -> {});
              }
            })
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("spoilt.png");
  }

  private static DiffusionPrior open(Path file) throws IOException {
    return DiffusionPrior.open(file, Optional.empty(), Optional.empty());
  }

  private static Path train(TeacherRecipe recipe, Path file, Path folder, List<Progress> steps)
      throws IOException {
    try (DiffusionPrior prior = open(file)) {
      return new TeacherTrainer(recipe, data(), prior, folder, Device.CPU).train(steps::add);
    }
  }

  private static TrainingData data() {
    return new TrainingData(training, validation, Map.of("licence", "none"));
  }

  private static TeacherRecipe recipe(String schedule) {
    return TeacherRecipe.fromJson(
        """
        {"upBlocks": [0, 1], "mapSize": 16, "width": 32,
         "schedule": {"batch": 8, "warmupEpochs": 0, "learningRate": 0.001, %s}}
        """
            .formatted(schedule),
        TeacherRecipe.preset("small").orElseThrow());
  }
}
