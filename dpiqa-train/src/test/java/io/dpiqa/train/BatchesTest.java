package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.degradation.Degradation;
import io.dpiqa.image.BilinearResize;
import io.dpiqa.image.RgbImage;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchesTest {
  private static final int CROP = 3 * 48 * 48;

  @TempDir static Path folder;
  private static List<LabelledImage> images;
  private static PixelFile pixels;

  @BeforeAll
  static void draw() throws IOException {
    images = NoisyPictures.draw(folder, "picture", 8, 1);
    pixels = PixelFile.of(images, 64, folder);
  }

  @Test
  void addsDegradedTwinsToTheSameCrops() {
    Batch plain = batches("").batch(3);
    Batch twins = batches("\"twins\": {\"weight\": 1}, ").batch(3);
    assertThat(plain.margins()).isEmpty();
    assertThat(plain.rgb()).hasSize(4 * CROP);
    assertThat(twins.images()).isEqualTo(plain.images());
    assertThat(twins.targets()).isEqualTo(plain.targets());
    assertThat(twins.rgb()).hasSize(8 * CROP).startsWith(plain.rgb());
    assertThat(twins.margins()).hasSize(4);
    for (int i = 0; i < 4; i++) {
      assertThat(twins.margins()[i] / 0.05f).isIn(1f, 2f, 3f, 4f, 5f);
      assertThat(crop(twins, 4 + i)).isNotEqualTo(crop(twins, i));
    }
  }

  @Test
  void twinsOfLargerPicturesAreResizedToTheirCrops() throws IOException {
    PixelFile large = PixelFile.of(images, 128, folder);
    StudentRecipe recipe =
        StudentRecipe.fromJson(
            """
            {"inputSize": 64, "cropSize": 64, "twins": {"weight": 1, "size": 128}, "flip": false,
             "schedule": {"batch": 4}}
            """);
    TrainingData data = new TrainingData(images, images, Map.of());
    Batch batch = new Batches(recipe, data.trainingScores(), pixels, large, null).batch(0);
    for (int i = 0; i < 4; i++) {
      RgbImage whole = large.picture(batch.images()[i]);
      assertThat(Arrays.copyOfRange(batch.rgb(), i * 3 * 64 * 64, (i + 1) * 3 * 64 * 64))
          .isEqualTo(BilinearResize.resize(whole, 64, 64).rgb());
    }
  }

  @Test
  void aSecondTwinIsWorseThanTheFirst() {
    Batches plain = batches("");
    Batches batches = batches("\"twins\": {\"weight\": 1, \"count\": 2}, ");
    List<Integer> lows = new ArrayList<>();
    for (long step = 0; step < 20; step++) {
      Batch batch = batches.batch(step);
      assertThat(batch.rgb()).hasSize(12 * CROP).startsWith(plain.batch(step).rgb());
      assertThat(batch.margins()).hasSize(8);
      for (int i = 0; i < 4; i++) {
        int low = Math.round(batch.margins()[i] / 0.05f);
        int between = Math.round(batch.margins()[4 + i] / 0.05f);
        assertThat(between).isPositive();
        assertThat(low + between).isLessThanOrEqualTo(5);
        lows.add(low);
        if (low == 0) {
          assertThat(crop(batch, 4 + i)).isEqualTo(crop(batch, i));
        }
      }
    }
    assertThat(lows).contains(0, 1, 2, 3, 4);
  }

  @Test
  void adjacentTwinsAreOneLevelApart() {
    Batches batches =
        batches(
            """
            "twins": {"weight": 1, "count": 2, "adjacent": true, "margin": 0.02},
            """);
    List<Integer> lows = new ArrayList<>();
    for (long step = 0; step < 20; step++) {
      Batch batch = batches.batch(step);
      for (int i = 0; i < 4; i++) {
        lows.add(Math.round(batch.margins()[i] / 0.02f));
        assertThat(batch.margins()[4 + i]).isEqualTo(0.02f);
      }
    }
    assertThat(lows).contains(0, 1, 2, 3, 4).allMatch(low -> low <= 4);
  }

  @Test
  void aKindCanHaveAMarginOfItsOwn() {
    assertThat(margins(Degradation.CONTRAST)).containsOnly(0.5f);
    assertThat(margins(Degradation.BLUR)).containsOnly(0.02f);
  }

  /** Between two twins of a kind, where contrast has a margin of its own. */
  private static List<Float> margins(Degradation kind) {
    Batches batches =
        batches(
            """
            "twins": {"weight": 1, "count": 2, "adjacent": true, "margin": 0.02,
                      "margins": {"contrast": 0.5}, "shares": {%s}},
            """
                .formatted(noneBut(kind)));
    List<Float> margins = new ArrayList<>();
    for (long step = 0; step < 5; step++) {
      Batch batch = batches.batch(step);
      for (int i = 0; i < 4; i++) {
        margins.add(batch.margins()[4 + i]);
      }
    }
    return margins;
  }

  /** Shares of 0 for all kinds but some, as JSON. */
  private static String noneBut(Degradation... kinds) {
    return Arrays.stream(Degradation.values())
        .filter(kind -> !Arrays.asList(kinds).contains(kind))
        .map(kind -> "\"%s\": 0".formatted(kind.distortion()))
        .collect(Collectors.joining(", "));
  }

  @Test
  void drawsKindsByTheirShares() {
    String none = noneBut(Degradation.NOISE, Degradation.QUANTIZATION);
    Twins twins =
        StudentRecipe.fromJson("{\"twins\": {\"shares\": {%s, \"noise\": 3}}}".formatted(none))
            .twins();
    SplittableRandom random = new SplittableRandom(1);
    Map<Degradation, Long> drawn =
        Stream.generate(() -> twins.kind(random))
            .limit(4000)
            .collect(Collectors.groupingBy(kind -> kind, Collectors.counting()));
    assertThat(drawn).containsOnlyKeys(Degradation.NOISE, Degradation.QUANTIZATION);
    assertThat(drawn.get(Degradation.NOISE)).isBetween(2900L, 3100L);
  }

  @Test
  void withoutSharesKindsAndLevelsAreDrawnAlike() {
    for (int seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      SplittableRandom expected = new SplittableRandom(seed);
      Degradation[] kinds = Degradation.values();
      assertThat(Twins.NONE.kind(random)).isEqualTo(kinds[expected.nextInt(kinds.length)]);
      assertThat(Twins.NONE.better(5, random)).isEqualTo(expected.nextInt(5));
    }
  }

  /** Red tells where in a picture a pixel is from left to right, green from top to bottom. */
  @Test
  void partsHaveWidthsAndHeightsOfTheirOwn() throws IOException {
    List<LabelledImage> gradients = gradients();
    PixelFile inputs = PixelFile.of(gradients, 64, folder);
    String json =
        """
        {"partFrom": %s, "partTo": 1, "inputSize": 64, "cropSize": 48, "flip": false,
         "schedule": {"batch": 4}}
        """;
    TrainingData data = new TrainingData(gradients, gradients, Map.of());
    StudentRecipe whole = StudentRecipe.fromJson(json.formatted("1"));
    Batch wholes = new Batches(whole, data.trainingScores(), inputs, null, null).batch(0);
    for (int i = 0; i < 4; i++) {
      RgbImage picture = inputs.picture(wholes.images()[i]);
      assertThat(crop(wholes, i)).isEqualTo(BilinearResize.resize(picture, 48, 48).rgb());
    }

    StudentRecipe recipe = StudentRecipe.fromJson(json.formatted("0.5"));
    Batches parts = new Batches(recipe, data.trainingScores(), inputs, null, null);
    List<Integer> widths = new ArrayList<>();
    int different = 0;
    for (long step = 0; step < 20; step++) {
      Batch batch = parts.batch(step);
      for (int i = 0; i < 4; i++) {
        int width = span(crop(batch, i), 0);
        int height = span(crop(batch, i), 1);
        widths.add(width);
        different += Math.abs(width - height) > 4 ? 1 : 0;
      }
    }
    assertThat(widths).allSatisfy(width -> assertThat(width).isBetween(30, 64));
    assertThat(widths).anyMatch(width -> width < 40).anyMatch(width -> width > 56);
    assertThat(different).isGreaterThan(20);
  }

  /** How many pixels of a gradient are in a crop, from its least and its largest value. */
  private static int span(byte[] crop, int channel) {
    int least = 255;
    int largest = 0;
    for (int at = channel; at < crop.length; at += 3) {
      least = Math.min(least, crop[at] & 0xFF);
      largest = Math.max(largest, crop[at] & 0xFF);
    }
    return (largest - least) / 4 + 1;
  }

  /** The same draws choose the crop, whatever the size that pictures are degraded at. */
  @Test
  void twinsOfLargerPicturesShowTheSamePlace() throws IOException {
    List<LabelledImage> smooth = gradients();
    PixelFile inputs = PixelFile.of(smooth, 64, folder);
    PixelFile large = PixelFile.of(smooth, 128, folder);
    String json =
        """
        {%s"inputSize": 64, "cropSize": 48, "flip": false, "schedule": {"batch": 4}}
        """;
    StudentRecipe plain = StudentRecipe.fromJson(json.formatted(""));
    StudentRecipe twins =
        StudentRecipe.fromJson(json.formatted("\"twins\": {\"weight\": 1, \"size\": 128}, "));
    TrainingData data = new TrainingData(smooth, smooth, Map.of());
    Batches small = new Batches(plain, data.trainingScores(), inputs, null, null);
    Batches degraded = new Batches(twins, data.trainingScores(), inputs, large, null);
    for (long step = 0; step < 6; step++) {
      Batch expected = small.batch(step);
      Batch actual = degraded.batch(step);
      for (int i = 0; i < 4; i++) {
        // Only the filter's reach over the edge of a crop is cut off.
        assertThat(meanDifference(crop(actual, i), crop(expected, i))).isLessThan(3);
        if (actual.margins()[i] < 0.06) {
          assertThat(meanDifference(crop(actual, 4 + i), crop(expected, i))).isLessThan(25);
        }
      }
    }
  }

  private static List<LabelledImage> gradients() throws IOException {
    List<LabelledImage> gradients = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      BufferedImage picture = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
      for (int at = 0; at < 64 * 64; at++) {
        picture.setRGB(at % 64, at / 64, (at % 64) << 18 | (at / 64) << 10 | (30 * i));
      }
      Path file = folder.resolve("gradient" + i + ".png");
      if (Files.notExists(file)) {
        ImageIO.write(picture, "png", file.toFile());
      }
      gradients.add(new LabelledImage("gradient" + i, file, 0.1 * i));
    }
    return gradients;
  }

  private static double meanDifference(byte[] a, byte[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.abs((a[i] & 0xFF) - (b[i] & 0xFF));
    }
    return sum / a.length;
  }

  @Test
  void comparesLevelsInPreTraining() {
    Batches batches = batches("\"pretrainEpochs\": 20, ");
    Batches plain = batches("");
    int degraded = 0;
    for (long step = 0; step < 40; step++) {
      Batch batch = batches.batch(step);
      Batch whole = plain.batch(step);
      for (int i = 0; i < 4; i++) {
        degraded += Arrays.equals(crop(batch, i), crop(whole, i)) ? 0 : 1;
      }
    }
    // Also where a level changes nothing that is drawn, the better one is the picture itself.
    assertThat(degraded).isBetween(40, 120);
    assertThat(batches.batch(40).margins()).isEmpty();
  }

  @Test
  void isAFunctionOfTheStep() {
    String json = "\"pretrainEpochs\": 2, \"twins\": {\"weight\": 1}, ";
    Batches forth = batches(json);
    Batches back = batches(json);
    Batch[] batches = new Batch[8];
    Arrays.setAll(batches, forth::batch);
    for (int step = 7; step >= 0; step--) {
      Batch again = back.batch(step);
      assertThat(again.rgb()).isEqualTo(batches[step].rgb());
      assertThat(again.margins()).isEqualTo(batches[step].margins());
    }
  }

  private static byte[] crop(Batch batch, int index) {
    return Arrays.copyOfRange(batch.rgb(), index * CROP, (index + 1) * CROP);
  }

  private static Batches batches(String json) {
    StudentRecipe recipe =
        StudentRecipe.fromJson(
            "{%s\"inputSize\": 64, \"cropSize\": 48, \"schedule\": {\"batch\": 4}}"
                .formatted(json));
    TrainingData data = new TrainingData(images, images, Map.of());
    return new Batches(recipe, data.trainingScores(), pixels, pixels, null);
  }
}
