package io.dpiqa.evaluation;

import java.util.SplittableRandom;
import org.hipparchus.stat.StatUtils;
import org.hipparchus.stat.correlation.SpearmansCorrelation;

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
    SplittableRandom random = new SplittableRandom(seed);
    SpearmansCorrelation spearman = new SpearmansCorrelation();
    double[] srcc = new double[resamples];
    double[] predictedDrawn = new double[predicted.length];
    double[] opinionDrawn = new double[predicted.length];
    for (int resample = 0; resample < resamples; resample++) {
      for (int i = 0; i < predicted.length; i++) {
        int drawn = random.nextInt(predicted.length);
        predictedDrawn[i] = predicted[drawn];
        opinionDrawn[i] = opinion[drawn];
      }
      srcc[resample] = spearman.correlation(predictedDrawn, opinionDrawn);
    }
    // Percentiles pass over the NaN of a draw that is constant, as of few pictures one may be.
    return new BootstrapInterval(StatUtils.percentile(srcc, 2.5), StatUtils.percentile(srcc, 97.5));
  }
}
