package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.dataset.ClassifiedImage;
import io.dpiqa.network.Backbone;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.weights.Safetensors;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackboneTrainerTest {

  @TempDir static Path pictures;
  private static BackboneData data;

  @TempDir Path folder;

  @BeforeAll
  static void drawPictures() throws IOException {
    data =
        new BackboneData(
            StripedPictures.KINDS,
            StripedPictures.draw(pictures, "training", 192, 1),
            StripedPictures.draw(pictures, "validation", 45, 2),
            Map.of("data", "stripes", "licence", "none"));
  }

  @Test
  void learnsToTellKindsApart() throws IOException {
    List<Progress> steps = new ArrayList<>();
    Path file = train(recipe("\"epochs\": 4, \"warmupEpochs\": 1"), folder, steps);

    List<Epoch> epochs = steps.get(steps.size() - 1).epochs();
    assertThat(steps).hasSize(4 * 12);
    // A third would be right by chance.
    assertThat(epochs.get(3).validation().get("top1_accuracy")).isGreaterThan(0.8);
    // With smoothed labels it cannot be less than 0.29.
    assertThat(epochs.get(3).loss()).isLessThan(0.6 * epochs.get(0).loss());
    assertThat(Files.readAllLines(folder.resolve("log.csv")))
        .hasSize(5)
        .first()
        .asString()
        .startsWith("epoch,loss,learning_rate,top1_accuracy,seconds,");
    assertThat(folder.resolve("curves.png")).isRegularFile();

    Shapes features = new Shapes();
    Backbone.named("resnet18-16").features(features, "features", Shape.of(1, 3, 32, 32));
    List<String> names = new ArrayList<>(features.tensors().keySet());
    names.addAll(List.of("classifier.1.weight", "classifier.1.bias"));
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.names()).containsExactlyInAnyOrderElementsOf(names);
      assertThat(weights.tensor("classifier.1.weight").shape()).containsExactly(3, 128);
      assertThat(weights.tensor("features.bn1.num_batches_tracked").toFloats()).containsExactly(48);
      assertThat(weights.metadata())
          .containsEntry("kinds", "3")
          .containsEntry("network", "resnet18-16 for 3 kinds")
          .containsEntry("licence", "none")
          .containsEntry("seed", "1")
          .containsEntry("training images", "192")
          .containsKey("recipe");
      assertThat(weights.metadata().get("validation")).startsWith("45 images, TOP1_ACCURACY ");
    }
  }

  @Test
  void learnsTheSameFromSegmentsThatAreComputedAgain() throws IOException {
    BackboneRecipe plain = recipe("\"epochs\": 1, \"learningRate\": 1e-6");
    BackboneRecipe saving =
        BackboneRecipe.fromJson("{\"schedule\": {\"checkpoints\": true}}", plain);
    List<Progress> kept = new ArrayList<>();
    List<Progress> again = new ArrayList<>();
    train(plain, folder.resolve("kept"), kept);
    Path file = train(saving, folder.resolve("again"), again);

    assertThat(again).hasSize(12).hasSameSizeAs(kept);
    assertThat(again.get(0).loss()).isEqualTo(kept.get(0).loss());
    for (int step = 1; step < 12; step++) {
      assertThat(again.get(step).loss()).isCloseTo(kept.get(step).loss(), withinPercentage(0.1));
    }
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.tensor("features.bn1.num_batches_tracked").toFloats()).containsExactly(12);
    }
    assertThat(BackboneTrainer.bytes(saving, 3)).isLessThan(BackboneTrainer.bytes(plain, 3));
  }

  @ParameterizedTest
  @ValueSource(strings = {"efficientnet-b0", "resnet18-16"})
  void studentBeginsWithAllOfIt(String backbone) throws IOException {
    BackboneRecipe untrained =
        BackboneRecipe.fromJson(
            "{\"backbone\": \"%s\"}".formatted(backbone), recipe("\"epochs\": 0"));
    Path file = train(untrained, folder.resolve("backbone"), new ArrayList<>());
    StudentRecipe recipe =
        StudentRecipe.fromJson(
            """
            {"backbone": "%s", "inputSize": 32, "cropSize": 32, "loss": "SQUARED_ERROR",
             "keepStatistics": true,
             "schedule": {"batch": 8, "epochs": 0, "warmupEpochs": 0}}
            """
                .formatted(backbone));
    InitialWeights initial = InitialWeights.of(file.toString(), recipe);
    TrainingData rated =
        new TrainingData(
            NoisyPictures.draw(folder, "training", 8, 1),
            NoisyPictures.draw(folder, "validation", 8, 2),
            Map.of());
    Path student =
        new StudentTrainer(recipe, rated, folder.resolve("student"))
            .withInitialWeights(initial)
            .train(progress -> {});

    try (Weights begun = Weights.open(file);
        Weights weights = Weights.open(student)) {
      int all = weights.names().size();
      // All but the weight and the bias of the student's head.
      assertThat(initial)
          .hasToString("%d of %d tensors of backbone.safetensors".formatted(all - 2, all));
      List<String> features =
          begun.names().stream().filter(name -> name.startsWith("features.")).toList();
      assertThat(features).hasSize(all - 2);
      for (String name : features) {
        assertThat(weights.tensor("base_model." + name).toFloats())
            .isEqualTo(begun.tensor(name).toFloats());
      }
    }
  }

  @Test
  void studentsHeadIsFittedToWhatItSees() throws IOException {
    BackboneTrainer backbone =
        new BackboneTrainer(recipe("\"epochs\": 0"), data, folder.resolve("run"), Device.CPU);
    Path file = backbone.train(progress -> {});
    StudentRecipe recipe =
        StudentRecipe.fromJson(
            """
            {"backbone": "resnet18-16", "inputSize": 64, "cropSize": 64, "ridge": 10,
             "schedule": {"batch": 8, "epochs": 0, "warmupEpochs": 0}}
            """);
    TrainingData rated =
        new TrainingData(
            NoisyPictures.draw(folder, "training", 96, 1),
            NoisyPictures.draw(folder, "validation", 32, 2),
            Map.of("data", "drawn noise"));
    Path student =
        new StudentTrainer(recipe, rated, folder.resolve("student"))
            .withInitialWeights(InitialWeights.of(file.toString(), recipe))
            .train(progress -> {});
    try (Weights weights = Weights.open(student)) {
      String srcc = weights.metadata().get("validation").replaceFirst(".*SRCC ([0-9.]+).*", "$1");
      assertThat(Double.parseDouble(srcc)).isGreaterThan(0.8);
      assertThat(weights.metadata())
          .containsEntry("data", "drawn noise")
          .containsEntry("data before", "stripes");
    }
  }

  /** Of the whole pictures, as they are learnt from in parts. */
  @Test
  void statisticsAreThoseOfWholePictures() throws IOException {
    String parts = "{\"partFrom\": %s, \"partTo\": 1}";
    BackboneRecipe untrained = recipe("\"epochs\": 0");
    Path whole =
        train(
            BackboneRecipe.fromJson(parts.formatted("1"), untrained),
            folder.resolve("whole"),
            new ArrayList<>());
    Path some =
        train(
            BackboneRecipe.fromJson(parts.formatted("0.1"), untrained),
            folder.resolve("parts"),
            new ArrayList<>());
    try (Weights one = Weights.open(whole);
        Weights other = Weights.open(some)) {
      float[] means = one.tensor("features.bn1.running_mean").toFloats();
      assertThat(means)
          .doesNotContain(0)
          .isEqualTo(other.tensor("features.bn1.running_mean").toFloats());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"averageDecay\": 0.9", "\"averageDecay\": 0, \"keep\": \"BEST\""})
  void goesOnAfterBeingKilledAsIfNothingHadHappened(String schedule) throws IOException {
    BackboneRecipe recipe = recipe("\"epochs\": 2, " + schedule);
    BackboneData few =
        new BackboneData(
            StripedPictures.KINDS,
            data.training().subList(0, 64),
            data.validation(),
            data.provenance());
    Path expected =
        new BackboneTrainer(recipe, few, folder.resolve("undisturbed"), Device.CPU)
            .train(progress -> {});
    Path killed = folder.resolve("killed");
    for (long at : new long[] {3, 4, 7}) {
      Duration interval = at == 3 ? Duration.ZERO : Duration.ofHours(1);
      BackboneTrainer trainer = new BackboneTrainer(recipe, few, killed, Device.CPU, interval);
      assertThatThrownBy(() -> trainer.train(progress -> killAt(at, progress)))
          .isInstanceOf(Killed.class);
    }
    List<Progress> rest = new ArrayList<>();
    Path actual = new BackboneTrainer(recipe, few, killed, Device.CPU).train(rest::add);
    assertThat(rest.get(0).step()).isEqualTo(5);
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
  void stopsWhenTheLossIsNoNumberAndNamesTheBatch() throws IOException {
    BackboneTrainer trainer =
        new BackboneTrainer(recipe("\"epochs\": 1"), data, folder, Device.CPU, Duration.ZERO);
    assertThatThrownBy(() -> trainer.train(progress -> killAt(1, progress)))
        .isInstanceOf(Killed.class);
    Path checkpoint = folder.resolve("checkpoint.safetensors");
    try (Weights weights = Weights.open(checkpoint)) {
      List<Tensor> spoilt =
          weights.tensors().stream()
              .map(tensor -> tensor.name().equals("model.classifier.1.bias") ? nan(tensor) : tensor)
              .toList();
      Safetensors.write(checkpoint, spoilt, weights.metadata());
    }
    assertThatThrownBy(() -> trainer.train(progress -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("NaN at step 2")
        .hasMessageMatching(".*\\(batch: (training\\d+\\.png, ){15}training\\d+\\.png\\).*");
  }

  private static Tensor nan(Tensor tensor) {
    float[] values = new float[tensor.elements()];
    Arrays.fill(values, Float.NaN);
    return Tensor.of(tensor.name(), tensor.shape(), values);
  }

  @Test
  void doesNotGoOnWithAnotherKindOfAPicture() throws IOException {
    BackboneRecipe recipe = recipe("\"epochs\": 1");
    train(recipe, folder, new ArrayList<>());
    ClassifiedImage first = data.training().get(0);
    List<ClassifiedImage> training = new ArrayList<>(data.training());
    training.set(0, new ClassifiedImage(first.name(), first.file(), 2));
    BackboneData other =
        new BackboneData(StripedPictures.KINDS, training, data.validation(), data.provenance());
    BackboneTrainer trainer = new BackboneTrainer(recipe, other, folder, Device.CPU);
    assertThatThrownBy(() -> trainer.train(progress -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("other data");
  }

  @Test
  void needsEnoughPictures() {
    BackboneData three =
        new BackboneData(
            StripedPictures.KINDS, data.training().subList(0, 3), data.validation(), Map.of());
    BackboneTrainer trainer =
        new BackboneTrainer(recipe("\"epochs\": 1"), three, folder, Device.CPU);
    assertThatThrownBy(() -> trainer.train(progress -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("3 pictures");
  }

  @Test
  void refusesTooManyPicturesAtOnce() {
    BackboneRecipe recipe =
        BackboneRecipe.fromJson("{\"cropSize\": 256, \"schedule\": {\"batch\": 4096}}");
    List<ClassifiedImage> images = Collections.nCopies(4096, data.training().get(0));
    BackboneTrainer trainer =
        new BackboneTrainer(
            recipe, new BackboneData(2, images, images, Map.of()), folder, Device.CPU);
    assertThatThrownBy(() -> trainer.train(progress -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageMatching(
            "training takes about \\d{3,}\\.\\d GB of memory, and \\d+\\.\\d GB are free; change the"
                + " recipe: \\{\"schedule\": \\{\"batch\": \\d+}} takes .*");
  }

  private static Path train(BackboneRecipe recipe, Path folder, List<Progress> steps)
      throws IOException {
    return new BackboneTrainer(recipe, data, folder, Device.CPU).train(steps::add);
  }

  private static BackboneRecipe recipe(String schedule) {
    return BackboneRecipe.fromJson(
        """
        {"backbone": "resnet18-16", "inputSize": 32, "cropSize": 48,
         "schedule": {"batch": 16, "averageDecay": 0.9, "warmupEpochs": 0, %s}}
        """
            .formatted(schedule));
  }
}
