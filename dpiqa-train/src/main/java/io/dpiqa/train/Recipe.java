package io.dpiqa.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dpiqa.network.EfficientNet;
import io.dpiqa.network.Student;

/**
 * Everything that decides, together with the data, what a training run makes.
 *
 * @param variant EfficientNet B0 to B7: 0 to 7
 * @param head how features become a score
 * @param inputSize side in pixels of the square that pictures are resized to
 * @param cropSize side in pixels of the square cut out of it at random, at most the input size;
 *     validation and scoring see the whole picture
 * @param batch pictures a step
 * @param epochs how often every picture is seen; with none, only the head is fitted
 * @param learningRate its maximum
 * @param warmupEpochs over which the learning rate rises linearly to its maximum, before it falls
 *     to zero along a cosine (Loshchilov and Hutter, arXiv 1608.03983)
 * @param beta1 decay of Adam's mean gradient (Kingma and Ba, arXiv 1412.6980)
 * @param beta2 decay of Adam's mean squared gradient
 * @param epsilon added to the root of the latter
 * @param weightDecay of kernels and matrices, decoupled from the gradient (Loshchilov and Hutter,
 *     arXiv 1711.05101); 0 is plain Adam
 * @param averageDecay decay of the moving average of the weights, which is what is validated and
 *     kept; 0 keeps the last weights
 * @param headRate learning rate of the head's last layer, as a share of the others': the pooled
 *     head sums thousands of features, and so its score moves further than any of its weights
 * @param loss what falls
 * @param rankingWeight weight of the pairwise margin ranking loss, added to the loss
 * @param ridge penalty of the ridge regression that fits the pooled head to the features of the
 *     untrained backbone before the first epoch; 0 leaves the head at random, as other heads are
 * @param flip whether pictures are mirrored left to right at random
 * @param seed determines initial weights, order, crops, flips and drops
 */
public record Recipe(
    int variant,
    Student.Head head,
    int inputSize,
    int cropSize,
    int batch,
    int epochs,
    double learningRate,
    double warmupEpochs,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double averageDecay,
    double headRate,
    Loss loss,
    double rankingWeight,
    double ridge,
    boolean flip,
    long seed) {

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
  public static final Recipe COMPACT =
      new Recipe(
          0,
          Student.Head.POOLED,
          256,
          144,
          32,
          14,
          1e-3,
          1,
          0.9,
          0.999,
          1e-8,
          0.05,
          0.999,
          0.03,
          Loss.CORRELATION,
          0,
          100,
          true,
          1);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_SIZE = 2048;
  private static final int MIN_SIZE = 32;

  /**
   * @throws IllegalArgumentException naming the value that is out of range
   */
  public Recipe {
    new EfficientNet(variant);
    require(head != null, "head", head);
    require(inputSize >= MIN_SIZE && inputSize <= MAX_SIZE, "inputSize", inputSize);
    require(cropSize >= MIN_SIZE && cropSize <= inputSize, "cropSize", cropSize);
    require(batch >= 2 && batch <= 4096, "batch", batch);
    require(epochs >= 0, "epochs", epochs);
    require(learningRate > 0 && learningRate < 1, "learningRate", learningRate);
    require(warmupEpochs >= 0 && warmupEpochs <= epochs, "warmupEpochs", warmupEpochs);
    require(beta1 >= 0 && beta1 < 1, "beta1", beta1);
    require(beta2 >= 0 && beta2 < 1, "beta2", beta2);
    require(epsilon > 0 && epsilon < 1, "epsilon", epsilon);
    require(weightDecay >= 0 && weightDecay < 1, "weightDecay", weightDecay);
    require(averageDecay >= 0 && averageDecay < 1, "averageDecay", averageDecay);
    require(headRate > 0 && headRate <= 1, "headRate", headRate);
    require(loss != null, "loss", loss);
    require(ridge >= 0 && ridge < 1e9, "ridge", ridge);
    require(rankingWeight >= 0 && rankingWeight < 1e6, "rankingWeight", rankingWeight);
  }

  private static void require(boolean right, String name, Object value) {
    if (!right) {
      throw new IllegalArgumentException("the recipe's " + name + " cannot be " + value);
    }
  }

  /** The network to train. */
  Student student() {
    return new Student(new EfficientNet(variant), head);
  }

  /** Whether the head is fitted before the first epoch. */
  boolean fitsHead() {
    return head == Student.Head.POOLED && ridge > 0;
  }

  /** The learning rate of a step, from 0. */
  double learningRate(long step, int stepsPerEpoch) {
    double warmup = warmupEpochs * stepsPerEpoch;
    if (step < warmup) {
      return learningRate * (step + 1) / (warmup + 1);
    }
    double share = (step - warmup) / ((double) epochs * stepsPerEpoch - warmup);
    return learningRate * (1 + Math.cos(Math.PI * share)) / 2;
  }

  /** The recipe on one line. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads a recipe. What the text leaves out is as in {@link #COMPACT}.
   *
   * @throws IllegalArgumentException if the text is no JSON object, or a name or a value is wrong
   */
  public static Recipe fromJson(String json) {
    try {
      return JSON.treeToValue(
          JSON.readerForUpdating(JSON.valueToTree(COMPACT)).readTree(json), Recipe.class);
    } catch (JsonProcessingException e) {
      String problem =
          e.getCause() instanceof IllegalArgumentException cause
              ? cause.getMessage()
              : e.getOriginalMessage();
      throw new IllegalArgumentException(
          "not a recipe: " + problem.lines().findFirst().orElse(""), e);
    }
  }
}
