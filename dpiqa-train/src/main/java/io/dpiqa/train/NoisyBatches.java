package io.dpiqa.train;

import io.dpiqa.dataset.DescribedImage;
import io.dpiqa.degradation.Degradation;
import io.dpiqa.image.RgbImage;
import io.dpiqa.text.Description;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Pictures as a prior sees them: some of them degraded, a square cut out, and what noise is to be
 * added. All that is random is a function of a seed and the picture.
 */
final class NoisyBatches {
  /** Those that a description has a word for. */
  private static final Degradation[] KINDS =
      Arrays.stream(Degradation.values())
          .filter(kind -> Description.DISTORTIONS.contains(kind.distortion()))
          .toArray(Degradation[]::new);

  private final PriorRecipe recipe;
  private final List<DescribedImage> images;
  private final PixelFile pixels;

  /**
   * @param pixels of the images, of the recipe's input size
   */
  NoisyBatches(PriorRecipe recipe, List<DescribedImage> images, PixelFile pixels) {
    this.recipe = recipe;
    this.images = images;
    this.pixels = pixels;
  }

  /** A batch of these pictures. */
  NoisyBatch batch(int[] chosen, long seed) {
    int n = chosen.length;
    int samples = 3 * recipe.imageSize() * recipe.imageSize();
    byte[] rgb = new byte[Math.multiplyExact(n, samples)];
    float[] noise = new float[rgb.length];
    List<Description> descriptions = new ArrayList<>();
    int[] timesteps = new int[n];
    for (int i = 0; i < n; i++) {
      SplittableRandom random = new SplittableRandom(Seeds.of(seed, chosen[i]));
      descriptions.add(draw(chosen[i], random, rgb, i * samples));
      timesteps[i] = random.nextInt(NoiseSchedule.TIMESTEPS);
      for (int j = 0; j < samples; j++) {
        noise[i * samples + j] = (float) random.nextGaussian();
      }
    }
    return new NoisyBatch(chosen, rgb, List.copyOf(descriptions), timesteps, noise);
  }

  /** Puts a square of a picture, perhaps degraded, where it belongs, and describes it. */
  private Description draw(int image, SplittableRandom random, byte[] rgb, int offset) {
    int size = recipe.inputSize();
    RgbImage picture = pixels.picture(image);
    Description description = images.get(image).description();
    if (random.nextDouble() >= recipe.cleanShare()) {
      Degradation kind = KINDS[random.nextInt(KINDS.length)];
      int level = 1 + random.nextInt(Degradation.LEVELS);
      picture = kind.degrade(picture, level, random.nextLong());
      description = description.worsened(kind.distortion(), level);
    }
    int slack = size - recipe.imageSize() + 1;
    cut(picture, random.nextInt(slack), random.nextInt(slack), rgb, offset);
    if (recipe.flip() && random.nextBoolean()) {
      PixelFile.mirror(rgb, offset, recipe.imageSize());
    }
    return description;
  }

  private void cut(RgbImage picture, int left, int top, byte[] to, int offset) {
    int row = 3 * recipe.imageSize();
    for (int y = 0; y < recipe.imageSize(); y++) {
      int from = 3 * ((top + y) * picture.width() + left);
      System.arraycopy(picture.rgb(), from, to, offset + y * row, row);
    }
  }
}
