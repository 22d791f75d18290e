package io.dpiqa.train;

import io.dpiqa.network.EfficientNet;
import io.dpiqa.network.Student;
import io.dpiqa.torch.TorchOperations.Precision;
import java.util.List;

/**
 * Everything that decides, together with the data, what student a training run makes.
 *
 * @param variant EfficientNet B0 to B7: 0 to 7
 * @param head how features become a score
 * @param inputSize side in pixels of the square that pictures are resized to
 * @param cropSize side in pixels of the square cut out of it at random, at most the input size;
 *     validation and scoring see the whole picture
 * @param headRate learning rate of the head's last layer, as a share of the others': the pooled
 *     head sums thousands of features, and so its score moves further than any of its weights
 * @param loss what falls
 * @param rankingWeight weight of the pairwise margin ranking loss, added to the loss
 * @param ridge penalty of the ridge regression that fits the pooled head to the features of the
 *     untrained backbone before the first epoch; 0 leaves the head at random, as other heads are
 * @param flip whether pictures are mirrored left to right at random
 * @param schedule how it learns
 */
public record StudentRecipe(
    int variant,
    Student.Head head,
    int inputSize,
    int cropSize,
    double headRate,
    Loss loss,
    double rankingWeight,
    double ridge,
    boolean flip,
    Schedule schedule) {

  /** How scores are compared with people's. */
  public enum Loss {
    /** Mean squared error, as published. */
    SQUARED_ERROR,
    /**
     * Linear correlation within a batch. Learns several times faster, from batches of two dozen
     * pictures upwards; scale and offset of the scores are fitted afterwards.
     */
    CORRELATION
  }

  /** What made the built-in model: a compact student, from nothing but pictures and scores. */
  public static final StudentRecipe COMPACT =
      new StudentRecipe(
          0,
          Student.Head.POOLED,
          256,
          144,
          0.03,
          Loss.CORRELATION,
          0,
          100,
          true,
          new Schedule(
              32,
              1,
              14,
              1e-3,
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
  private static final int MIN_SIZE = 32;

  /**
   * @throws IllegalArgumentException naming the value that is out of range
   */
  public StudentRecipe {
    new EfficientNet(variant);
    RecipeJson.require(head != null, "head", head);
    RecipeJson.require(inputSize >= MIN_SIZE && inputSize <= MAX_SIZE, "inputSize", inputSize);
    RecipeJson.require(cropSize >= MIN_SIZE && cropSize <= inputSize, "cropSize", cropSize);
    RecipeJson.require(headRate > 0 && headRate <= 1, "headRate", headRate);
    RecipeJson.require(loss != null, "loss", loss);
    RecipeJson.require(rankingWeight >= 0 && rankingWeight < 1e6, "rankingWeight", rankingWeight);
    RecipeJson.require(ridge >= 0 && ridge < 1e9, "ridge", ridge);
    RecipeJson.require(schedule != null, "schedule", schedule);
    // BatchNorm's statistics, and correlation and ranking, are of a whole batch.
    RecipeJson.require(schedule == null || schedule.parts() == 1, "schedule.parts", "more than 1");
    RecipeJson.require(schedule == null || schedule.batch() >= 2, "schedule.batch", "1");
  }

  /** The network to train. */
  Student student() {
    return new Student(new EfficientNet(variant), head);
  }

  /** Whether the head is fitted before the first epoch. */
  boolean fitsHead() {
    return head == Student.Head.POOLED && ridge > 0;
  }

  /** The recipe on one line. */
  public String toJson() {
    return RecipeJson.write(this);
  }

  /**
   * Reads a recipe. What the text leaves out is as in {@link #COMPACT}.
   *
   * @throws IllegalArgumentException if the text is no JSON object, or a name or a value is wrong
   */
  public static StudentRecipe fromJson(String json) {
    return RecipeJson.read(json, COMPACT, StudentRecipe.class);
  }
}
