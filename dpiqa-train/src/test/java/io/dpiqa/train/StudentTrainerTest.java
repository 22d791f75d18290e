package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.dpiqa.ImageException;
import io.dpiqa.QualityModel;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.degradation.Degradation;
import io.dpiqa.evaluation.Agreement;
import io.dpiqa.golden.Golden;
import io.dpiqa.image.ImageDecoder;
import io.dpiqa.image.RgbImage;
import io.dpiqa.importer.ImportOptions;
import io.dpiqa.importer.ModelImporter;
import io.dpiqa.model.ModelFile;
import io.dpiqa.model.ModelStore;
import io.dpiqa.network.EfficientNet;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StudentTrainerTest {

  @TempDir static Path pictures;
  private static List<LabelledImage> training;
  private static List<LabelledImage> validation;

  @TempDir Path folder;

  @BeforeAll
  static void drawPictures() throws IOException {
    training = NoisyPictures.draw(pictures, "training", 96, 1);
    validation = NoisyPictures.draw(pictures, "validation", 32, 2);
  }

  @ParameterizedTest
  @EnumSource
  void learnsToSeeNoise(StudentRecipe.Loss loss) throws IOException {
    List<Progress> steps = new ArrayList<>();
    Path file = new StudentTrainer(recipe(8, 64, loss), data(), folder).train(steps::add);

    List<Epoch> epochs = steps.get(steps.size() - 1).epochs();
    assertThat(epochs).hasSize(8);
    assertThat(epochs.get(7).loss()).isLessThan(epochs.get(0).loss() / 2);
    assertThat(epochs.get(7).validation().get("srcc")).isGreaterThan(0.8);
    // Less than that of a model that always says the mean.
    assertThat(epochs.get(7).validation().get("rmse")).isLessThan(0.2);
    assertThat(steps).hasSize(8 * 12);
    assertThat(Files.readAllLines(folder.resolve("log.csv"))).hasSize(9);

    Shapes shapes = new Shapes();
    Student.compact(new EfficientNet(0)).score(shapes, Shape.of(1, 3, 64, 64));
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.names()).containsExactlyInAnyOrderElementsOf(shapes.tensors().keySet());
      assertThat(weights.tensor("base_model.features.0.1.num_batches_tracked").toFloats())
          .containsExactly(96);
      assertThat(weights.metadata())
          .containsEntry("input_size", "64")
          .containsEntry("licence", "none")
          .containsEntry("seed", "1");
    }
  }

  @Test
  void aFolderIsForOneRunAtATime() throws IOException {
    StudentTrainer trainer = new StudentTrainer(recipe(1), data(), folder.resolve("run"));
    List<String> refusals = new ArrayList<>();
    Path file =
        trainer.train(
            step -> {
              if (refusals.isEmpty()) {
                assertThatThrownBy(() -> trainer.train(other -> {}))
                    .isInstanceOf(TrainingException.class)
                    .satisfies(refusal -> refusals.add(refusal.getMessage()));
              }
            });
    assertThat(refusals).hasSize(1).first().asString().contains("a run is training there already");
    assertThat(file).exists();
    assertThat(trainer.train(step -> {})).isEqualTo(file);
  }

  @Test
  void fitsTheHeadToAnUntrainedBackbone() throws IOException {
    StudentRecipe recipe =
        StudentRecipe.fromJson(
            """
            {"inputSize": 64, "cropSize": 64, "ridge": 10,
             "schedule": {"batch": 8, "epochs": 0, "warmupEpochs": 0}}
            """);
    Path file = new StudentTrainer(recipe, data(), folder.resolve("a")).train(step -> {});
    Path again = new StudentTrainer(recipe, data(), folder.resolve("b")).train(step -> {});

    assertThat(again).hasSameBinaryContentAs(file);
    try (Weights weights = Weights.open(file)) {
      assertThat(figure("SRCC", weights)).isGreaterThan(0.8);
    }
  }

  @Test
  void scoresTheSameInOnnxRuntime() throws IOException, ImageException {
    Path file = new StudentTrainer(recipe(1), data(), folder.resolve("run")).train(progress -> {});
    ModelFile model =
        new ModelImporter(ModelStore.in(folder)).add(file, ImportOptions.named("student"));
    Agreement agreement = OnnxAgreement.of(model.path(), validation);
    try (Weights weights = Weights.open(file)) {
      assertThat(agreement.plcc()).isCloseTo(figure("PLCC", weights), within(1e-3));
      assertThat(agreement.rmse()).isCloseTo(figure("RMSE", weights), within(1e-3));
    }
  }

  /**
   * Nothing but the order of twins is learnt; pictures and twins are of sizes that do not divide.
   */
  @Test
  void learnsTheOrderOfTwoTwinsFromParts() throws IOException, ImageException {
    StudentRecipe recipe =
        StudentRecipe.fromJson(
            """
            {"backbone": "resnet18-16", "inputSize": 64, "cropSize": 48, "partFrom": 0.6, "partTo": 0.9,
             "loss": "SQUARED_ERROR", "scoreWeight": 0.001,
             "twins": {"weight": 1, "count": 2, "size": 90}, "ridge": 0, "headRate": 1,
             "schedule": {"batch": 16, "epochs": 8, "learningRate": 3e-3, "averageDecay": 0.9}}
            """);
    Path file = new StudentTrainer(recipe, data(), folder.resolve("run")).train(progress -> {});
    Path model =
        new ModelImporter(ModelStore.in(folder)).add(file, ImportOptions.named("student")).path();
    int inOrder = 0;
    try (QualityModel quality = QualityModel.load(model)) {
      for (LabelledImage image : validation) {
        RgbImage picture = new ImageDecoder().decode(image.file());
        double last = quality.score(picture).raw();
        for (int level = 1; level <= Degradation.LEVELS; level++) {
          double score = quality.score(Degradation.CONTRAST.degrade(picture, level, 1)).raw();
          inOrder += score < last ? 1 : 0;
          last = score;
        }
      }
    }
    assertThat(inOrder).isGreaterThan(validation.size() * Degradation.LEVELS * 85 / 100);
  }

  /** The published head drops nothing at random, so nothing but rounding differs. */
  @Test
  void learnsTheSameFromABatchInParts() throws IOException {
    String json =
        """
        {"backbone": "resnet18-16", "head": "FEATURE_MAP", "inputSize": 64, "cropSize": 48,
         "keepStatistics": true, "loss": "SQUARED_ERROR", "ridge": 0,
         "twins": {"weight": 1, "count": 2},
         "schedule": {"batch": 16, "parts": %d, "epochs": 1, "learningRate": 1e-4}}
        """;
    List<Path> files = new ArrayList<>();
    List<List<Double>> losses = new ArrayList<>();
    for (int parts : new int[] {1, 4}) {
      StudentRecipe recipe = StudentRecipe.fromJson(json.formatted(parts));
      Path run = folder.resolve("run" + parts);
      List<Double> theirs = new ArrayList<>();
      files.add(new StudentTrainer(recipe, data(), run).train(step -> theirs.add(step.loss())));
      losses.add(theirs);
    }
    assertThat(losses.get(1)).hasSameSizeAs(losses.get(0));
    for (int step = 0; step < losses.get(0).size(); step++) {
      assertThat(losses.get(1).get(step)).isCloseTo(losses.get(0).get(step), withinPercentage(0.1));
    }
    try (Weights whole = Weights.open(files.get(0));
        Weights inParts = Weights.open(files.get(1))) {
      assertThat(figure("RMSE", inParts)).isCloseTo(figure("RMSE", whole), within(1e-3));
      for (String layer : List.of("conv_transpose.bias", "fc1.bias", "fc3.bias")) {
        assertThat(inParts.tensor(layer).toFloats())
            .containsExactly(whole.tensor(layer).toFloats(), within(1e-5f));
      }
    }
  }

  /**
   * And BatchNorm's statistics are counted once. Adam makes much of small differences, so the steps
   * hardly change anything.
   */
  @Test
  void learnsTheSameFromSegmentsThatAreComputedAgain() throws IOException {
    String json =
        """
        {"inputSize": 64, "cropSize": 64, "loss": "SQUARED_ERROR", "ridge": 0,
         "schedule": {"batch": 16, "epochs": 1, "learningRate": 1e-6, "averageDecay": 0,
                      "checkpoints": %b}}
        """;
    List<Path> files = new ArrayList<>();
    List<List<Double>> losses = new ArrayList<>();
    List<Long> bytes = new ArrayList<>();
    for (boolean checkpoints : new boolean[] {false, true}) {
      StudentRecipe recipe = StudentRecipe.fromJson(json.formatted(checkpoints));
      Path run = folder.resolve("run" + checkpoints);
      List<Double> theirs = new ArrayList<>();
      files.add(new StudentTrainer(recipe, data(), run).train(step -> theirs.add(step.loss())));
      losses.add(theirs);
      bytes.add(
          StudentLearner.bytes(StudentRecipe.fromJson("{\"schedule\": {\"batch\": 256}}", recipe)));
    }
    assertThat(losses.get(1)).hasSize(6).first().isEqualTo(losses.get(0).get(0));
    for (int step = 1; step < 6; step++) {
      assertThat(losses.get(1).get(step)).isCloseTo(losses.get(0).get(step), withinPercentage(0.1));
    }
    try (Weights kept = Weights.open(files.get(0));
        Weights again = Weights.open(files.get(1))) {
      for (String norm : List.of("0.1.", "3.0.block.1.1.")) {
        String name = "base_model.features." + norm;
        assertThat(again.tensor(name + "num_batches_tracked").toFloats()).containsExactly(6);
        for (String statistic : List.of("running_mean", "running_var")) {
          float[] expected = kept.tensor(name + statistic).toFloats();
          assertThat(Golden.relativeError(again.tensor(name + statistic).toFloats(), expected))
              .isLessThan(1e-5);
        }
      }
    }
    assertThat(bytes.get(1)).isLessThan(bytes.get(0) * 2 / 3);
  }

  /** What the file says about its validation. */
  private static double figure(String name, Weights weights) {
    String validation = weights.metadata().get("validation");
    return Double.parseDouble(validation.replaceFirst(".*" + name + " (-?[0-9.]+).*", "$1"));
  }

  @Test
  void goesOnAfterBeingKilledAsIfNothingHadHappened() throws IOException {
    StudentRecipe recipe = recipe(2);
    Path undisturbed = folder.resolve("undisturbed");
    Path killed = folder.resolve("killed");
    Path expected = new StudentTrainer(recipe, data(), undisturbed).train(progress -> {});

    // At the end of a step within an epoch, at one that ends an epoch, and where the last
    // checkpoint lies several steps back.
    for (long at : new long[] {5, 12, 17}) {
      Duration interval = at == 5 ? Duration.ZERO : Duration.ofHours(1);
      StudentTrainer trainer = new StudentTrainer(recipe, data(), killed, interval);
      assertThatThrownBy(() -> trainer.train(progress -> killAt(at, progress)))
          .isInstanceOf(Killed.class);
    }
    List<Long> steps = new ArrayList<>();
    Path actual =
        new StudentTrainer(recipe, data(), killed).train(progress -> steps.add(progress.step()));
    assertThat(steps).startsWith(13L).endsWith(24L).hasSize(12);
    assertThat(actual).hasSameBinaryContentAs(expected);
  }

  private static void killAt(long step, Progress progress) {
    if (progress.step() == step) {
      throw new Killed();
    }
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  @Test
  void doesNotGoOnWithAnotherRecipeOrOtherPictures() throws IOException {
    new StudentTrainer(recipe(1), data(), folder).train(progress -> {});
    StudentTrainer other = new StudentTrainer(recipe(2), data(), folder);
    assertThatThrownBy(() -> other.train(progress -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("another recipe");
    TrainingData fewer = new TrainingData(training.subList(1, 90), validation, Map.of());
    StudentTrainer less = new StudentTrainer(recipe(1), fewer, folder);
    assertThatThrownBy(() -> less.train(progress -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("other data");
  }

  @Test
  void knowsWhetherItIsDone() throws IOException {
    StudentTrainer trainer = new StudentTrainer(recipe(2), data(), folder);
    assertThat(trainer.isDone()).isFalse();
    assertThatThrownBy(() -> trainer.train(progress -> killAt(12, progress)))
        .isInstanceOf(Killed.class);
    assertThat(trainer.isDone()).isFalse();
    Path weights = trainer.train(progress -> {});
    assertThat(trainer.isDone()).isTrue();
    StudentTrainer other = new StudentTrainer(recipe(1), data(), folder);
    assertThatThrownBy(other::isDone)
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("another recipe");
    Files.delete(weights);
    assertThat(trainer.isDone()).isFalse();
    StudentTrainer none = new StudentTrainer(recipe(0), data(), folder.resolve("none"));
    assertThat(none.isDone()).isFalse();
    none.train(progress -> {});
    assertThat(none.isDone()).isTrue();
  }

  @Test
  void refusesAnotherRunBeforeItDecodesAnything() throws IOException {
    new StudentTrainer(recipe(1), data(), folder).train(progress -> {});
    Path cache = folder.resolve("cache");
    StudentTrainer other = new StudentTrainer(recipe(2), data(), folder).withCache(cache);
    assertThatThrownBy(() -> other.train(progress -> {})).isInstanceOf(TrainingException.class);
    assertThat(cache).isEmptyDirectory();
  }

  @Test
  void saysThatTheBestWeightsOfAFinishedRunAreGone() throws IOException {
    StudentRecipe best = StudentRecipe.fromJson("{\"schedule\": {\"keep\": \"BEST\"}}", recipe(1));
    StudentTrainer trainer = new StudentTrainer(best, data(), folder);
    Files.delete(trainer.train(progress -> {}));
    assertThatThrownBy(() -> trainer.train(progress -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("student.safetensors: the best epoch's weights are gone");
  }

  @Test
  void stopsWhenTheLossIsNoNumberAndNamesTheBatch() {
    List<LabelledImage> spoilt = new ArrayList<>(training);
    spoilt.set(40, new LabelledImage("spoilt.png", training.get(40).file(), Double.NaN));
    TrainingData data = new TrainingData(spoilt, validation, Map.of());
    StudentTrainer trainer = new StudentTrainer(recipe(1), data, folder);
    assertThatThrownBy(() -> trainer.train(progress -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("NaN")
        .hasMessageContaining("spoilt.png");
  }

  @Test
  void namesThePictureThatCannotBeDecoded() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty.png"));
    List<LabelledImage> spoilt = new ArrayList<>(training);
    spoilt.set(40, new LabelledImage("empty.png", empty, 0.5));
    TrainingData data = new TrainingData(spoilt, validation, Map.of());
    StudentTrainer trainer = new StudentTrainer(recipe(1), data, folder.resolve("out"));
    assertThatThrownBy(() -> trainer.train(progress -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("empty.png");
    assertThat(folder.resolve("out")).isDirectoryContaining("glob:**.bin"); // the validation part
    assertThat(folder.resolve("out")).isDirectoryNotContaining("glob:**.partial");
  }

  @Test
  void needsEnoughPictures() {
    TrainingData few = new TrainingData(training.subList(0, 3), validation, Map.of());
    assertThatThrownBy(() -> new StudentTrainer(recipe(1), few, folder).train(progress -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("3 pictures to train with are too few for batches of 8");
    TrainingData one = new TrainingData(training, validation.subList(0, 1), Map.of());
    assertThatThrownBy(() -> new StudentTrainer(recipe(1), one, folder).train(progress -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("at least two pictures to validate with, and there are 1");
  }

  @Test
  void needsScoresThatCanBeRanked() {
    List<LabelledImage> alike =
        validation.stream()
            .map(image -> new LabelledImage(image.name(), image.file(), 0.5))
            .toList();
    TrainingData data = new TrainingData(training, alike, Map.of());
    assertThatThrownBy(() -> new StudentTrainer(recipe(1), data, folder).train(progress -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("all 32 pictures to validate with are the same");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void saysThatItsCheckpointIsDamaged() throws IOException {
    StudentTrainer trainer = new StudentTrainer(recipe(1), data(), folder);
    trainer.train(progress -> {});
    Path checkpoint = folder.resolve("checkpoint.safetensors");
    byte[] whole = Files.readAllBytes(checkpoint);
    Files.write(checkpoint, Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> trainer.train(progress -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            checkpoint
                + ": is damaged, so that the run cannot go on; begin again in another folder");
  }

  private static TrainingData data() {
    return new TrainingData(training, validation, Map.of("licence", "none"));
  }

  private static StudentRecipe recipe(int epochs) {
    return recipe(epochs, 48, StudentRecipe.Loss.CORRELATION);
  }

  private static StudentRecipe recipe(int epochs, int cropSize, StudentRecipe.Loss loss) {
    return StudentRecipe.fromJson(
        """
        {"inputSize": 64, "cropSize": %d, "ridge": 0, "headRate": 1, "loss": "%s",
         "schedule": {"batch": 8, "epochs": %d, "warmupEpochs": 1, "averageDecay": 0.9}}
        """
            .formatted(cropSize, loss, epochs));
  }
}
