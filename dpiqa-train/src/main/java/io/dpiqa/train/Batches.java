package io.dpiqa.train;

import io.dpiqa.degradation.Degradation;
import io.dpiqa.image.BilinearResize;
import io.dpiqa.image.RgbImage;
import java.util.SplittableRandom;

/**
 * The batches of a run, as a student sees them. A batch is a function of the recipe and its step.
 */
final class Batches {
  private static final float[] NONE = {};

  /** By how much of the scale a picture is to score lower for every level of a degradation. */
  private static final double MARGIN_PER_LEVEL = 0.05;

  private static final int JPEG_BLOCK = 8;

  private final StudentRecipe recipe;
  private final float[] scores;
  private final PixelFile pixels;

  /** Null without twins. */
  private final PixelFile twinPixels;

  /** Null without a teacher. */
  private final TeacherFile teacher;

  private final EpochOrder order;

  /**
   * @param scores people's, of the pictures to learn from
   * @param pixels of the same pictures
   * @param twinPixels of the same pictures, as large as they are degraded; null without twins
   * @param teacher what it says of them; null without a teacher
   */
  Batches(
      StudentRecipe recipe,
      float[] scores,
      PixelFile pixels,
      PixelFile twinPixels,
      TeacherFile teacher) {
    this.recipe = recipe;
    this.scores = scores;
    this.pixels = pixels;
    this.twinPixels = twinPixels;
    this.teacher = teacher;
    this.order = new EpochOrder(recipe.schedule(), scores.length);
  }

  /** The batch of a step, from 0, of the whole run. */
  Batch batch(long step) {
    int[] chosen = order.chosen(step);
    long epoch = order.epoch(step);
    boolean pretraining = epoch < recipe.pretrainEpochs();
    boolean twins = pretraining || recipe.degradationWeight() > 0;
    boolean taught = teacher != null && !pretraining;
    int n = chosen.length;
    int perCrop = 3 * recipe.cropSize() * recipe.cropSize();
    byte[] rgb = new byte[Math.multiplyExact(twins ? 2 * n : n, perCrop)];
    float[] targets = new float[n];
    float[] margins = twins ? new float[n] : NONE;
    int[] rows = new int[n];
    for (int i = 0; i < n; i++) {
      Crop crop = crop(epoch, chosen[i]);
      if (twins) {
        margins[i] = readTwins(epoch, crop, pretraining, rgb, i * perCrop, (n + i) * perCrop);
      } else {
        pixels.read(crop.image(), crop.left(), crop.top(), recipe.cropSize(), rgb, i * perCrop);
        mirror(crop, rgb, i * perCrop);
      }
      targets[i] = scores[chosen[i]];
      rows[i] = taught ? teacher.row(chosen[i], crop.mirrored()) : 0;
    }
    float[] teacherScores = taught ? teacher.scores(rows) : NONE;
    float[] teacherMaps = taught && recipe.mapWeight() > 0 ? teacher.maps(rows) : NONE;
    return new Batch(chosen, rgb, targets, teacherScores, teacherMaps, margins);
  }

  /** A square of a picture, and whether it is mirrored. */
  private record Crop(int image, int left, int top, boolean mirrored) {}

  private Crop crop(long epoch, int image) {
    SplittableRandom random =
        new SplittableRandom(Seeds.of(recipe.schedule().seed(), Seeds.AUGMENT, epoch, image));
    int slack = recipe.inputSize() - recipe.cropSize() + 1;
    int left = random.nextInt(slack);
    int top = random.nextInt(slack);
    return new Crop(image, left, top, recipe.flip() && random.nextBoolean());
  }

  private void mirror(Crop crop, byte[] rgb, int offset) {
    if (crop.mirrored()) {
      PixelFile.mirror(rgb, offset, recipe.cropSize());
    }
  }

  /**
   * The same crop of a picture as it is, or in pre-training at any level of a degradation, and at a
   * higher level.
   *
   * @return by how much the second is to score lower
   */
  private float readTwins(
      long epoch, Crop crop, boolean pretraining, byte[] rgb, int better, int worse) {
    SplittableRandom random =
        new SplittableRandom(
            Seeds.of(recipe.schedule().seed(), Seeds.DEGRADE, epoch, crop.image()));
    Degradation[] kinds = Degradation.values();
    Degradation kind = kinds[random.nextInt(kinds.length)];
    int high = 1 + random.nextInt(Degradation.LEVELS);
    int low = pretraining ? random.nextInt(high) : 0;
    long seed = random.nextLong();

    int whole = recipe.sizeOfTwins();
    int side = twinned(recipe.cropSize());
    int left = Math.min(twinned(crop.left()), whole - side);
    int top = Math.min(twinned(crop.top()), whole - side);
    // JPEG's blocks are not to begin in one place of every crop.
    int before = random.nextInt(Math.min(left, JPEG_BLOCK - 1) + 1);
    int above = random.nextInt(Math.min(top, JPEG_BLOCK - 1) + 1);
    RgbImage part =
        twinPixels.part(crop.image(), left - before, top - above, side + before, side + above);
    RgbImage good = low == 0 ? part : kind.degrade(part, low, seed, whole);
    write(good, before, above, side, crop, rgb, better);
    write(kind.degrade(part, high, seed, whole), before, above, side, crop, rgb, worse);
    return (float) (MARGIN_PER_LEVEL * (high - low));
  }

  /** A length in a picture of the input size, in one that is degraded. */
  private int twinned(int length) {
    return (int) Math.round((double) length * recipe.sizeOfTwins() / recipe.inputSize());
  }

  /** A square of a picture, resized to a crop. */
  private void write(
      RgbImage picture, int left, int top, int side, Crop crop, byte[] rgb, int offset) {
    byte[] square = new byte[3 * side * side];
    for (int y = 0; y < side; y++) {
      int from = 3 * ((top + y) * picture.width() + left);
      System.arraycopy(picture.rgb(), from, square, 3 * side * y, 3 * side);
    }
    int size = recipe.cropSize();
    RgbImage resized = BilinearResize.resize(new RgbImage(side, side, square), size, size);
    System.arraycopy(resized.rgb(), 0, rgb, offset, 3 * size * size);
    mirror(crop, rgb, offset);
  }
}
