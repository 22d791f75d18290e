package io.dpiqa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.dpiqa.weights.Weights;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrainCommandTest {

  @TempDir private Path folder;

  @Test
  void trainsAndWhenStartedAgainHasNothingLeftToDo() throws IOException {
    makeDataset(30);
    Path recipe =
        recipe(
            "{\"inputSize\": 32, \"cropSize\": 32, \"schedule\": {\"batch\": 8, \"epochs\": 2}}");

    CommandRun first = train("--recipe", recipe.toString(), "--licence", "CC0-1.0");
    assertThat(first.err()).contains("epoch 1: loss ").contains("epoch 2: loss ");
    assertThat(first.status()).isZero();
    assertThat(Path.of(first.out().strip())).isRegularFile().hasFileName("student.safetensors");
    assertThat(Files.readAllLines(folder.resolve("split.csv")))
        .hasSize(32)
        .filteredOn(line -> line.endsWith(",validation"))
        .hasSize(3);

    CommandRun second = train("--recipe", recipe.toString(), "--licence", "CC0-1.0");
    assertThat(second.status()).isZero();
    assertThat(second.err()).isEmpty();
    assertThat(second.out()).isEqualTo(first.out());
  }

  @Test
  void learnsFromATeacherAndBeginsWithWeights() throws IOException {
    makeDataset(30);
    String json =
        """
        {"inputSize": 32, "cropSize": 32, "teacherScoreWeight": 1,
         "schedule": {"batch": 8, "epochs": 0}}
        """;
    Path teacher = BrightnessModel.write(folder.resolve("teacher.onnx"));
    CommandRun first =
        train(
            "--recipe",
            recipe(json).toString(),
            "--teacher",
            teacher.toString(),
            "--teacher-low-memory");
    assertThat(first.err()).isEmpty();
    assertThat(first.status()).isZero();
    Path student = Path.of(first.out().strip());
    try (Weights weights = Weights.open(student)) {
      assertThat(weights.metadata().get("teacher")).startsWith("brightness@");
    }

    Path renamed = Files.move(student, folder.resolve("earlier.safetensors"));
    CommandRun second =
        train(
            "--recipe",
            recipe(json).toString(),
            "--teacher",
            teacher.toString(),
            "--init",
            renamed.toString(),
            "--out",
            folder.resolve("second").toString());
    assertThat(second.err())
        .isEqualTo("to begin with: 360 of 360 tensors of earlier.safetensors%n".formatted());
    assertThat(second.status()).isZero();
  }

  @Test
  void needsATeacherForThePublishedRecipes() throws IOException {
    makeDataset(30);
    CommandRun none = train("--preset", "published-koniq10k");
    assertThat(none.status()).isEqualTo(2);
    assertThat(none.err()).hasLineCount(1).contains("needs a teacher");
    CommandRun unknown = train("--preset", "published");
    assertThat(unknown.status()).isEqualTo(2);
    assertThat(unknown.err())
        .contains("--preset must be one of", "published-spaq", "not published");
    CommandRun random = train("--preset", "fine-tuning");
    assertThat(random.status()).isEqualTo(2);
    assertThat(random.err()).contains("name one with --init, for instance built-in");
    CommandRun lonely = train("--teacher-low-memory");
    assertThat(lonely.status()).isEqualTo(2);
    assertThat(lonely.err()).contains("--teacher-low-memory needs --teacher");
    CommandRun missing = train("--init", folder.resolve("none.pth").toString());
    assertThat(missing.status()).isEqualTo(2);
    assertThat(missing.err()).hasLineCount(1).contains("none.pth: no such file");
  }

  @Test
  void saysOnOneLineWhatIsWrong() throws IOException {
    CommandRun nothing = train();
    assertThat(nothing.status()).isEqualTo(2);
    assertThat(nothing.err()).hasLineCount(1).contains("Train (Images and MOS).csv");

    makeDataset(30);
    CommandRun recipe = train("--recipe", recipe("{\"schedule\": {\"epochs\": -1}}").toString());
    assertThat(recipe.status()).isEqualTo(2);
    assertThat(recipe.err())
        .contains("recipe.json: not a recipe: the recipe's schedule.epochs cannot be -1");

    Files.writeString(folder.resolve("split.csv"), "name,part\nother.png,train\n");
    CommandRun split = train();
    assertThat(split.status()).isEqualTo(2);
    assertThat(split.err()).hasLineCount(1).contains("image (0).png");
  }

  @Test
  void trainsAPriorOnAFolderOfPhotographs() throws IOException {
    makeDataset(30);
    Path photographs = folder.resolve("Images");
    Path descriptions = folder.resolve("descriptions.csv");
    Files.writeString(descriptions, "path,scene\nimage (3).png,night\n");
    Path recipe =
        recipe(
            """
            {"inputSize": 32, "imageSize": 16, "reduction": 4, "widths": [64], "heads": 2,
             "schedule": {"batch": 8, "epochs": 1}}
            """);
    CommandRun narrow =
        prior(
            photographs, "--recipe", recipe.toString(), "--descriptions", descriptions.toString());
    assertThat(narrow.status()).isEqualTo(2);
    assertThat(narrow.err()).contains("recipe.json: not a recipe: the recipe's widths cannot be");

    Files.writeString(recipe, Files.readString(recipe).replace("[64]", "[64, 64]"));
    CommandRun first =
        prior(
            photographs, "--recipe", recipe.toString(), "--descriptions", descriptions.toString());
    assertThat(first.err()).contains("epoch 1: loss ").contains("validation noise error ");
    assertThat(first.status()).isZero();
    Path file = Path.of(first.out().strip());
    assertThat(file).hasFileName("prior.safetensors");
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.metadata())
          .containsEntry("data", "photographs without scores")
          .containsEntry("descriptions", "descriptions.csv");
    }

    Files.writeString(descriptions, "path,scene\nimage (3).png,beach\n");
    CommandRun wrong =
        prior(
            photographs, "--recipe", recipe.toString(), "--descriptions", descriptions.toString());
    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.err()).hasLineCount(1).contains("descriptions.csv:2: \"beach\" is no scene");

    CommandRun empty = prior(Files.createDirectories(folder.resolve("empty")));
    assertThat(empty.status()).isEqualTo(2);
    assertThat(empty.err()).contains("there is no photograph");
  }

  private CommandRun prior(Path photographs, String... more) {
    List<String> arguments = new ArrayList<>(List.of("train", "prior", "--dataset", "folder"));
    arguments.addAll(List.of("--root", photographs.toString()));
    arguments.addAll(List.of("--split", folder.resolve("split.csv").toString()));
    arguments.addAll(List.of("--out", folder.resolve("out").toString()));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(new String[0]));
  }

  private CommandRun train(String... more) {
    List<String> arguments = new ArrayList<>(List.of("train", "student"));
    arguments.addAll(List.of("--dataset", "biq2021", "--root", folder.toString()));
    arguments.addAll(List.of("--split", folder.resolve("split.csv").toString()));
    if (!List.of(more).contains("--out")) {
      arguments.addAll(List.of("--out", folder.resolve("out").toString()));
    }
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(new String[0]));
  }

  private Path recipe(String json) throws IOException {
    return Files.writeString(folder.resolve("recipe.json"), json);
  }

  /** Pictures of noise, in the layout of BIQ2021. */
  private void makeDataset(int count) throws IOException {
    Path images = Files.createDirectories(folder.resolve("Images"));
    StringBuilder csv = new StringBuilder("Image Name,MOS,,\n");
    Random random = new Random(1);
    for (int i = 0; i < count; i++) {
      BufferedImage picture = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
      int[] samples = random.ints(32 * 32 * 3, 0, 256).toArray();
      picture.getRaster().setPixels(0, 0, 32, 32, samples);
      String name = "image (" + i + ").png";
      ImageIO.write(picture, "png", images.resolve(name).toFile());
      csv.append(name).append(',').append(random.nextInt(100) / 100.0).append(",,\n");
    }
    Files.writeString(folder.resolve("Train (Images and MOS).csv"), csv);
    Files.writeString(
        folder.resolve("Test (Images and MOS).csv"), "Image Name,MOS\ntest picture.png,0.5\n");
  }
}
