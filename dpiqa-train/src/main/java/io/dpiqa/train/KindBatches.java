package io.dpiqa.train;

import io.dpiqa.dataset.ClassifiedImage;
import io.dpiqa.image.BilinearResize;
import io.dpiqa.image.RgbImage;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Pictures as a backbone sees them: random parts of them to learn from, or whole. All that is
 * random is a function of a seed and the picture.
 */
final class KindBatches {
  private final BackboneRecipe recipe;
  private final List<ClassifiedImage> images;
  private final PixelFile pixels;

  /**
   * @param pixels of the images, of the recipe's input size
   */
  KindBatches(BackboneRecipe recipe, List<ClassifiedImage> images, PixelFile pixels) {
    this.recipe = recipe;
    this.images = images;
    this.pixels = pixels;
  }

  /** A random part of each of these pictures, perhaps mirrored. */
  KindBatch parts(int[] chosen, long seed) {
    KindBatch batch = new KindBatch(chosen, new byte[rgbLength(chosen)], kinds(chosen));
    for (int i = 0; i < chosen.length; i++) {
      SplittableRandom random = new SplittableRandom(Seeds.of(seed, chosen[i]));
      write(part(chosen[i], random), batch.rgb(), i);
      if (recipe.flip() && random.nextBoolean()) {
        PixelFile.mirror(batch.rgb(), i * samples(), recipe.cropSize());
      }
    }
    return batch;
  }

  /** These pictures as they are. */
  KindBatch whole(int[] chosen) {
    KindBatch batch = new KindBatch(chosen, new byte[rgbLength(chosen)], kinds(chosen));
    for (int i = 0; i < chosen.length; i++) {
      write(pixels.picture(chosen[i]), batch.rgb(), i);
    }
    return batch;
  }

  private int rgbLength(int[] chosen) {
    return Math.multiplyExact(chosen.length, samples());
  }

  private int samples() {
    return 3 * recipe.cropSize() * recipe.cropSize();
  }

  private long[] kinds(int[] chosen) {
    return IntStream.of(chosen).mapToLong(image -> images.get(image).kind()).toArray();
  }

  /** Resizes a picture to what the network sees, and puts it where it belongs. */
  private void write(RgbImage picture, byte[] rgb, int index) {
    int size = recipe.cropSize();
    byte[] resized = BilinearResize.resize(picture, size, size).rgb();
    System.arraycopy(resized, 0, rgb, index * samples(), samples());
  }

  private RgbImage part(int image, SplittableRandom random) {
    return pixels.part(
        image, Region.random(recipe.inputSize(), recipe.partFrom(), recipe.partTo(), random));
  }
}
