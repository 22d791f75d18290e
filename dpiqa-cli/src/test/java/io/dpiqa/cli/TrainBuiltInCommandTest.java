package io.dpiqa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.dpiqa.QualityModel;
import io.dpiqa.model.ModelCard;
import io.dpiqa.network.Backbone;
import io.dpiqa.network.Student;
import io.dpiqa.train.BuiltInModel;
import io.dpiqa.train.BuiltInModel.Stage;
import io.dpiqa.train.StudentRecipe;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrainBuiltInCommandTest {

  @TempDir private Path folder;

  @Test
  void helpListsWhatItNeeds() {
    assertThat(CommandRun.of("train", "--help").out()).contains("  built-in ");
    assertThat(CommandRun.of("train", "built-in", "--help").out())
        .contains(
            "--root=DIR",
            "--kinds=DIR",
            "--faultless=DIR",
            "--unrated=DIR",
            "--out=DIR",
            "--name=NAME",
            "--licence=TEXT")
        .contains("--device=cpu|cuda");
  }

  @Test
  void saysWhatIsWrongBeforeAnythingIsLearnt() throws IOException {
    assertSays("kinds: there is no such file or folder");
    for (String kind : new String[] {"train", "val", "test"}) {
      Path pictures = Files.createDirectories(folder.resolve("kinds").resolve(kind));
      for (int i = 0; i < 2; i++) {
        BufferedImage picture = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
        ImageIO.write(picture, "png", pictures.resolve(i + ".png").toFile());
      }
    }
    assertSays("--kinds: Tiny ImageNet's folder train has 200 folders, and");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void needsPhotographsWithoutFaults() throws IOException {
    for (int kind = 0; kind < 100; kind++) {
      Path pictures = Files.createDirectories(folder.resolve("kinds").resolve("n" + kind));
      for (int i = 0; i < 2; i++) {
        Files.write(pictures.resolve(i + ".png"), new byte[] {1});
      }
    }
    assertSays("Train (Images and MOS).csv");
    Path root = Files.createDirectory(folder.resolve("BIQ2021"));
    for (String part : new String[] {"Train", "Test"}) {
      Files.writeString(root.resolve(part + " (Images and MOS).csv"), "Image Name,MOS\n");
    }
    Path out = Files.createFile(folder.resolve("out"));
    assertSays("--out: " + out + " is no folder");
    Files.delete(out);
    Path faultless = folder.resolve("faultless");
    assertSays(faultless + ": is no folder");
    Files.createDirectory(faultless);
    assertSays(faultless + ": there is no photograph in this directory");
    Files.writeString(faultless.resolve("broken.jpg"), "no picture");
    assertSays("broken.jpg: ");
    ImageIO.write(
        new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB),
        "png",
        faultless.resolve("sound.png").toFile());
    Files.delete(faultless.resolve("broken.jpg"));
    Path unrated = folder.resolve("unrated");
    assertSays(unrated + ": is no folder");
    Files.createSymbolicLink(unrated, faultless);
    assertSays(unrated + " is not apart from it");
    assertThat(out).doesNotExist();
  }

  private void assertSays(String problem) {
    CommandRun run =
        CommandRun.of(
            "train",
            "built-in",
            "--root",
            folder.resolve("BIQ2021").toString(),
            "--kinds",
            folder.resolve("kinds").toString(),
            "--faultless",
            folder.resolve("faultless").toString(),
            "--unrated",
            folder.resolve("unrated").toString(),
            "--out",
            folder.resolve("out").toString());
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains(problem);
  }

  /**
   * What the first stage without a GPU was made with, as the file of the model in the box tells,
   * but for the size of the pictures that it was validated with.
   */
  private static final String MOTION =
      """
      {"head": "POOLED", "inputSize": 384, "cropSize": 224, "partFrom": 0.45, "partTo": 0.85, "headRate": 1,
       "loss": "SQUARED_ERROR", "scoreWeight": 5,
       "twins": {"weight": 6, "count": 2, "adjacent": true, "size": 512, "margin": 0.02,
                 "margins": {"motion blur": 0.1},
                 "shares": {"contrast": 2, "jpeg compression": 4, "motion blur": 12,
                            "overexposure": 5, "underexposure": 4}},
       "keepStatistics": true, "initialShare": 0.75,
       "schedule": {"batch": 16, "parts": 1, "epochs": 1, "learningRate": 2e-4,
                    "warmupEpochs": 0.05, "averageDecay": 0.99, "checkpoints": false, "seed": 4}}
      """;

  /** What a later stage does not say is as in the one before. */
  @Test
  void stagesGoOnFromOneAnother() {
    List<Stage> stages =
        Stream.of(
                BuiltInModel.RATED,
                BuiltInModel.FAULTLESS,
                BuiltInModel.UNRATED,
                BuiltInModel.SCALED)
            .flatMap(List::stream)
            .toList();
    assertThat(stages)
        .extracting("beginsWith")
        .containsExactly(
            List.of("backbone"),
            List.of("scores"),
            List.of("settling"),
            List.of("faults"),
            List.of("exposure"),
            List.of("whole"),
            List.of("motion", "motion", "settling"),
            List.of("levelled"),
            List.of("order"),
            List.of("held"));
    assertThat(stages)
        .extracting("name")
        .containsExactly(
            "scores",
            "settling",
            "faults",
            "exposure",
            "whole",
            "motion",
            "levelled",
            "order",
            "held",
            "scale");
    assertThat(stages)
        .allSatisfy(
            stage -> {
              assertThat(stage.recipe().backbone()).isEqualTo(BuiltInModel.BACKBONE.backbone());
              assertThat(stage.recipe().twins().count()).isEqualTo(2);
            });
    assertThat(stages.subList(1, 10)).allMatch(stage -> stage.recipe().keepStatistics());
    assertThat(stages.subList(0, 5))
        .allMatch(stage -> stage.recipe().schedule().batch() == 64)
        .allMatch(stage -> stage.recipe().twins().shares().get("motion blur") == 0);
    assertThat(BuiltInModel.FAULTLESS).allMatch(stage -> stage.recipe().twins().adjacent());
    StudentRecipe motion = stages.get(5).recipe();
    assertThat(StudentRecipe.fromJson(MOTION)).isEqualTo(motion);
    assertThat(recipesInTheBox())
        .containsSubsequence(
            stages.get(8).recipe(), stages.get(7).recipe(), stages.get(6).recipe());
    StudentRecipe scale = stages.get(9).recipe();
    assertThat(scale.schedule().epochs()).isZero();
    assertThat(scale.scoreWeight()).isPositive();
    assertThat(scale.initialScoreWeight()).isZero();
    assertThat(scale.initialShare()).isZero();
    assertThat(scale.loss()).isEqualTo(StudentRecipe.Loss.CORRELATION);
    assertThat(scale.head()).isEqualTo(Student.Head.LEVELLED);
  }

  /** What the model in the box was made with by this trainer, the last first. */
  private static List<StudentRecipe> recipesInTheBox() {
    try (QualityModel model = QualityModel.builtIn()) {
      return Stream.of(model.card().provenance().get("recipe before").split("; "))
          .filter(step -> step.contains("{") && !step.startsWith("PyTorch"))
          .map(step -> StudentRecipe.fromJson(step.substring(step.indexOf('{'))))
          .toList();
    }
  }

  /** What is trained again, or further, is to see pictures as the model in the box does. */
  @Test
  void picturesAreSeenAsInTheBox() {
    ModelCard card;
    try (QualityModel model = QualityModel.builtIn()) {
      card = model.card();
    }
    Stage last = BuiltInModel.SCALED.get(0);
    StudentRecipe further = StudentRecipe.preset("fine-tuning").orElseThrow();
    assertThat(List.of(last.recipe(), further))
        .allSatisfy(
            recipe -> {
              Student student = new Student(Backbone.named(recipe.backbone()), recipe.head());
              assertThat(student).hasToString(card.network());
              assertThat(recipe.inputSize()).isEqualTo(card.inputSize());
            });
  }
}
