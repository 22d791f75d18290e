package io.dpiqa.train;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** What training minimises. */
final class Losses {
  private static final double MARGIN = 0.25;

  private Losses() {}

  /** Mean squared error of scores {@code [N]}. */
  static Tensor squaredError(Tensor scores, Tensor targets) {
    return torch.mse_loss(scores, targets);
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

  /** {@code [N] -> [N, N]}, x_i - x_j. */
  private static Tensor differences(Tensor x) {
    return x.unsqueeze(1).sub(x.unsqueeze(0));
  }
}
