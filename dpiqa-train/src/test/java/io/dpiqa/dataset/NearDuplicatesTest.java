package io.dpiqa.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.RescaleOp;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NearDuplicatesTest {

  @TempDir Path folder;

  @Test
  void groupsVersionsOfAScene() throws IOException {
    List<LabelledImage> images = new ArrayList<>();
    for (int scene = 0; scene < 12; scene++) {
      BufferedImage picture = scene(scene);
      images.add(save(scene + " as it is.png", picture));
      images.add(save(scene + " darker.png", new RescaleOp(0.5f, 0, null).filter(picture, null)));
      images.add(save(scene + " cropped.png", picture.getSubimage(2, 2, 252, 252)));
      images.add(save(scene + " coarse.jpg", small(picture)));
    }
    List<List<LabelledImage>> groups = NearDuplicates.among(images).groups();
    assertThat(groups).hasSize(12);
    for (int scene = 0; scene < 12; scene++) {
      assertThat(groups.get(scene)).isEqualTo(images.subList(4 * scene, 4 * scene + 4));
    }
  }

  @Test
  void landInOnePartOfAListOfPicturesWhateverTheSeed() throws IOException {
    StringBuilder csv = new StringBuilder("path,mos\n");
    for (int scene = 0; scene < 20; scene++) {
      BufferedImage picture = scene(scene);
      save(scene + ".png", picture);
      save(scene + " darker.png", new RescaleOp(0.5f, 0, null).filter(picture, null));
      csv.append("%d.png,1\n%d darker.png,0\n".formatted(scene, scene));
    }
    Path list = Files.writeString(folder.resolve("list.csv"), csv);
    Dataset dataset =
        Dataset.csv(list, folder, Optional.empty(), Optional.empty(), new Scale(0, 1));
    NearDuplicates found = NearDuplicates.among(dataset.images());
    Set<String> hashes = new HashSet<>();
    for (long seed = 0; seed < 50; seed++) {
      Split split = Protocol.GROUPED.draw(dataset, images -> found, seed);
      hashes.add(split.sha256());
      for (Split.Part part : Split.Part.values()) {
        assertThat(split.size(part)).isPositive();
        for (int scene = 0; scene < 20; scene++) {
          assertThat(split.has(part, scene + " darker.png"))
              .as("scene %d, part %s, seed %d", scene, part, seed)
              .isEqualTo(split.has(part, scene + ".png"));
        }
      }
    }
    assertThat(hashes).hasSizeGreaterThan(40);
  }

  @Test
  void reportsPairsAndTheirDistance() throws IOException {
    LabelledImage first = save("first.png", scene(1));
    LabelledImage other = save("other.png", scene(2));
    LabelledImage copy = save("copy.png", scene(1));
    assertThat(NearDuplicates.among(List.of(first, other, copy)).pairs())
        .containsExactly(new NearDuplicates.Pair(first, copy, 0));
  }

  @Test
  void namesAPictureThatCannotBeDecoded() throws IOException {
    Path file = Files.writeString(folder.resolve("text.jpg"), "no picture");
    LabelledImage image = new LabelledImage("text.jpg", file, 0.5);
    assertThatThrownBy(() -> NearDuplicates.among(List.of(image)))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("text.jpg");
  }

  private LabelledImage save(String name, BufferedImage picture) throws IOException {
    Path file = folder.resolve(name);
    assertThat(ImageIO.write(picture, name.substring(name.length() - 3), file.toFile())).isTrue();
    return new LabelledImage(name, file, 0.5);
  }

  private static BufferedImage scene(long seed) {
    Random random = new Random(seed);
    BufferedImage picture = new BufferedImage(256, 256, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    for (int i = 0; i < 40; i++) {
      graphics.setColor(new Color(random.nextInt(0x1000000)));
      graphics.fillOval(
          random.nextInt(256) - 40, random.nextInt(256) - 40, random.nextInt(150), 100);
    }
    graphics.dispose();
    return picture;
  }

  private static BufferedImage small(BufferedImage picture) {
    BufferedImage small = new BufferedImage(80, 80, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = small.createGraphics();
    graphics.drawImage(
        picture.getScaledInstance(80, 80, java.awt.Image.SCALE_AREA_AVERAGING), 0, 0, null);
    graphics.dispose();
    return small;
  }
}
