package io.dpiqa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.dpiqa.weights.Weights;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrainBackboneCommandTest {

  @TempDir private Path folder;

  @Test
  void trainsWhatAStudentBeginsWith() throws IOException {
    draw("kinds/red/images/deep", 0xC02010, 9);
    draw("kinds/blue", 0x1020C0, 9);
    // What is hidden, and what is no picture, is passed over.
    draw("kinds/.cache", 0, 1);
    Files.writeString(folder.resolve("kinds/words.txt"), "red, blue");
    Files.writeString(folder.resolve("kinds/red/boxes.txt"), "0 0 31 31");

    CommandRun first = train("--recipe", recipe("").toString(), "--licence", "CC0-1.0");
    assertThat(first.err()).contains("epoch 1: loss ").contains("validation top1 accuracy ");
    assertThat(first.status()).isZero();
    Path file = Path.of(first.out().strip());
    assertThat(file).isRegularFile().hasFileName("backbone.safetensors");
    try (Weights weights = Weights.open(file)) {
      assertThat(weights.metadata())
          .containsEntry("data", "pictures of 2 kinds")
          .containsEntry("training images", "16")
          .containsEntry("licence", "CC0-1.0");
    }

    CommandRun second = train("--recipe", recipe("").toString(), "--licence", "CC0-1.0");
    assertThat(second.status()).isZero();
    assertThat(second.err()).isEmpty();

    StringBuilder opinions = new StringBuilder("path,score\n");
    StringBuilder split = new StringBuilder("name,part\n");
    for (int i = 0; i < 9; i++) {
      opinions.append("blue/%d.png,0.%d%n".formatted(i, i + 1));
      split.append("blue/%d.png,%s%n".formatted(i, i < 4 ? "train" : "validation"));
    }
    CommandRun student =
        CommandRun.of(
            "train",
            "student",
            "--dataset",
            "csv",
            "--labels",
            Files.writeString(folder.resolve("opinions.csv"), opinions).toString(),
            "--root",
            folder.resolve("kinds").toString(),
            "--split",
            Files.writeString(folder.resolve("split.csv"), split).toString(),
            "--out",
            folder.resolve("student").toString(),
            "--recipe",
            recipe("\"inputSize\": 32, ").toString(),
            "--init",
            file.toString());
    assertThat(student.err())
        .startsWith("to begin with: 126 of 128 tensors of backbone.safetensors");
    assertThat(student.status()).isZero();
  }

  @Test
  void saysOnOneLineWhatIsWrong() throws IOException {
    assertSays("kinds: there is no such file or folder");
    Files.writeString(folder.resolve("kinds"), "");
    assertSays("kinds: is no folder");
    Files.delete(folder.resolve("kinds"));
    Files.createDirectories(folder.resolve("kinds"));
    assertSays("each a folder in this one; found: 0");
    draw("kinds/red", 0xC02010, 4);
    assertSays("each a folder in this one; found: 1");
    Files.createDirectories(folder.resolve("kinds/blue/images"));
    assertSays("blue: there is no photograph in this directory");
    draw("kinds/blue/images", 0x1020C0, 1);
    assertSays("blue: at least two pictures of a kind are needed");
    draw("kinds/blue/images", 0x1020C0, 4);
    assertSays("6 pictures to train with are too few for batches of 256");
    Files.writeString(folder.resolve("kinds/blue/broken.png"), "broken");
    CommandRun broken = train("--recipe", recipe("").toString());
    assertThat(broken.status()).isEqualTo(2);
    assertThat(broken.err()).hasLineCount(1).contains("broken.png");
    CommandRun recipe = train("--recipe", recipe("\"partFrom\": 2, ").toString());
    assertThat(recipe.status()).isEqualTo(2);
    assertThat(recipe.err())
        .contains("recipe.json: not a recipe: the recipe's partFrom cannot be 2.0");
  }

  private void assertSays(String problem) {
    CommandRun run = train();
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).hasLineCount(1).contains(problem);
  }

  @Test
  void helpListsIt() {
    assertThat(CommandRun.of("train", "--help").out()).contains("  backbone ");
    assertThat(CommandRun.of("train", "backbone", "--help").out())
        .contains(
            "--root=DIR", "--out=DIR", "--recipe=FILE", "--licence=TEXT", "--device=cpu|cuda");
  }

  private CommandRun train(String... more) {
    List<String> arguments = new ArrayList<>(List.of("train", "backbone"));
    arguments.addAll(List.of("--root", folder.resolve("kinds").toString()));
    arguments.addAll(List.of("--out", folder.resolve("out").toString()));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(new String[0]));
  }

  private Path recipe(String change) throws IOException {
    return Files.writeString(
        folder.resolve("recipe.json"),
        """
        {%s"backbone": "resnet18-16", "cropSize": 32, "schedule": {"batch": 4, "epochs": 1}}
        """
            .formatted(change));
  }

  /** Pictures of 32 x 32 in one colour. */
  private void draw(String kind, int rgb, int count) throws IOException {
    Path images = Files.createDirectories(folder.resolve(kind));
    BufferedImage picture = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
    for (int at = 0; at < 32 * 32; at++) {
      picture.setRGB(at % 32, at / 32, rgb);
    }
    for (int i = 0; i < count; i++) {
      ImageIO.write(picture, "png", images.resolve(i + ".png").toFile());
    }
  }
}
