package io.dpiqa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DatasetCommandTest {

  @TempDir private Path folder;

  @Test
  void listsTestPicturesThatTrainingPicturesRepeat() throws IOException {
    Files.createDirectory(folder.resolve("Images"));
    draw("new, test.png", 1);
    draw("known test.png", 2);
    draw("copy within the test.png", 1);
    draw("training.png", 3);
    draw("known training.png", 2);
    draw("copy within training.png", 3);
    list("Test", "\"new, test.png\"", "known test.png", "copy within the test.png");
    list("Train", "training.png", "known training.png", "copy within training.png");

    CommandRun run = CommandRun.of("dataset", "near-duplicates", "--root", folder.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    assertThat(run.out()).isEqualTo("name,other,distance\nknown test.png,known training.png,0\n");
  }

  @Test
  void saysWhatIsMissing() {
    CommandRun run = CommandRun.of("dataset", "near-duplicates", "--root", folder.toString());
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).hasLineCount(1).contains("Train (Images and MOS).csv");
  }

  private void list(String part, String... names) throws IOException {
    Files.writeString(
        folder.resolve(part + " (Images and MOS).csv"),
        "Image Name,MOS\n" + String.join(",0.5\n", names) + ",0.5\n");
  }

  private void draw(String name, long scene) throws IOException {
    Random random = new Random(scene);
    BufferedImage picture = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    for (int i = 0; i < 30; i++) {
      graphics.setColor(new Color(random.nextInt(0x1000000)));
      graphics.fillOval(random.nextInt(64) - 10, random.nextInt(64) - 10, random.nextInt(40), 25);
    }
    graphics.dispose();
    ImageIO.write(picture, "png", folder.resolve("Images").resolve(name).toFile());
  }
}
