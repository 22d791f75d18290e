package io.dpiqa.evaluation;

import java.util.Arrays;
import org.hipparchus.analysis.MultivariateMatrixFunction;
import org.hipparchus.exception.MathIllegalStateException;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LeastSquaresBuilder;
import org.hipparchus.optim.nonlinear.vector.leastsquares.LevenbergMarquardtOptimizer;
import org.hipparchus.stat.StatUtils;
import org.hipparchus.stat.correlation.PearsonsCorrelation;

/**
 * The logistic curve with four parameters that maps predictions to opinions best, by least squares:
 * {@code low + (high - low) / (1 + exp(-(x - middle) / |width|))}. Agreement after it is what many
 * papers report (VQEG, Final report on the validation of objective models of video quality
 * assessment, 2000), since raters' scales saturate.
 *
 * @param high limit for large predictions; below {@code low} for a curve that falls
 * @param low limit for small predictions
 * @param middle prediction that maps to the mean of the limits
 * @param width how far from the middle the curve bends
 * @param plcc Pearson's correlation of mapped predictions and opinions
 * @param rmse root of the mean squared difference of mapped predictions and opinions
 */
public record LogisticFit(
    double high, double low, double middle, double width, double plcc, double rmse) {
  private static final int MAX_ITERATIONS = 100_000;

  /**
   * Fits the curve.
   *
   * @throws IllegalArgumentException if the lists differ in length or have fewer than four scores,
   *     or no curve fits better than others, as for constant predictions
   */
  public static LogisticFit of(double[] predicted, double[] opinion) {
    Agreement.requirePairs(predicted, opinion);
    double slope = new PearsonsCorrelation().correlation(predicted, opinion);
    if (predicted.length < 4 || Double.isNaN(slope)) {
      throw new IllegalArgumentException("a logistic curve needs four scores that differ");
    }
    double best = StatUtils.max(opinion);
    double worst = StatUtils.min(opinion);
    double[] start = {
      slope < 0 ? worst : best,
      slope < 0 ? best : worst,
      StatUtils.mean(predicted),
      Math.sqrt(StatUtils.variance(predicted))
    };
    double[] curve = leastSquares(predicted, opinion, start);
    double[] mapped = Arrays.stream(predicted).map(x -> value(curve, x)).toArray();
    return new LogisticFit(
        curve[0],
        curve[1],
        curve[2],
        Math.abs(curve[3]),
        new PearsonsCorrelation().correlation(mapped, opinion),
        Agreement.rmse(mapped, opinion));
  }

  private static double[] leastSquares(double[] predicted, double[] opinion, double[] start) {
    MultivariateMatrixFunction jacobian =
        curve ->
            Arrays.stream(predicted).mapToObj(x -> gradient(curve, x)).toArray(double[][]::new);
    try {
      return new LevenbergMarquardtOptimizer()
          .optimize(
              new LeastSquaresBuilder()
                  .model(
                      curve -> Arrays.stream(predicted).map(x -> value(curve, x)).toArray(),
                      jacobian)
                  .target(opinion)
                  .start(start)
                  .maxEvaluations(MAX_ITERATIONS)
                  .maxIterations(MAX_ITERATIONS)
                  .build())
          .getPoint()
          .toArray();
    } catch (MathIllegalStateException e) {
      throw new IllegalArgumentException("no logistic curve fits: " + e.getMessage(), e);
    }
  }

  /** What a prediction maps to. */
  public double map(double prediction) {
    return value(new double[] {high, low, middle, width}, prediction);
  }

  private static double value(double[] curve, double x) {
    return curve[1] + (curve[0] - curve[1]) * share(curve, x);
  }

  private static double share(double[] curve, double x) {
    return 1 / (1 + Math.exp(-(x - curve[2]) / Math.abs(curve[3])));
  }

  /** Derivatives of {@link #value} by the four parameters. */
  private static double[] gradient(double[] curve, double x) {
    double share = share(curve, x);
    double width = Math.abs(curve[3]);
    double steepness = (curve[0] - curve[1]) * share * (1 - share) / width;
    return new double[] {
      share, 1 - share, -steepness, -steepness * (x - curve[2]) / width * Math.signum(curve[3])
    };
  }
}
