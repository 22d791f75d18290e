package io.dpiqa.train;

import io.dpiqa.network.FoldedWeights;
import io.dpiqa.network.Student;
import io.dpiqa.torch.Floats;
import io.dpiqa.torch.Parameters;
import io.dpiqa.torch.TorchOperations;
import java.util.Arrays;
import java.util.Map;
import java.util.function.DoubleFunction;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.hipparchus.stat.regression.SimpleRegression;

/**
 * Fits what is no matter of descent: makes a network that learnt from batches of crops right for
 * whole pictures by themselves, and one whose BatchNorm is folded ready to learn from batches. It
 * looks at the training pictures of {@link NormStatistics}.
 */
@SuppressWarnings("try") // scopes are opened for their end
final class WholePictureFit {
  /** The share of scores at either end that count as the nearest of the others. */
  private static final double OUTLIERS = 0.02;

  private final StudentRecipe recipe;
  private final PixelFile pixels;
  private final NormStatistics statistics;

  /**
   * @param pixels of whole training pictures
   * @param images how many of them there are
   */
  WholePictureFit(StudentRecipe recipe, PixelFile pixels, int images) {
    this.recipe = recipe;
    this.pixels = pixels;
    this.statistics = new NormStatistics(recipe.schedule(), images);
  }

  /** Makes BatchNorm's running statistics the means of the batches' statistics. */
  void statistics(Parameters parameters) {
    measure(parameters, share -> TorchOperations.measuring(parameters, share));
  }

  /**
   * Makes a BatchNorm that is folded one that normalises by the batches' statistics: its scale and
   * bias take back what that changes, so that the network computes the same. Leaves others as they
   * are.
   */
  void unfold(Parameters parameters) {
    Map<String, Double> epsilons = recipe.shapes(1, recipe.cropSize()).epsilons();
    if (!epsilons.entrySet().stream()
        .allMatch(norm -> isFolded(parameters, norm.getKey(), norm.getValue()))) {
      return;
    }
    measure(parameters, share -> TorchOperations.measuringFolded(parameters, share));
    try (NoGradGuard values = new NoGradGuard()) {
      epsilons.forEach((norm, epsilon) -> unfold(parameters, norm, epsilon));
    }
  }

  private static boolean isFolded(Parameters parameters, String norm, double epsilon) {
    Tensor all = parameters.values();
    float[] means = Floats.of(parameters.part(all, norm + ".running_mean"));
    float[] variances = Floats.of(parameters.part(all, norm + ".running_var"));
    return FoldedWeights.areStatistics(means, variances, epsilon);
  }

  private static void unfold(Parameters parameters, String norm, double epsilon) {
    try (PointerScope temporary = new PointerScope()) {
      Tensor all = parameters.values();
      Tensor mean = parameters.part(all, norm + ".running_mean");
      Tensor variance = parameters.part(all, norm + ".running_var");
      Tensor scale = parameters.part(all, norm + ".weight");
      parameters.part(all, norm + ".bias").addcmul_(scale, mean);
      scale.mul_(variance.add(new Scalar(epsilon)).sqrt());
    }
  }

  /**
   * Has the student look at the batches.
   *
   * @param operations by the share of a batch's statistics in the running ones
   */
  private void measure(Parameters parameters, DoubleFunction<TorchOperations> operations) {
    Student student = recipe.student();
    statistics.measure(
        operations, (net, images) -> student.score(net, pixels.load(images, parameters.device())));
  }

  /**
   * Gives the head the offset and the factor that bring its scores closest to people's, unless it
   * gives every picture the same score. A few pictures' scores may be far off before: they do not
   * decide.
   */
  void scale(Parameters parameters, float[] scores) {
    try (NoGradGuard inference = new NoGradGuard()) {
      SimpleRegression line = line(parameters, scores);
      if (Double.isFinite(line.getSlope())) {
        Tensor all = parameters.values();
        String head = recipe.student().lastLayer();
        Scalar slope = new Scalar(line.getSlope());
        Scalar intercept = new Scalar(line.getIntercept());
        parameters.part(all, head + ".weight").mul_(slope);
        parameters.part(all, head + ".bias").mul_(slope).add_(intercept);
      }
    }
  }

  private SimpleRegression line(Parameters parameters, float[] scores) {
    TorchOperations net = TorchOperations.inference(parameters);
    int[] all = statistics.images();
    double[] given = new double[all.length];
    pixels.forEach(
        all,
        parameters.device(),
        (images, first) -> {
          float[] these = Floats.of(recipe.student().score(net, images));
          for (int i = 0; i < these.length; i++) {
            given[first + i] = these[i];
          }
        });
    double[] targets = new double[all.length];
    Arrays.setAll(targets, i -> scores[all[i]]);
    return line(given, targets);
  }

  /** The line that is closest to the targets, but for scores that are far from all others. */
  static SimpleRegression line(double[] given, double[] targets) {
    double[] sorted = given.clone();
    Arrays.sort(sorted);
    int outliers = (int) (OUTLIERS * given.length);
    double least = sorted[outliers];
    double largest = sorted[given.length - 1 - outliers];
    SimpleRegression line = new SimpleRegression();
    for (int i = 0; i < given.length; i++) {
      line.addData(Math.max(least, Math.min(largest, given[i])), targets[i]);
    }
    return line;
  }
}
