package io.dpiqa.train;

import io.dpiqa.degradation.Degradation;
import io.dpiqa.image.BilinearResize;
import io.dpiqa.image.RgbImage;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The batches of a run, as a student sees them. A batch is a function of the recipe and its step.
 */
final class Batches {
  private static final float[] NONE = {};

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
    boolean taught = teacher != null && !pretraining;
    int n = chosen.length;
    int versions = recipe.versions(pretraining);
    int perCrop = 3 * recipe.cropSize() * recipe.cropSize();
    byte[] rgb = new byte[Math.multiplyExact(versions * n, perCrop)];
    float[] targets = new float[n];
    float[] margins = new float[(versions - 1) * n];
    int[] rows = new int[n];
    for (int i = 0; i < n; i++) {
      Crop crop = crop(epoch, chosen[i]);
      if (versions == 1) {
        write(pixels.part(crop.image(), crop.part()), crop, rgb, i * perCrop);
      } else {
        List<Version> degraded = versions(epoch, crop, versions, pretraining);
        for (int v = 0; v < versions; v++) {
          write(degraded.get(v).part(), crop, rgb, (v * n + i) * perCrop);
        }
        for (int v = 1; v < versions; v++) {
          margins[(v - 1) * n + i] = degraded.get(v).margin();
        }
      }
      targets[i] = scores[chosen[i]];
      rows[i] = taught ? teacher.row(chosen[i], crop.mirrored()) : 0;
    }
    float[] teacherScores = taught ? teacher.scores(rows) : NONE;
    float[] teacherMaps = taught && recipe.mapWeight() > 0 ? teacher.maps(rows) : NONE;
    return new Batch(chosen, rgb, targets, teacherScores, teacherMaps, margins);
  }

  /** A part of a picture of the input size, and whether it is mirrored. */
  private record Crop(int image, Region part, boolean mirrored) {}

  private Crop crop(long epoch, int image) {
    SplittableRandom random =
        new SplittableRandom(Seeds.of(recipe.schedule().seed(), Seeds.AUGMENT, epoch, image));
    int side = recipe.inputSize();
    Region part =
        recipe.seesParts()
            ? Region.random(side, recipe.partFrom(), recipe.partTo(), random)
            : Region.anywhere(side, recipe.cropSize(), recipe.cropSize(), random);
    return new Crop(image, part, recipe.flip() && random.nextBoolean());
  }

  /** What a crop shows, and by how much it is to score lower than the version before. */
  private record Version(float margin, RgbImage part) {}

  /**
   * A crop at rising levels of a random kind, as large as it is degraded: as it is and at one level
   * or two, or in pre-training at two levels. The lower of two may be 0.
   */
  private List<Version> versions(long epoch, Crop crop, int versions, boolean pretraining) {
    SplittableRandom random =
        new SplittableRandom(
            Seeds.of(recipe.schedule().seed(), Seeds.DEGRADE, epoch, crop.image()));
    Degradation kind = recipe.twins().kind(random);
    int high = 1 + random.nextInt(Degradation.LEVELS);
    boolean single = versions == 2 && !pretraining;
    int low = single ? 0 : recipe.twins().better(high, random);
    int[] levels = versions == 2 ? new int[] {low, high} : new int[] {0, low, high};
    long seed = random.nextLong();

    int whole = recipe.sizeOfTwins();
    int width = twinned(crop.part().width());
    int height = twinned(crop.part().height());
    int left = Math.min(twinned(crop.part().left()), whole - width);
    int top = Math.min(twinned(crop.part().top()), whole - height);
    // JPEG's blocks are not to begin in one place of every crop.
    int before = random.nextInt(Math.min(left, JPEG_BLOCK - 1) + 1);
    int above = random.nextInt(Math.min(top, JPEG_BLOCK - 1) + 1);
    RgbImage part =
        twinPixels.part(
            crop.image(), new Region(left - before, top - above, width + before, height + above));
    List<Version> degraded = new ArrayList<>();
    int better = levels[0];
    for (int level : levels) {
      RgbImage worse = level == 0 ? part : kind.degrade(part, level, seed, whole);
      float margin = (float) (recipe.twins().margin(kind) * (level - better));
      degraded.add(new Version(margin, cut(worse, before, above, width, height)));
      better = level;
    }
    return degraded;
  }

  /** A length in a picture of the input size, in one that is degraded. */
  private int twinned(int length) {
    return (int) Math.round((double) length * recipe.sizeOfTwins() / recipe.inputSize());
  }

  private static RgbImage cut(RgbImage picture, int left, int top, int width, int height) {
    byte[] part = new byte[3 * width * height];
    for (int y = 0; y < height; y++) {
      int from = 3 * ((top + y) * picture.width() + left);
      System.arraycopy(picture.rgb(), from, part, 3 * width * y, 3 * width);
    }
    return new RgbImage(width, height, part);
  }

  /** Resizes a part to a crop, and mirrors it if the crop is. */
  private void write(RgbImage part, Crop crop, byte[] rgb, int offset) {
    int size = recipe.cropSize();
    RgbImage resized = BilinearResize.resize(part, size, size);
    System.arraycopy(resized.rgb(), 0, rgb, offset, 3 * size * size);
    if (crop.mirrored()) {
      PixelFile.mirror(rgb, offset, size);
    }
  }
}
