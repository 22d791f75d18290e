package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.importer.DiffusionPrior;
import io.dpiqa.network.Configuration;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of training where one thing in the recipe is changed. */
class RecipeChangesTest {

  @TempDir static Path pictures;
  private static TrainingData data;
  private static Path prior;

  @TempDir Path folder;

  @BeforeAll
  static void makePicturesAndPrior() throws IOException {
    data =
        new TrainingData(
            NoisyPictures.drawDark(pictures, "training", 4, 1),
            NoisyPictures.drawDark(pictures, "validation", 2, 2),
            Map.of());
    prior = TinyPrior.ofPixels(pictures.resolve("prior.safetensors"));
  }

  private enum Network {
    TEACHER {
      @Override
      Path train(String change, Path run, List<Progress> steps) throws IOException {
        TeacherRecipe tiny =
            TeacherRecipe.fromJson(
                """
                {"upBlocks": [0, 1], "mapSize": 16, "width": 32, "flip": false, "schedule": %s}
                """
                    .formatted(SCHEDULE),
                TeacherRecipe.preset("small").orElseThrow());
        TeacherRecipe recipe = TeacherRecipe.fromJson(change, tiny);
        try (DiffusionPrior opened =
            DiffusionPrior.open(prior, Optional.empty(), Optional.empty())) {
          return new TeacherTrainer(recipe, data, opened, run, Device.CPU).train(steps::add);
        }
      }
    },
    STUDENT {
      @Override
      Path train(String change, Path run, List<Progress> steps) throws IOException {
        StudentRecipe tiny =
            StudentRecipe.fromJson(
                """
                {"backbone": "resnet18-16", "inputSize": 64, "cropSize": 64, "ridge": 0,
                 "headRate": 1, "loss": "SQUARED_ERROR", "flip": false, "schedule": %s}
                """
                    .formatted(SCHEDULE));
        StudentRecipe recipe = StudentRecipe.fromJson(change, tiny);
        return new StudentTrainer(recipe, data, run).train(steps::add);
      }
    };

    /** All pictures at once, so that each step's loss is comparable with the last one's. */
    private static final String SCHEDULE =
        """
        {"batch": 4, "epochs": 3, "warmupEpochs": 0, "learningRate": 1e-4, "averageDecay": 0}
        """;

    abstract Path train(String change, Path run, List<Progress> steps) throws IOException;

    /** The losses of the steps that led to a file of weights. */
    List<Double> losses(String change, Path run) throws IOException {
      List<Progress> steps = new ArrayList<>();
      assertThat(train(change, run, steps)).isNotEmptyFile();
      return steps.stream().map(Progress::loss).toList();
    }
  }

  @ParameterizedTest
  @EnumSource
  void bfloat16LearnsNearlyTheSame(Network network) throws IOException {
    List<Double> exact = network.losses("{}", folder.resolve("exact"));
    List<Double> rough =
        network.losses("{\"schedule\": {\"precision\": \"BFLOAT16\"}}", folder.resolve("rough"));
    assertThat(rough.get(0))
        .isNotEqualTo(exact.get(0))
        .isCloseTo(exact.get(0), withinPercentage(2));
    assertThat(rough.get(2)).isLessThan(rough.get(0));
  }

  @ParameterizedTest
  @EnumSource
  void rankingIsAddedToTheLossAndLearnt(Network network) throws IOException {
    double without = network.losses("{}", folder.resolve("0")).get(0);
    double once = network.losses("{\"rankingWeight\": 1}", folder.resolve("1")).get(0);
    List<Double> often = network.losses("{\"rankingWeight\": 10}", folder.resolve("10"));
    assertThat(once).isGreaterThan(without);
    assertThat(often.get(0)).isCloseTo(without + 10 * (once - without), within(1e-4));
    assertThat(often.get(2)).isLessThan(often.get(0));
  }

  @Test
  void promptsThatAreNotLearntStayThePriors() throws IOException {
    Path file = Network.TEACHER.train("{\"learnsPrompts\": false}", folder, new ArrayList<>());
    try (Weights before = Weights.open(prior);
        Weights after = Weights.open(file)) {
      String prompts = Configuration.PROMPTS;
      assertThat(after.tensor(prompts).toFloats()).isEqualTo(before.tensor(prompts).toFloats());
      String unet = "unet.conv_in.weight";
      assertThat(after.tensor(unet).toFloats()).isNotEqualTo(before.tensor(unet).toFloats());
    }
  }
}
