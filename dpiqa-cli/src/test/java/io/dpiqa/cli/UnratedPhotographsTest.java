package io.dpiqa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dpiqa.QualityModel;
import io.dpiqa.dataset.LabelledImage;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UnratedPhotographsTest {
  @TempDir private Path folder;

  @Test
  void areScoredOnce() throws Exception {
    Path photographs = Files.createDirectories(folder.resolve("photographs"));
    Path below = Files.createDirectories(photographs.resolve("below"));
    draw(photographs.resolve("a.png"), 1);
    draw(below.resolve("b.png"), 2);
    Path csv = folder.resolve("faultless.csv");
    try (QualityModel model = QualityModel.builtIn()) {
      List<LabelledImage> scored = UnratedPhotographs.in(photographs).scored(csv, model);
      assertThat(scored)
          .extracting(LabelledImage::name)
          .containsExactlyInAnyOrder("a.png", "below/b.png");
      for (LabelledImage image : scored) {
        assertThat(image.score()).isEqualTo(model.score(image.file()).value() / 100);
      }
      Files.writeString(csv, "path,score\na.png,0.25\nbelow/b.png,0.5\n");
      assertThat(UnratedPhotographs.in(photographs).scored(csv, model))
          .extracting(LabelledImage::score)
          .containsExactly(0.25, 0.5);

      draw(photographs.resolve("c.png"), 3);
      assertThatThrownBy(() -> UnratedPhotographs.in(photographs).scored(csv, model))
          .hasMessageContaining("faultless.csv: lists other photographs than there are in");
    }
  }

  private static void draw(Path file, int seed) throws IOException {
    BufferedImage picture = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
    for (int x = 0; x < 40; x++) {
      for (int y = 0; y < 30; y++) {
        picture.setRGB(x, y, seed * (x + 40 * y) * 97);
      }
    }
    ImageIO.write(picture, "png", file.toFile());
  }
}
