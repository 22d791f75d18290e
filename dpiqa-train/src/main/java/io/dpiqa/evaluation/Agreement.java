package io.dpiqa.evaluation;

import org.hipparchus.stat.correlation.KendallsCorrelation;
import org.hipparchus.stat.correlation.PearsonsCorrelation;
import org.hipparchus.stat.correlation.SpearmansCorrelation;

/**
 * How well predicted scores agree with mean opinion scores. Correlations are NaN where one side is
 * constant.
 *
 * @param srcc Spearman's rank correlation, ties ranked by their average, -1 to 1
 * @param plcc Pearson's linear correlation of the scores as they are, -1 to 1
 * @param krcc Kendall's rank correlation tau-b, -1 to 1
 * @param rmse root of the mean squared difference, on the scale of the scores
 */
public record Agreement(double srcc, double plcc, double krcc, double rmse) {

  /**
   * Compares two lists of scores.
   *
   * @throws IllegalArgumentException if they differ in length, or have fewer than two scores
   */
  public static Agreement between(double[] predicted, double[] opinion) {
    requirePairs(predicted, opinion);
    return new Agreement(
        new SpearmansCorrelation().correlation(predicted, opinion),
        new PearsonsCorrelation().correlation(predicted, opinion),
        new KendallsCorrelation().correlation(predicted, opinion),
        rmse(predicted, opinion));
  }

  static void requirePairs(double[] predicted, double[] opinion) {
    if (predicted.length != opinion.length || predicted.length < 2) {
      throw new IllegalArgumentException(
          predicted.length
              + " predictions cannot be compared with "
              + opinion.length
              + " opinions");
    }
  }

  static double rmse(double[] predicted, double[] opinion) {
    double sum = 0;
    for (int i = 0; i < predicted.length; i++) {
      sum += (predicted[i] - opinion[i]) * (predicted[i] - opinion[i]);
    }
    return Math.sqrt(sum / predicted.length);
  }
}
