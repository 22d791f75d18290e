package io.dpiqa.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExamplePicturesTest {

  @Test
  void theCommittedSceneIsWhatTheCodeRenders() throws IOException {
    BufferedImage committed = ImageIO.read(Path.of("../examples/lake.jpg").toFile());
    Random random = new Random(5);
    double difference = 0;
    int pixels = 300;
    for (int i = 0; i < pixels; i++) {
      int x = random.nextInt(committed.getWidth());
      int y = random.nextInt(committed.getHeight());
      int rendered = AlpineLake.pixel(x, y, committed.getWidth(), committed.getHeight());
      difference += Math.abs(luma(rendered) - luma(committed.getRGB(x, y)));
    }
    // What JPEG takes away.
    assertThat(difference / pixels).isLessThan(4);
  }

  @Test
  void everyDistortionDoesWhatItsNameSays(@TempDir Path folder) throws IOException {
    BufferedImage scene = new BufferedImage(96, 64, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < 64; y++) {
      for (int x = 0; x < 96; x++) {
        scene.setRGB(x, y, (x / 3 + y / 5) % 2 == 0 ? 0x607050 : 0x9088a0);
      }
    }
    ExamplePictures.writeAll(scene, folder);

    assertThat(folder.toFile().list()).hasSize(7);
    ToDoubleFunction<String> brightness = name -> mean(read(folder, name));
    ToDoubleFunction<String> detail = name -> detail(read(folder, name));
    double clean = detail.applyAsDouble("lake");
    assertThat(brightness.applyAsDouble("lake-dark")).isBetween(5.0, 50.0);
    assertThat(brightness.applyAsDouble("lake-overexposed")).isGreaterThan(200);
    assertThat(brightness.applyAsDouble("lake-blurred")).isBetween(110.0, 130.0);
    assertThat(detail.applyAsDouble("lake-blurred")).isLessThan(clean / 4);
    assertThat(detail.applyAsDouble("lake-low-resolution")).isLessThan(clean / 2);
    assertThat(detail.applyAsDouble("lake-noisy")).isGreaterThan(clean * 1.3);
    assertThat(folder.resolve("lake-compressed.jpg").toFile().length())
        .isLessThan(folder.resolve("lake.jpg").toFile().length() / 2);
  }

  private static BufferedImage read(Path folder, String name) {
    try {
      return ImageIO.read(folder.resolve(name + ".jpg").toFile());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static double mean(BufferedImage picture) {
    double sum = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        sum += luma(picture.getRGB(x, y));
      }
    }
    return sum / picture.getWidth() / picture.getHeight();
  }

  /** Mean difference between neighbours in a row. */
  private static double detail(BufferedImage picture) {
    double sum = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 1; x < picture.getWidth(); x++) {
        sum += Math.abs(luma(picture.getRGB(x, y)) - luma(picture.getRGB(x - 1, y)));
      }
    }
    return sum / (picture.getWidth() - 1) / picture.getHeight();
  }

  private static double luma(int rgb) {
    return 0.299 * (rgb >> 16 & 0xff) + 0.587 * (rgb >> 8 & 0xff) + 0.114 * (rgb & 0xff);
  }
}
