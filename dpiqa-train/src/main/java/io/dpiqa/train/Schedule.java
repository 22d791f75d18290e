package io.dpiqa.train;

import io.dpiqa.network.Shapes;
import io.dpiqa.torch.TorchOperations.Precision;
import java.util.List;

/**
 * How a network learns, whichever it is.
 *
 * @param batch pictures a step
 * @param parts how many parts a batch is computed in, one after another, to need less memory; must
 *     divide the batch
 * @param epochs how often every picture is seen
 * @param learningRate its maximum
 * @param warmupEpochs over which the learning rate rises linearly to its maximum, at most as many
 *     as there are, if there are any
 * @param decayAfter epochs after which the learning rate falls to a fifth, as published; if there
 *     are none, it falls to zero along a cosine (Loshchilov and Hutter, arXiv 1608.03983)
 * @param beta1 decay of Adam's mean gradient (Kingma and Ba, arXiv 1412.6980)
 * @param beta2 decay of Adam's mean squared gradient
 * @param epsilon added to the root of the latter
 * @param weightDecay of kernels and matrices, decoupled from the gradient (Loshchilov and Hutter,
 *     arXiv 1711.05101); 0 is plain Adam
 * @param averageDecay decay of the moving average of the weights, which is what is validated and
 *     kept; 0 keeps the weights themselves, in less memory
 * @param keep which epoch's weights are kept
 * @param precision of convolutions and matrix products
 * @param checkpoints whether a network's {@linkplain io.dpiqa.network.Operations#segment segments}
 *     are computed twice to need less memory
 * @param seed determines everything that is random
 */
public record Schedule(
    int batch,
    int parts,
    int epochs,
    double learningRate,
    double warmupEpochs,
    List<Integer> decayAfter,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double averageDecay,
    Keep keep,
    Precision precision,
    boolean checkpoints,
    long seed) {

  /** Which epoch's weights are kept. */
  public enum Keep {
    /** The last epoch's. */
    LAST,
    /** Those of the epoch that is best on the validation part. */
    BEST
  }

  private static final double DECAY = 0.2;

  /**
   * @throws IllegalArgumentException naming the value that is out of range
   */
  public Schedule {
    require(batch >= 1 && batch <= 4096, "batch", batch);
    require(parts >= 1 && parts <= batch && batch % parts == 0, "parts", parts);
    require(epochs >= 0, "epochs", epochs);
    require(learningRate > 0 && learningRate < 1, "learningRate", learningRate);
    require(
        warmupEpochs >= 0 && (warmupEpochs <= epochs || epochs == 0),
        "warmupEpochs",
        warmupEpochs + " of " + epochs + " epochs");
    decayAfter = decayAfter == null ? List.of() : decayAfter;
    require(
        decayAfter.stream().allMatch(epoch -> epoch != null && epoch > 0),
        "decayAfter",
        decayAfter);
    decayAfter = List.copyOf(decayAfter);
    require(beta1 >= 0 && beta1 < 1, "beta1", beta1);
    require(beta2 >= 0 && beta2 < 1, "beta2", beta2);
    require(epsilon > 0 && epsilon < 1, "epsilon", epsilon);
    require(weightDecay >= 0 && weightDecay < 1, "weightDecay", weightDecay);
    require(averageDecay >= 0 && averageDecay < 1, "averageDecay", averageDecay);
    require(keep != null, "keep", keep);
    require(precision != null, "precision", precision);
  }

  private static void require(boolean right, String name, Object value) {
    RecipeJson.require(right, "schedule." + name, value);
  }

  /** The published schedule, but for how the learning rate falls. */
  static Schedule published(int batch, double learningRate, List<Integer> decayAfter) {
    return new Schedule(
        batch,
        1,
        30,
        learningRate,
        0,
        decayAfter,
        0.9,
        0.999,
        1e-8,
        0,
        0,
        Keep.BEST,
        Precision.BFLOAT16,
        false,
        1);
  }

  /** Numbers kept for each value: itself, its gradient, Adam's two moments, and the average. */
  int copies() {
    return averageDecay > 0 ? 5 : 4;
  }

  /** Elements that a step makes of a batch, or of a part of it, and that are there at once. */
  long activations(Shapes step) {
    return checkpoints ? step.activationsComputedAgain() : step.activations();
  }

  /** The learning rate of a step, from 0; of steps before, those of pre-training, its maximum. */
  double learningRate(long step, int stepsPerEpoch) {
    if (step < 0) {
      return learningRate;
    }
    double warmup = warmupEpochs * stepsPerEpoch;
    if (step < warmup) {
      return learningRate * (step + 1) / (warmup + 1);
    }
    if (!decayAfter.isEmpty()) {
      return learningRate * Math.pow(DECAY, decays(step / stepsPerEpoch));
    }
    double share = (step - warmup) / ((double) epochs * stepsPerEpoch - warmup);
    return learningRate * (1 + Math.cos(Math.PI * share)) / 2;
  }

  private int decays(long epochs) {
    return (int) decayAfter.stream().filter(after -> epochs >= after).count();
  }
}
