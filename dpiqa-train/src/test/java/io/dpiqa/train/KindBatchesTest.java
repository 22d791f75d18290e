package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.dpiqa.dataset.ClassifiedImage;
import io.dpiqa.image.BilinearResize;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KindBatchesTest {
  private static final int SIDE = 64;
  private static final int CROP = 80;

  @TempDir static Path folder;
  private static List<ClassifiedImage> images;
  private static PixelFile pixels;

  /** Red grows by 3 from column to column, green from row to row. */
  @BeforeAll
  static void draw() throws IOException {
    BufferedImage picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int at = 0; at < SIDE * SIDE; at++) {
      picture.setRGB(at % SIDE, at / SIDE, 0x300 * (256 * (at % SIDE) + at / SIDE));
    }
    Path file = folder.resolve("slope.png");
    ImageIO.write(picture, "png", file.toFile());
    images = List.of(new ClassifiedImage("slope.png", file, 4));
    pixels = PixelFile.ofFiles(List.of(file), SIDE, folder);
  }

  @Test
  void wholePicturesAreResized() {
    KindBatch batch = batches(0.5, 0.75, false).whole(new int[] {0, 0});
    assertThat(batch.kinds()).containsExactly(4, 4);
    byte[] resized = BilinearResize.resize(pixels.picture(0), CROP, CROP).rgb();
    assertThat(Arrays.copyOf(batch.rgb(), resized.length)).isEqualTo(resized);
    assertThat(Arrays.copyOfRange(batch.rgb(), resized.length, 2 * resized.length))
        .isEqualTo(resized);
    assertThat(batches(1, 1, false).parts(new int[] {0, 0}, 1).rgb()).isEqualTo(batch.rgb());
  }

  @Test
  void partsAreAsLargeAsTheRecipeSays() {
    TreeSet<Integer> widths = new TreeSet<>();
    TreeSet<Integer> heights = new TreeSet<>();
    TreeSet<Integer> lefts = new TreeSet<>();
    int unlike = 0;
    for (long seed = 0; seed < 300; seed++) {
      byte[] part = batches(0.5, 0.75, false).parts(new int[] {0}, seed).rgb();
      int width = (red(part, 0, CROP - 1) - red(part, 0, 0)) / 3 + 1;
      int height = (green(part, CROP - 1, 0) - green(part, 0, 0)) / 3 + 1;
      widths.add(width);
      heights.add(height);
      lefts.add(red(part, 0, 0) / 3);
      unlike += width == height ? 0 : 1;
    }
    List<Integer> sizes = IntStream.rangeClosed(SIDE / 2, SIDE * 3 / 4).boxed().toList();
    assertThat(widths).containsExactlyElementsOf(sizes);
    assertThat(heights).containsExactlyElementsOf(sizes);
    assertThat(lefts).startsWith(0, 1, 2).hasSizeGreaterThan(25);
    assertThat(unlike).isGreaterThan(200);
  }

  @Test
  void halfOfThePartsAreMirrored() {
    KindBatches plain = batches(0.5, 0.75, false);
    KindBatches mirroring = batches(0.5, 0.75, true);
    int mirrored = 0;
    for (long seed = 0; seed < 100; seed++) {
      byte[] part = plain.parts(new int[] {0}, seed).rgb();
      byte[] perhaps = mirroring.parts(new int[] {0}, seed).rgb();
      assertThat(mirroring.parts(new int[] {0}, seed).rgb()).isEqualTo(perhaps);
      if (!Arrays.equals(part, perhaps)) {
        PixelFile.mirror(perhaps, 0, CROP);
        assertThat(perhaps).isEqualTo(part);
        mirrored++;
      }
    }
    assertThat(mirrored).isBetween(35, 65);
  }

  private static int red(byte[] rgb, int row, int column) {
    return rgb[3 * (row * CROP + column)] & 0xFF;
  }

  private static int green(byte[] rgb, int row, int column) {
    return rgb[3 * (row * CROP + column) + 1] & 0xFF;
  }

  private static KindBatches batches(double from, double to, boolean flip) {
    BackboneRecipe recipe =
        BackboneRecipe.fromJson(
            "{\"cropSize\": %d, \"partFrom\": %s, \"partTo\": %s, \"flip\": %s}"
                .formatted(CROP, from, to, flip));
    return new KindBatches(recipe, images, pixels);
  }
}
