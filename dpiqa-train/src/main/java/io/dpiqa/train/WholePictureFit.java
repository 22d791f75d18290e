package io.dpiqa.train;

import io.dpiqa.network.Student;
import io.dpiqa.torch.Floats;
import io.dpiqa.torch.Parameters;
import io.dpiqa.torch.TorchOperations;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.hipparchus.stat.regression.SimpleRegression;

/**
 * Makes a network that learnt from batches of crops right for whole pictures by themselves. It
 * looks at {@value #BATCHES} batches of training pictures, the same whenever it is called in a run.
 */
@SuppressWarnings("try") // scopes are opened for their end
final class WholePictureFit {
  private static final int BATCHES = 40;

  private final StudentRecipe recipe;
  private final PixelFile pixels;
  private final int[][] batches;

  /**
   * @param pixels of whole training pictures
   * @param images how many of them there are
   */
  WholePictureFit(StudentRecipe recipe, PixelFile pixels, int images) {
    this.recipe = recipe;
    this.pixels = pixels;
    SplittableRandom random =
        new SplittableRandom(Seeds.of(recipe.schedule().seed(), Seeds.STATISTICS));
    this.batches =
        IntStream.range(0, BATCHES)
            .mapToObj(batch -> random.ints(recipe.schedule().batch(), 0, images).toArray())
            .toArray(int[][]::new);
  }

  /** Makes BatchNorm's running statistics the means of the batches' statistics. */
  void statistics(Parameters parameters) {
    Student student = recipe.student();
    try (NoGradGuard inference = new NoGradGuard()) {
      for (int i = 0; i < batches.length; i++) {
        try (PointerScope temporary = new PointerScope()) {
          student.score(
              TorchOperations.measuring(parameters, 1 / (i + 1.0)),
              pixels.load(batches[i], parameters.device()));
        }
      }
    }
  }

  /**
   * Gives the head the offset and the factor that bring its scores closest to people's, unless it
   * gives every picture the same score.
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
    SimpleRegression line = new SimpleRegression();
    int[] all = Arrays.stream(batches).flatMapToInt(Arrays::stream).toArray();
    pixels.forEach(
        all,
        parameters.device(),
        (images, first) -> {
          float[] given = Floats.of(recipe.student().score(net, images));
          for (int i = 0; i < given.length; i++) {
            line.addData(given[i], scores[all[first + i]]);
          }
        });
    return line;
  }
}
