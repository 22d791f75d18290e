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

  /** The interval of a figure that was measured on resamples. */
  static BootstrapInterval of(double[] resampled) {
    // Percentiles pass over the NaN of a draw that is constant, as of few pictures one may be.
    return new BootstrapInterval(
        StatUtils.percentile(resampled, 2.5), StatUtils.percentile(resampled, 97.5));
  }
}
