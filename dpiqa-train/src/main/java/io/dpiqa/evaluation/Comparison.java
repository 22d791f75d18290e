package io.dpiqa.evaluation;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/**
 * Which of two models agrees better with people about the same pictures, by the paired bootstrap:
 * both models are measured on the same resamples, so that what makes pictures hard for both cancels
 * out. Overlapping intervals of the two models do not tell.
 *
 * @param srcc difference of Spearman's rank correlations
 * @param plcc difference of Pearson's correlations of the scores as they are
 */
public record Comparison(Difference srcc, Difference plcc) {

  /**
   * Compares one model with another.
   *
   * @param predicted scores by the one model
   * @param other scores by the other, of the same pictures
   * @param opinion people's scores of them
   * @param resamples how many times as many pictures as there are are drawn, with replacement
   * @param seed determines the draws
   * @throws IllegalArgumentException if the lists differ in length, or have fewer than two scores
   */
  public static Comparison between(
      double[] predicted, double[] other, double[] opinion, int resamples, long seed) {
    Agreement.requirePairs(predicted, opinion);
    Agreement.requirePairs(other, opinion);
    ToDoubleFunction<int[]> srcc = new RankCorrelation(predicted, opinion);
    ToDoubleFunction<int[]> otherSrcc = new RankCorrelation(other, opinion);
    ToDoubleFunction<int[]> plcc = new LinearCorrelation(predicted, opinion);
    ToDoubleFunction<int[]> otherPlcc = new LinearCorrelation(other, opinion);
    double[][] resampled =
        Resamples.measure(opinion.length, resamples, seed, srcc, otherSrcc, plcc, otherPlcc);
    int[] once = new int[opinion.length];
    Arrays.fill(once, 1);
    return new Comparison(
        Difference.of(
            srcc.applyAsDouble(once) - otherSrcc.applyAsDouble(once), resampled[0], resampled[1]),
        Difference.of(
            plcc.applyAsDouble(once) - otherPlcc.applyAsDouble(once), resampled[2], resampled[3]));
  }
}
