package io.dpiqa.train;

import org.bytedeco.pytorch.CrossEntropyLossOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What training minimises. */
final class Losses {
  private static final double MARGIN = 0.25;

  /** So that targets that are all the same give no gradient, and no NaN. */
  private static final double LEAST_NORM = 1e-6;

  /** So that scores that are all the same have a gradient. */
  private static final double NORM_EPSILON = 1e-8;

  private Losses() {}

  /** Mean squared error of scores {@code [N]}. */
  static Tensor squaredError(Tensor scores, Tensor targets) {
    return torch.mse_loss(scores, targets);
  }

  /**
   * Cross-entropy of logits {@code [N, kinds]} with the numbers of the kinds {@code [N]}, the mean
   * over N.
   *
   * @param smoothing share of each target, 0 to 1, that is divided among all kinds
   */
  static Tensor crossEntropy(Tensor logits, Tensor kinds, double smoothing) {
    CrossEntropyLossOptions options = new CrossEntropyLossOptions();
    options.label_smoothing().put(smoothing);
    return torch.cross_entropy(logits, kinds, options);
  }

  /**
   * One minus the linear correlation of scores {@code [N]} with their targets (Li, Jiang and Jiang,
   * "Norm-in-Norm Loss with Faster Convergence and Better Performance for Image Quality
   * Assessment", arXiv 2008.03889, with p = q = 2): scale and offset of the scores are free.
   */
  static Tensor correlation(Tensor scores, Tensor targets) {
    Tensor x = centred(scores);
    Tensor y = centred(targets);
    Tensor norms =
        x.square()
            .sum()
            .add(new Scalar(NORM_EPSILON))
            .sqrt()
            .mul(y.norm().clamp_min(new Scalar(LEAST_NORM)));
    return x.mul(y).sum().div(norms).neg().add(new Scalar(1));
  }

  private static Tensor centred(Tensor x) {
    return x.sub(x.mean());
  }

  /**
   * How far pairs of scores {@code [N]} are from being in the order of their targets by a margin of
   * a quarter of the targets' standard deviation: {@code max(0, margin - sign(y_i - y_j) (s_i -
   * s_j))}, the mean over all pairs i &lt; j.
   */
  static Tensor marginRanking(Tensor scores, Tensor targets) {
    long n = targets.size(0);
    Tensor margin = targets.std().mul(new Scalar(MARGIN));
    Tensor order = differences(targets).sign();
    Tensor violations = margin.sub(order.mul(differences(scores))).relu();
    return violations.triu(1).sum().div(new Scalar(n * (n - 1) / 2.0));
  }

  /**
   * How far worse pictures are from scoring lower than their better twins by a margin: {@code
   * max(0, margin - (better - worse))}, the mean over all {@code [N]} pairs (RankIQA: Liu, van de
   * Weijer and Bagdanov, arXiv 1707.08347, equation 2).
   */
  static Tensor twinRanking(Tensor better, Tensor worse, Tensor margins) {
    return margins.sub(better.sub(worse)).relu().mean();
  }

  /**
   * The factor that gives scores {@code [N]} the deviation of their targets, where the loss leaves
   * their scale free. It has no gradient: a margin is not to be met by larger scores alone.
   */
  static Tensor scale(Tensor scores, Tensor targets) {
    return targets.std().div(scores.detach().std().add(new Scalar(LEAST_NORM)));
  }

  /** {@code [N] -> [N, N]}, x_i - x_j. */
  private static Tensor differences(Tensor x) {
    return x.unsqueeze(1).sub(x.unsqueeze(0));
  }
}
