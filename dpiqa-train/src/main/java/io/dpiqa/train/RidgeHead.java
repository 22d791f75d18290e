package io.dpiqa.train;

import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
import io.dpiqa.torch.Parameters;
import io.dpiqa.torch.TorchOperations;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Fits the pooled head in closed form: ridge regression of scores on the features that the backbone
 * has as it is. Features of an untrained network say something about a picture too, and gradient
 * descent may begin from a head that knows what.
 */
@SuppressWarnings("try") // scopes are opened for their end
final class RidgeHead {
  /**
   * Added to a feature's deviation. One that hardly varies must not get a large weight: it may vary
   * once the backbone learns.
   */
  private static final double DEVIATION_FLOOR = 0.1;

  private RidgeHead() {}

  /**
   * Sets the head.
   *
   * @param pixels of whole training pictures
   * @param scores of the same pictures
   */
  static void fit(StudentRecipe recipe, Parameters parameters, PixelFile pixels, float[] scores) {
    Student student = recipe.student();
    try (PointerScope temporary = new PointerScope();
        NoGradGuard inference = new NoGradGuard()) {
      Tensor features = features(recipe, student, parameters, pixels, scores.length);
      Tensor targets = Tensor.create(scores, scores.length, 1).to(ScalarType.Double);

      Tensor mean = columnMeans(features);
      Tensor deviation = columnMeans(features.sub(mean).square()).sqrt();
      deviation = deviation.add(new Scalar(DEVIATION_FLOOR));
      Tensor standard = features.sub(mean).div(deviation);
      Tensor meanTarget = columnMeans(targets);
      Tensor ridge = torch.eye(standard.size(1)).to(ScalarType.Double);
      Tensor covariance = standard.t().matmul(standard).add(ridge.mul(new Scalar(recipe.ridge())));
      Tensor correlation = standard.t().matmul(targets.sub(meanTarget));
      Tensor weight = torch.linalg_solve(covariance, correlation).t().div(deviation);
      Tensor bias = meanTarget.sub(weight.mul(mean).sum()).flatten();
      parameters.set(student.lastLayer() + ".weight", weight);
      parameters.set(student.lastLayer() + ".bias", bias);
    }
  }

  /** {@code [images, features]}, in 64 bits. */
  private static Tensor features(
      StudentRecipe recipe, Student student, Parameters parameters, PixelFile pixels, int images) {
    TorchOperations net = TorchOperations.inference(parameters);
    Tensor all = torch.zeros(images, width(student)).to(ScalarType.Double);
    for (int first = 0; first < images; first += recipe.schedule().batch()) {
      int end = Math.min(first + recipe.schedule().batch(), images);
      int[] batch = IntStream.range(first, end).toArray();
      try (PointerScope temporary = new PointerScope()) {
        Tensor features = student.pooledFeatures(net, pixels.load(batch, parameters.device()));
        all.narrow(0, first, batch.length).copy_(features);
      }
    }
    return all;
  }

  private static long width(Student student) {
    return student.pooledFeatures(new Shapes(), Shape.of(1, 3, 32, 32)).size(1);
  }

  private static Tensor columnMeans(Tensor x) {
    return x.mean(new long[] {0}, true, new ScalarTypeOptional());
  }
}
