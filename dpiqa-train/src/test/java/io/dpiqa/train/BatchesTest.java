package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.image.BilinearResize;
import io.dpiqa.image.RgbImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
    Batch twins = batches("\"degradationWeight\": 1, ").batch(3);
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
            {"inputSize": 64, "cropSize": 64, "twinSize": 128, "degradationWeight": 1, "flip": false,
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
    String json = "\"pretrainEpochs\": 2, \"degradationWeight\": 1, ";
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
