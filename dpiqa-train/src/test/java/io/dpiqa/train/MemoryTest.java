package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.dataset.DescribedImage;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.text.Description;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryTest {
  private static final int MANY = 4096;

  @TempDir Path folder;

  @Test
  void namesTheFirstTwoChangesWithWhichItWouldFit() {
    Map<String, Long> takes =
        Map.of("much", 9_000_000_000L, "less", 7_000_000_000L, "little", 10_000_000L, "none", 0L);
    List<String> changes = List.of("much", "less", "little", "none");
    assertThatThrownBy(() -> Memory.require(20_000_000_000L, 8_000_000_000L, changes, takes::get))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "training takes about 20.0 GB of memory, and 8.0 GB are free; change the recipe:"
                + " less takes 7.0 GB; little takes 0.0 GB");
    assertThatThrownBy(() -> Memory.require(20, 8, List.of("much"), takes::get))
        .hasMessageEndingWith("are free; free some, or take a smaller network or another machine");
    assertThatCode(() -> Memory.require(20, 20, changes, takes::get)).doesNotThrowAnyException();
  }

  @Test
  void refusesAStudentOfTooManyPicturesAtOnce() {
    StudentRecipe recipe =
        StudentRecipe.fromJson(
            "{\"inputSize\": 512, \"cropSize\": 512, \"schedule\": {\"batch\": %d}}"
                .formatted(MANY));
    assertRefused(recipe)
        .hasMessageMatching(
            "training takes about \\d{4}\\.\\d GB of memory, and \\d+\\.\\d GB are free; change the"
                + " recipe: \\{\"schedule\": \\{\"batch\": \\d+}} takes .*");
  }

  @Test
  void proposesPartsOfABatchWhereTheyAddUp() {
    StudentRecipe recipe =
        StudentRecipe.fromJson(
            """
            {"keepStatistics": true, "loss": "SQUARED_ERROR",
             "inputSize": 512, "cropSize": 512, "schedule": {"batch": %d, "parts": 2}}
            """
                .formatted(MANY));
    assertRefused(recipe)
        .hasMessageMatching(".* change the recipe: \\{\"schedule\": \\{\"parts\": \\d+}} takes .*");
  }

  @Test
  void proposesToComputeTwiceBeforeFewerPictures() {
    StudentRecipe recipe = StudentRecipe.COMPACT;
    long needed = StudentLearner.bytes(recipe);
    long enough = StudentLearner.bytes(StudentRecipe.fromJson(Memory.CHECKPOINTS, recipe));
    assertThatThrownBy(
            () ->
                Memory.require(
                    needed,
                    enough,
                    StudentTrainer.savings(recipe),
                    change -> StudentLearner.bytes(StudentRecipe.fromJson(change, recipe))))
        .hasMessageMatching(
            ".* change the recipe: \\{\"schedule\": \\{\"checkpoints\": true}} takes .*; \\{\"sched.*");
  }

  @Test
  void proposesSmallerPicturesWhereFewerWouldNotDo() {
    StudentRecipe recipe =
        StudentRecipe.fromJson(
            """
            {"backbone": "efficientnet-b7", "inputSize": 2048, "cropSize": 2048,
             "schedule": {"batch": 12}}
            """);
    assertRefused(recipe)
        .hasMessageMatching(
            ".* change the recipe: .*\"inputSize\": (\\d+), \"cropSize\": \\1,.*\"batch\": 8.*");
  }

  @Test
  void refusesAPriorOfTooManyPicturesAtOnce() {
    PriorRecipe recipe =
        PriorRecipe.fromJson(
            "{\"inputSize\": 512, \"imageSize\": 512, \"schedule\": {\"batch\": %d}}"
                .formatted(MANY));
    DescribedImage image =
        new DescribedImage("a.png", folder.resolve("a.png"), Description.all().get(0));
    List<DescribedImage> images = Collections.nCopies(MANY, image);
    PriorTrainer trainer =
        new PriorTrainer(recipe, new PriorData(images, images, Map.of()), folder, Device.CPU);
    assertThatThrownBy(() -> trainer.train(step -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageMatching(
            "training takes about \\d{4}\\.\\d GB of memory.* change the recipe: .*\"parts\": 4096,.*");
  }

  private AbstractThrowableAssert<?, ?> assertRefused(StudentRecipe recipe) {
    LabelledImage image = new LabelledImage("a.png", folder.resolve("a.png"), 0.5);
    LabelledImage other = new LabelledImage("b.png", folder.resolve("b.png"), 0.6);
    TrainingData data =
        new TrainingData(Collections.nCopies(MANY, image), List.of(image, other), Map.of());
    StudentTrainer trainer = new StudentTrainer(recipe, data, folder);
    return assertThatThrownBy(() -> trainer.train(step -> {}))
        .isInstanceOf(TrainingException.class);
  }
}
