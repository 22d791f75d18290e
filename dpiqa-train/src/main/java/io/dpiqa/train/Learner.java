package io.dpiqa.train;

import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
import io.dpiqa.torch.Images;
import io.dpiqa.torch.Parameters;
import io.dpiqa.torch.TorchOperations;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;

/** A student, the moving average of its weights, and the optimiser that changes them. */
@SuppressWarnings("try") // scopes are opened for their end
final class Learner implements AutoCloseable {
  private static final String MODEL = "model.";
  private static final String AVERAGE = "average.";

  private final Recipe recipe;
  private final Student student;
  private final Parameters parameters;
  private final Parameters average;
  private final Adam adam;

  private Learner(Recipe recipe, Parameters parameters, Parameters average) {
    this.recipe = recipe;
    this.student = recipe.student();
    this.parameters = parameters;
    this.average = average;
    this.adam = new Adam(recipe, parameters);
  }

  /** A student that has learnt nothing. */
  static Learner begin(Recipe recipe) {
    long seed = Seeds.of(recipe.seed(), Seeds.INITIALISE);
    Parameters parameters = Parameters.initialise(shapes(recipe), seed);
    return new Learner(recipe, parameters, parameters.copy());
  }

  /** Fits the head to the features of the backbone as it is; see {@link RidgeHead}. */
  void fitHead(Calibration calibration, PixelFile pixels, float[] scores) {
    calibration.statistics(parameters);
    RidgeHead.fit(recipe, parameters, pixels, scores);
    try (NoGradGuard inference = new NoGradGuard()) {
      average.values().copy_(parameters.values());
    }
    average.setCounts(parameters);
  }

  /** A student as {@link #tensors} gave it. */
  static Learner resume(Recipe recipe, Weights weights) {
    Map<String, Shape> shapes = shapes(recipe);
    Learner learner =
        new Learner(
            recipe,
            Parameters.load(shapes, weights, MODEL),
            Parameters.load(shapes, weights, AVERAGE));
    learner.adam.read(weights);
    return learner;
  }

  private static Map<String, Shape> shapes(Recipe recipe) {
    Shapes shapes = new Shapes();
    recipe.student().score(shapes, Shape.of(1, 3, recipe.cropSize(), recipe.cropSize()));
    return shapes.tensors();
  }

  /** All that the future of this student depends on. */
  List<Tensor> tensors() {
    List<Tensor> tensors = new ArrayList<>(parameters.tensors(MODEL));
    tensors.addAll(average.tensors(AVERAGE));
    tensors.addAll(adam.tensors());
    return tensors;
  }

  /** The averaged weights, calibrated; the caller closes them. */
  Parameters result(Calibration calibration, float[] scores) {
    Parameters result = average.copy();
    calibration.statistics(result);
    if (recipe.loss() == Recipe.Loss.CORRELATION) {
      calibration.scale(result, scores);
    }
    return result;
  }

  /**
   * Learns from a batch, unless its loss is no number.
   *
   * @param step number of steps made before
   * @return the loss
   */
  double step(Batch batch, long step, double learningRate) {
    try (PointerScope temporary = new PointerScope()) {
      int n = batch.targets().length;
      long seed = Seeds.of(recipe.seed(), Seeds.DROP, step);
      TorchOperations net = TorchOperations.training(parameters, new SplittableRandom(seed));
      org.bytedeco.pytorch.Tensor images = Images.toTensor(batch.rgb(), n, recipe.cropSize());
      org.bytedeco.pytorch.Tensor scores = student.score(net, images).flatten();
      org.bytedeco.pytorch.Tensor targets = org.bytedeco.pytorch.Tensor.create(batch.targets());
      org.bytedeco.pytorch.Tensor loss =
          switch (recipe.loss()) {
            case SQUARED_ERROR -> Losses.squaredError(scores, targets);
            case CORRELATION -> Losses.correlation(scores, targets);
          };
      if (recipe.rankingWeight() > 0) {
        Scalar weight = new Scalar(recipe.rankingWeight());
        loss = loss.add(Losses.marginRanking(scores, targets), weight);
      }
      double value = loss.item_double();
      if (Double.isFinite(value)) {
        parameters.gradients().zero_();
        loss.backward();
        adam.step(learningRate, step);
        average(step);
      }
      return value;
    }
  }

  /** In the beginning, when weights change most, the average is over fewer steps. */
  private void average(long step) {
    double decay = Math.min(recipe.averageDecay(), (1.0 + step) / (10.0 + step));
    average.values().lerp_(parameters.values(), new Scalar(1 - decay));
    average.setCounts(parameters);
  }

  @Override
  public void close() {
    adam.close();
    average.close();
    parameters.close();
  }
}
