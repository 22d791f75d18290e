package io.dpiqa.train;

import io.dpiqa.network.Backbone;
import io.dpiqa.network.Classifier;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.torch.TorchOperations.Precision;
import java.util.List;

/**
 * Everything that decides, together with the data, what backbone a training run makes: a
 * convolutional network that tells kinds of pictures apart, for a student to begin with.
 *
 * @param backbone {@code efficientnet-b0} to {@code efficientnet-b7} or {@code resnet18-16}, {@code
 *     -32} or {@code -64}; see {@link Backbone#named}
 * @param inputSize side in pixels of the square that pictures are decoded and resized to
 * @param cropSize side in pixels of the square that a random part of it is resized to, which the
 *     network sees; may be more than the input size
 * @param partFrom least width and height of a part, each drawn by itself, as a share of the
 *     picture's side, more than 0 and at most 1
 * @param partTo largest width and height of a part, as such a share, at most 1; what is validated
 *     is always the whole picture
 * @param labelSmoothing share of each picture's kind, from 0 to less than 1, that is divided among
 *     all kinds (Szegedy et al., arXiv 1512.00567, section 7)
 * @param flip whether pictures are mirrored left to right at random
 * @param schedule how it learns
 */
public record BackboneRecipe(
    String backbone,
    int inputSize,
    int cropSize,
    double partFrom,
    double partTo,
    double labelSmoothing,
    boolean flip,
    Schedule schedule) {

  /** For a hundred thousand pictures of 64 x 64, as Tiny ImageNet's. */
  public static final BackboneRecipe DEFAULT =
      new BackboneRecipe(
          "efficientnet-b0",
          64,
          112,
          0.6,
          1,
          0.1,
          true,
          new Schedule(
              256,
              1,
              20,
              2e-3,
              1,
              List.of(),
              0.9,
              0.999,
              1e-8,
              0.05,
              0.999,
              Schedule.Keep.LAST,
              Precision.FLOAT32,
              false,
              1));

  private static final int MAX_SIZE = 2048;

  /** Of a smaller picture, nothing is left at the end of a backbone. */
  private static final int MIN_SIZE = 32;

  /**
   * @throws IllegalArgumentException naming the value that is out of range
   */
  public BackboneRecipe {
    RecipeJson.require(backbone != null, "backbone", backbone);
    Backbone.named(backbone);
    RecipeJson.require(inputSize >= 1 && inputSize <= MAX_SIZE, "inputSize", inputSize);
    RecipeJson.require(cropSize >= MIN_SIZE && cropSize <= MAX_SIZE, "cropSize", cropSize);
    RecipeJson.require(partFrom > 0 && partFrom <= 1, "partFrom", partFrom);
    RecipeJson.require(partTo >= partFrom && partTo <= 1, "partTo", partTo);
    RecipeJson.require(labelSmoothing >= 0 && labelSmoothing < 1, "labelSmoothing", labelSmoothing);
    RecipeJson.require(schedule != null, "schedule", schedule);
    // BatchNorm's statistics are of a whole batch.
    RecipeJson.require(schedule.parts() == 1, "schedule.parts", "more than 1");
    RecipeJson.require(schedule.batch() >= 2, "schedule.batch", "1");
  }

  /** The network to train, for so many kinds. */
  Classifier classifier(int kinds) {
    return new Classifier(Backbone.named(backbone), kinds);
  }

  /** What the network owns, and makes of a batch. */
  Shapes shapes(int kinds) {
    Shapes shapes = new Shapes();
    classifier(kinds).logits(shapes, Shape.of(schedule.batch(), 3, cropSize, cropSize));
    return shapes;
  }

  /** The recipe on one line. */
  public String toJson() {
    return RecipeJson.write(this);
  }

  /** As {@link #fromJson(String, BackboneRecipe)}, with {@link #DEFAULT}. */
  public static BackboneRecipe fromJson(String json) {
    return fromJson(json, DEFAULT);
  }

  /**
   * Reads a recipe. What the text leaves out is as in another one.
   *
   * @throws IllegalArgumentException if the text is no JSON object, or a name or a value is wrong
   */
  public static BackboneRecipe fromJson(String json, BackboneRecipe otherwise) {
    return RecipeJson.read(json, otherwise, BackboneRecipe.class);
  }
}
