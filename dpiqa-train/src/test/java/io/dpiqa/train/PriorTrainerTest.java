package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.dataset.DescribedImage;
import io.dpiqa.importer.DiffusionPrior;
import io.dpiqa.network.Configuration;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.text.Description;
import io.dpiqa.weights.Safetensors;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PriorTrainerTest {

  @TempDir static Path pictures;
  private static PriorData data;

  @TempDir Path folder;

  @BeforeAll
  static void drawPictures() throws IOException {
    data =
        PriorData.of(
            new TrainingData(
                NoisyPictures.draw(pictures, "training", 32, 1),
                NoisyPictures.draw(pictures, "validation", 10, 2),
                Map.of("licence", "none")),
            Optional.empty());
  }

  @Test
  void learnsToPredictNoise() throws IOException {
    PriorRecipe recipe = recipe("\"epochs\": 12, \"learningRate\": 0.003, \"warmupEpochs\": 1");
    List<Progress> steps = new ArrayList<>();
    train(recipe, folder, steps);
    List<Epoch> epochs = steps.get(steps.size() - 1).epochs();
    assertThat(steps).hasSize(12 * 4);
    assertThat(epochs.get(0).validation().get("noise_error")).isGreaterThan(0.8);
    assertThat(epochs.get(11).validation().get("noise_error")).isLessThan(0.75);
    assertThat(Files.readAllLines(folder.resolve("log.csv")))
        .hasSize(13)
        .first()
        .asString()
        .startsWith("epoch,loss,learning_rate,noise_error,noise_error_misdescribed,");
  }

  @Test
  void heedsDescriptions() throws IOException {
    Random random = new Random(1);
    List<DescribedImage> training = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      String distortion = i % 2 == 0 ? "noise" : "blur";
      int[] samples = random.ints(64 * 64 * 3, 0, 256).toArray();
      if (i % 2 == 1) {
        Arrays.fill(samples, 115);
      }
      BufferedImage picture = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
      picture.getRaster().setPixels(0, 0, 64, 64, samples);
      Path file = folder.resolve(i + ".png");
      ImageIO.write(picture, "png", file.toFile());
      Description description = new Description("bad", "others", distortion);
      training.add(new DescribedImage(i + ".png", file, description));
    }
    PriorData clear = new PriorData(training, training.subList(0, 8), Map.of());
    PriorRecipe recipe = recipe("\"epochs\": 24, \"learningRate\": 0.002", 1);
    List<Progress> steps = new ArrayList<>();
    new PriorTrainer(recipe, clear, folder.resolve("run"), Device.CPU).train(steps::add);
    Map<String, Double> figures = steps.get(steps.size() - 1).epochs().get(23).validation();
    assertThat(figures.get("noise_error_misdescribed"))
        .isGreaterThan(1.02 * figures.get("noise_error"));
  }

  @Test
  void writesWhatATeacherBeginsWith() throws IOException {
    Path file = train(recipe("\"epochs\": 1"), folder, new ArrayList<>());

    Shapes unet = new Shapes();
    recipe("\"epochs\": 1")
        .prior()
        .unet()
        .noise(unet, "unet", Shape.of(1, 12, 8, 8), new int[] {0}, Shape.of(1, 3, 16));
    TreeSet<String> expected = new TreeSet<>(unet.tensors().keySet());
    expected.add(Configuration.PROMPTS);
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.names()).containsExactlyInAnyOrderElementsOf(expected);
      assertThat(weights.metadata())
          .containsEntry("licence", "none")
          .containsEntry("seed", "1")
          .containsEntry("training images", "32")
          .containsKeys("recipe", "validation");
    }
    try (DiffusionPrior prior = DiffusionPrior.open(file, Optional.empty(), Optional.empty())) {
      assertThat(prior.configuration()).isEqualTo(recipe("\"epochs\": 1").prior());
      assertThat(prior.promptsShape()).isEqualTo(Shape.of(1, 495, 16));
      float[] prompts = prior.prompts();
      // Bad and perfect, of the same scene and distortion, differ, and so do all neighbours.
      for (int row = 1; row < 495; row++) {
        assertThat(row(prompts, row)).isNotEqualTo(row(prompts, row - 1));
      }
      assertThat(row(prompts, 494)).isNotEqualTo(row(prompts, 98));
    }
  }

  private static float[] row(float[] prompts, int row) {
    return Arrays.copyOfRange(prompts, 16 * row, 16 * (row + 1));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"averageDecay\": 0.9",
        "\"parts\": 2, \"checkpoints\": true, \"averageDecay\": 0, \"keep\": \"BEST\""
      })
  void goesOnAfterBeingKilledAsIfNothingHadHappened(String schedule) throws IOException {
    PriorRecipe recipe = recipe("\"epochs\": 2, " + schedule);
    Path expected = train(recipe, folder.resolve("undisturbed"), new ArrayList<>());
    Path killed = folder.resolve("killed");
    for (long at : new long[] {3, 4, 7}) {
      Duration interval = at == 3 ? Duration.ZERO : Duration.ofHours(1);
      PriorTrainer trainer = new PriorTrainer(recipe, data, killed, Device.CPU, interval);
      assertThatThrownBy(() -> trainer.train(progress -> killAt(at, progress)))
          .isInstanceOf(Killed.class);
    }
    List<Progress> rest = new ArrayList<>();
    Path actual = train(recipe, killed, rest);
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
  void partsAndSegmentsChangeNothingButTheMemory() throws IOException {
    Path whole = train(recipe("\"epochs\": 1"), folder.resolve("a"), new ArrayList<>());
    String saving = "\"epochs\": 1, \"parts\": 4, \"checkpoints\": true";
    Path parts = train(recipe(saving), folder.resolve("b"), new ArrayList<>());
    try (Weights one = Weights.open(whole);
        Weights other = Weights.open(parts)) {
      for (String name : List.of("unet.conv_in.weight", Configuration.PROMPTS)) {
        float[] expected = one.tensor(name).toFloats();
        float[] actual = other.tensor(name).toFloats();
        for (int i = 0; i < expected.length; i++) {
          assertThat(actual[i]).isCloseTo(expected[i], within(2e-4f));
        }
      }
    }
  }

  @Test
  void losesLittleInHalfPrecision() throws IOException {
    List<Progress> whole = new ArrayList<>();
    List<Progress> half = new ArrayList<>();
    train(recipe("\"epochs\": 1"), folder.resolve("a"), whole);
    train(recipe("\"epochs\": 1, \"precision\": \"BFLOAT16\""), folder.resolve("b"), half);
    assertThat(half.get(0).loss())
        .isNotEqualTo(whole.get(0).loss())
        .isCloseTo(whole.get(0).loss(), within(0.02));
  }

  @Test
  void stopsWhenTheLossIsNoNumberAndNamesTheBatch() throws IOException {
    PriorRecipe recipe = recipe("\"epochs\": 1");
    PriorTrainer trainer = new PriorTrainer(recipe, data, folder, Device.CPU, Duration.ZERO);
    assertThatThrownBy(() -> trainer.train(progress -> killAt(1, progress)))
        .isInstanceOf(Killed.class);
    Path checkpoint = folder.resolve("checkpoint.safetensors");
    try (Weights weights = Weights.open(checkpoint)) {
      List<Tensor> spoilt =
          weights.tensors().stream()
              .map(
                  tensor -> tensor.name().equals("model.unet.conv_out.bias") ? nan(tensor) : tensor)
              .toList();
      Safetensors.write(checkpoint, spoilt, weights.metadata());
    }
    assertThatThrownBy(() -> trainer.train(progress -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("NaN at step 2")
        .hasMessageMatching(".*\\(batch: (training\\d+\\.png, ){7}training\\d+\\.png\\).*");
  }

  private static Tensor nan(Tensor tensor) {
    float[] values = new float[tensor.elements()];
    Arrays.fill(values, Float.NaN);
    return Tensor.of(tensor.name(), tensor.shape(), values);
  }

  @Test
  void doesNotGoOnWithOtherDescriptions() throws IOException {
    PriorRecipe recipe = recipe("\"epochs\": 1");
    train(recipe, folder, new ArrayList<>());
    DescribedImage first = data.training().get(0);
    Description said = new Description("bad", "night", "blur");
    List<DescribedImage> training = new ArrayList<>(data.training());
    training.set(0, new DescribedImage(first.name(), first.file(), said));
    PriorData described = new PriorData(training, data.validation(), data.provenance());
    PriorTrainer other = new PriorTrainer(recipe, described, folder, Device.CPU);
    assertThatThrownBy(() -> other.train(progress -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("other data");
  }

  @Test
  void needsEnoughPictures() {
    PriorData three = new PriorData(data.training().subList(0, 3), data.validation(), Map.of());
    PriorTrainer trainer = new PriorTrainer(recipe("\"epochs\": 1"), three, folder, Device.CPU);
    assertThatThrownBy(() -> trainer.train(progress -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("3 pictures");
  }

  private static Path train(PriorRecipe recipe, Path folder, List<Progress> steps)
      throws IOException {
    return new PriorTrainer(recipe, data, folder, Device.CPU).train(steps::add);
  }

  private static PriorRecipe recipe(String schedule) {
    return recipe(schedule, 0.25);
  }

  private static PriorRecipe recipe(String schedule, double cleanShare) {
    return PriorRecipe.fromJson(
        """
        {"inputSize": 64, "imageSize": 16, "reduction": 2, "widths": [64, 64], "heads": 2,
         "contextWidth": 16, "cleanShare": %s,
         "schedule": {"batch": 8, "averageDecay": 0.9, "weightDecay": 0, "warmupEpochs": 0,
                      "learningRate": 0.001, %s}}
        """
            .formatted(cleanShare, schedule));
  }
}
