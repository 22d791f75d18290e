package io.dpiqa.train;

import io.dpiqa.dataset.LabelledImage;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * The batches of a run. Every epoch goes through all pictures in an order of its own, and leaves
 * out those at its end that fill no batch. A batch is a function of the recipe and its step.
 */
final class Batches {
  private final Recipe recipe;
  private final List<LabelledImage> images;
  private final PixelFile pixels;
  private int[] order;
  private long orderedEpoch = -1;

  Batches(Recipe recipe, List<LabelledImage> images, PixelFile pixels) {
    this.recipe = recipe;
    this.images = images;
    this.pixels = pixels;
  }

  int perEpoch() {
    return images.size() / recipe.batch();
  }

  /** The batch of a step, from 0, of the whole run. */
  Batch batch(long step) {
    long epoch = step / perEpoch();
    if (epoch != orderedEpoch) {
      order = order(epoch);
      orderedEpoch = epoch;
    }
    int n = recipe.batch();
    int side = recipe.cropSize();
    int first = (int) (step % perEpoch()) * n;
    int[] chosen = IntStream.range(first, first + n).map(i -> order[i]).toArray();
    byte[] rgb = new byte[Math.multiplyExact(n, 3 * side * side)];
    float[] targets = new float[n];
    for (int i = 0; i < n; i++) {
      augmented(epoch, chosen[i], rgb, i * 3 * side * side);
      targets[i] = (float) images.get(chosen[i]).score();
    }
    return new Batch(chosen, rgb, targets);
  }

  private int[] order(long epoch) {
    int[] shuffled = IntStream.range(0, images.size()).toArray();
    Random random = new Random(Seeds.of(recipe.seed(), Seeds.ORDER, epoch));
    for (int i = shuffled.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = shuffled[i];
      shuffled[i] = shuffled[j];
      shuffled[j] = swapped;
    }
    return shuffled;
  }

  private void augmented(long epoch, int image, byte[] rgb, int offset) {
    SplittableRandom random =
        new SplittableRandom(Seeds.of(recipe.seed(), Seeds.AUGMENT, epoch, image));
    int side = recipe.cropSize();
    int slack = recipe.inputSize() - side + 1;
    pixels.read(image, random.nextInt(slack), random.nextInt(slack), side, rgb, offset);
    if (recipe.flip() && random.nextBoolean()) {
      for (int y = 0; y < side; y++) {
        mirror(rgb, offset + 3 * side * y, side);
      }
    }
  }

  /** Reverses the order of a row's pixels. */
  private static void mirror(byte[] rgb, int row, int width) {
    for (int left = row, right = row + 3 * (width - 1); left < right; left += 3, right -= 3) {
      for (int channel = 0; channel < 3; channel++) {
        byte swapped = rgb[left + channel];
        rgb[left + channel] = rgb[right + channel];
        rgb[right + channel] = swapped;
      }
    }
  }
}
