package io.dpiqa.train;

import io.dpiqa.dataset.LabelledImage;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The batches of a run, as a student sees them. A batch is a function of the recipe and its step.
 */
final class Batches {
  private final StudentRecipe recipe;
  private final List<LabelledImage> images;
  private final PixelFile pixels;
  private final EpochOrder order;

  Batches(StudentRecipe recipe, List<LabelledImage> images, PixelFile pixels) {
    this.recipe = recipe;
    this.images = images;
    this.pixels = pixels;
    this.order = new EpochOrder(recipe.schedule(), images.size());
  }

  /** The batch of a step, from 0, of the whole run. */
  Batch batch(long step) {
    int[] chosen = order.chosen(step);
    int n = chosen.length;
    int side = recipe.cropSize();
    byte[] rgb = new byte[Math.multiplyExact(n, 3 * side * side)];
    float[] targets = new float[n];
    for (int i = 0; i < n; i++) {
      augmented(order.epoch(step), chosen[i], rgb, i * 3 * side * side);
      targets[i] = (float) images.get(chosen[i]).score();
    }
    return new Batch(chosen, rgb, targets);
  }

  private void augmented(long epoch, int image, byte[] rgb, int offset) {
    SplittableRandom random =
        new SplittableRandom(Seeds.of(recipe.schedule().seed(), Seeds.AUGMENT, epoch, image));
    int side = recipe.cropSize();
    int slack = recipe.inputSize() - side + 1;
    pixels.read(image, random.nextInt(slack), random.nextInt(slack), side, rgb, offset);
    if (recipe.flip() && random.nextBoolean()) {
      PixelFile.mirror(rgb, offset, side);
    }
  }
}
