package io.dpiqa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.dpiqa.model.ModelStore;
import io.dpiqa.network.EfficientNet;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
import io.dpiqa.torch.Parameters;
import io.dpiqa.weights.Safetensors;
import io.dpiqa.weights.Tensor;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ModelCommandTest {

  @TempDir private Path folder;

  @AfterEach
  void emptyStore() throws IOException {
    ModelStore store = ModelStore.open();
    for (String name : store.names()) {
      store.remove(name);
    }
  }

  @Test
  void checkpointIsImportedListedShownUsedAndRemoved() throws IOException {
    Path photos = Files.createDirectories(folder.resolve("photos/below"));
    for (int grey : new int[] {0, 80, 200}) {
      paint(photos.resolve(grey + ".png"), new Color(grey, grey, 255 - grey));
    }
    Path checkpoint = checkpoint(Map.of("input_size", "64", "licence", "CC0-1.0"));

    CommandRun imported =
        CommandRun.of(
            "model",
            "import",
            checkpoint.toString(),
            "--name",
            "ours",
            "--note",
            "measured=SRCC 0.81, a = b",
            "--note",
            "by=us",
            "--recursive",
            "--reference",
            photos.getParent().toString());
    assertThat(imported.err()).isEmpty();
    assertThat(imported.status()).isZero();
    assertThat(imported.out())
        .isEqualTo(
            "imported ours, a compact student efficientnet-b0: "
                + ModelStore.open().folder().resolve("ours.onnx")
                + System.lineSeparator());

    assertThat(CommandRun.of("model", "list").out())
        .containsPattern("(?m)^ours +compact student efficientnet-b0 +4\\.\\d M +CC0-1\\.0$");

    CommandRun shown = CommandRun.of("model", "show", "ours");
    assertThat(shown.status()).isZero();
    assertThat(shown.out())
        .containsPattern("(?m)^model +ours@[0-9a-f]{12}$")
        .containsPattern("(?m)^sha256 +[0-9a-f]{64}$")
        .containsPattern("(?m)^input +64 x 64 RGB$")
        .containsPattern("(?m)^parameters +4,\\d{3},\\d{3}$")
        .containsPattern("(?m)^multiply-adds +0\\.03 G$")
        .containsPattern("(?m)^licence +CC0-1\\.0$")
        .containsPattern("(?m)^percentiles +yes$")
        .containsPattern("(?m)^source +weights\\.safetensors$")
        .containsPattern("(?m)^source sha256 +[0-9a-f]{64}$")
        .containsPattern("(?m)^measured +SRCC 0\\.81, a = b$")
        .containsPattern("(?m)^by +us$");
    assertThat(shown.out().lines().filter(line -> line.startsWith("network "))).hasSize(1);

    CommandRun scored =
        CommandRun.of("score", "--model", "ours", "--format", "ndjson", photos.toString());
    assertThat(scored.status()).isZero();
    assertThat(scored.out()).hasLineCount(3).contains("\"percentile\":100.0");

    assertThat(CommandRun.of("model", "remove", "ours").status()).isZero();
    assertThat(CommandRun.of("model", "show", "ours").status()).isEqualTo(2);
    assertThat(CommandRun.of("model", "remove", "ours").err()).contains("it has none");
    assertThat(CommandRun.of("model", "remove", "built-in").err())
        .contains("built-in: is a part of dpiqa, and cannot be removed");
  }

  @Test
  void whatCannotBeImportedIsSaidOnOneLineAndLeavesNothing() throws IOException {
    Path text = Files.writeString(folder.resolve("notes.pth"), "not a checkpoint");
    CommandRun refused = CommandRun.of("model", "import", text.toString(), "--name", "ours");
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err()).hasLineCount(1).contains("notes.pth");

    Path checkpoint = checkpoint(Map.of("input_size", "64"));
    CommandRun badName =
        CommandRun.of("model", "import", checkpoint.toString(), "--name", "../ours");
    assertThat(badName.status()).isEqualTo(2);
    assertThat(badName.err()).hasLineCount(1).contains("../ours");

    CommandRun taken =
        CommandRun.of(
            "model", "import", checkpoint.toString(), "--name", "ours", "--note", "source=us");
    assertThat(taken.status()).isEqualTo(2);
    assertThat(taken.err()).hasLineCount(1).contains("says itself what its source is");

    CommandRun aboutNothing =
        CommandRun.of("model", "import", checkpoint.toString(), "--name", "ours", "--note", "=us");
    assertThat(aboutNothing.status()).isEqualTo(2);
    assertThat(aboutNothing.err()).hasLineCount(1).contains("\"us\" must say what it is about");

    CommandRun teacher =
        CommandRun.of(
            "model", "import", checkpoint.toString(), "--name", "ours", "--timestep", "7");
    assertThat(teacher.status()).isEqualTo(2);
    assertThat(teacher.err())
        .hasLineCount(1)
        .contains("is a student, which has no use for a teacher's timestep");

    CommandRun noReference =
        CommandRun.of(
            "model",
            "import",
            checkpoint.toString(),
            "--name",
            "ours",
            "--reference",
            folder.resolve("missing.jpg").toString());
    assertThat(noReference.status()).isEqualTo(2);
    assertThat(noReference.err()).hasLineCount(1).contains("missing.jpg");
    assertThat(ModelStore.open().names()).isEmpty();
  }

  /** What a file says of itself cannot pass for what was measured of it; recipes are read last. */
  @Test
  void showsApartWhatTheFileSays() throws IOException {
    Path checkpoint =
        checkpoint(
            Map.of("input_size", "64", "recipe before", "{a}; {b}", "sha256", "0", "zoo", "later"));
    CommandRun.of("model", "import", checkpoint.toString(), "--name", "ours");
    String[] parts = CommandRun.of("model", "show", "ours").out().split("\\R\\R");
    assertThat(parts).hasSize(2);
    assertThat(parts[0]).containsPattern("(?m)^sha256 +[0-9a-f]{64}$");
    assertThat(parts[1])
        .startsWith("Its file says, unchecked:")
        .containsPattern("(?m)^sha256 +0$")
        .containsPattern("(?m)^zoo +later(?s:.*)^recipe before +\\{a};\\R +\\{b}$");
  }

  private Path checkpoint(Map<String, String> metadata) throws IOException {
    Shapes shapes = new Shapes();
    Student.compact(new EfficientNet(0)).score(shapes, Shape.of(1, 3, 64, 64));
    Path file = folder.resolve("weights.safetensors");
    try (Parameters parameters = Parameters.initialise(shapes.tensors(), 1)) {
      List<Tensor> tensors = parameters.tensors();
      Safetensors.write(file, tensors, metadata);
    }
    return file;
  }

  private static void paint(Path file, Color color) throws IOException {
    BufferedImage picture = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    graphics.setColor(color);
    graphics.fillRect(8, 8, 40, 30);
    graphics.dispose();
    ImageIO.write(picture, "png", file.toFile());
  }
}
