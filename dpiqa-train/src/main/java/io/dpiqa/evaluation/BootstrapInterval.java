package io.dpiqa.evaluation;

import org.hipparchus.stat.StatUtils;

/**
 * Where a figure would probably lie had other pictures of the same kind been judged: a 95 %
 * confidence interval by the percentile method of the bootstrap (Efron and Tibshirani, An
 * Introduction to the Bootstrap, 1993, chapter 13). It says nothing of pictures of other kinds.
 *
 * @param low 2.5th percentile
 * @param high 97.5th percentile
 */
public record BootstrapInterval(double low, double high) {

  /**
   * The interval of Spearman's rank correlation. It is NaN where one side is constant.
   *
   * @param resamples how many times as many pairs as there are are drawn, with replacement
   * @param seed determines the draws
   * @throws IllegalArgumentException if the lists differ in length, or have fewer than two scores
   */
  public static BootstrapInterval ofSrcc(
      double[] predicted, double[] opinion, int resamples, long seed) {
    Agreement.requirePairs(predicted, opinion);
    RankCorrelation srcc = new RankCorrelation(predicted, opinion);
    return of(Resamples.measure(predicted.length, resamples, seed, srcc)[0]);
  }

  /** The interval of a figure that was measured on resamples. */
  static BootstrapInterval of(double[] resampled) {
    // Percentiles pass over the NaN of a draw that is constant, as of few pictures one may be.
    return new BootstrapInterval(
        StatUtils.percentile(resampled, 2.5), StatUtils.percentile(resampled, 97.5));
  }
}
