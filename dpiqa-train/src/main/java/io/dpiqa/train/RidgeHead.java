package io.dpiqa.train;

import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
import io.dpiqa.torch.Parameters;
import io.dpiqa.torch.TorchOperations;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
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
      Sums sums = sums(student, parameters, pixels, scores);
      double n = scores.length;
      Tensor mean = sums.features.div(new Scalar(n));
      double meanTarget =
          IntStream.range(0, scores.length).mapToDouble(i -> scores[i]).average().orElseThrow();
      // In place: there are millions of products.
      Tensor covariance = sums.products.addmm_(mean.t(), mean, new Scalar(1), new Scalar(-n));
      Tensor deviation = covariance.diagonal().div(new Scalar(n)).clamp_min(new Scalar(0)).sqrt();
      deviation = deviation.add(new Scalar(DEVIATION_FLOOR)).unsqueeze(0);
      Tensor standard = covariance.div_(deviation).div_(deviation.t());
      standard.diagonal().add_(new Scalar(recipe.ridge()));
      Tensor correlation =
          sums.withTargets.sub(mean.mul(new Scalar(n * meanTarget))).div(deviation).t();
      Tensor weight = torch.linalg_solve(standard, correlation).t().div(deviation);
      Tensor bias = weight.mul(mean).sum().neg().add(new Scalar(meanTarget));
      parameters.set(student.lastLayer() + ".weight", weight);
      parameters.set(student.lastLayer() + ".bias", bias.flatten());
    }
  }

  /**
   * What the regression needs of all pictures, in 64 bits, however many they are.
   *
   * @param features their sum, {@code [1, features]}
   * @param products sum of the products of any two features, {@code [features, features]}
   * @param withTargets sum of the products with the score, {@code [1, features]}
   */
  private record Sums(Tensor features, Tensor products, Tensor withTargets) {}

  private static Sums sums(
      Student student, Parameters parameters, PixelFile pixels, float[] scores) {
    TorchOperations net = TorchOperations.inference(parameters);
    long width = width(student);
    Sums sums = new Sums(zeros(1, width), zeros(width, width), zeros(1, width));
    pixels.forEach(
        IntStream.range(0, scores.length).toArray(),
        parameters.device(),
        (images, first) -> {
          Tensor features = student.pooledFeatures(net, images).cpu().to(ScalarType.Double);
          int n = Math.toIntExact(features.size(0));
          float[] these = Arrays.copyOfRange(scores, first, first + n);
          Tensor targets = Tensor.create(these, 1, n).to(ScalarType.Double);
          sums.features.add_(torch.ones(1, n).to(ScalarType.Double).matmul(features));
          sums.products.addmm_(features.t(), features);
          sums.withTargets.add_(targets.matmul(features));
        });
    return sums;
  }

  /** Values in 32 bits that would take as much memory as the fit does. */
  static long values(Student student) {
    // Products in 64 bits, and two copies of them while the equations are solved.
    return 2 * 3 * width(student) * width(student);
  }

  private static long width(Student student) {
    return student.pooledFeatures(new Shapes(), Shape.of(1, 3, 32, 32)).size(1);
  }

  private static Tensor zeros(long rows, long columns) {
    return torch.zeros(rows, columns).to(ScalarType.Double);
  }
}
