package io.dpiqa.evaluation;

/**
 * How much higher a figure is for one model than for another on the same pictures, and whether that
 * may be by chance of which pictures they were.
 *
 * @param value the one model's figure less the other's; NaN where either is not defined
 * @param interval of the difference, from the same resamples for both models
 * @param p two-sided bootstrap p-value of there being no difference: twice the smaller share of
 *     resamples, the observed pictures counted as one, whose difference is not above, or not below,
 *     zero (Davison and Hinkley, Bootstrap Methods and their Application, 1997, sections 4.2.5 and
 *     5.4); at least {@code 2 / (resamples + 1)}, at most 1
 */
public record Difference(double value, BootstrapInterval interval, double p) {

  /** From a figure of two models, of all pictures and of the same resamples. */
  static Difference of(double value, double[] resampled, double[] otherResampled) {
    if (Double.isNaN(value)) {
      return new Difference(value, new BootstrapInterval(Double.NaN, Double.NaN), Double.NaN);
    }
    double[] differences = new double[resampled.length];
    int defined = 0;
    int notAbove = 0;
    int notBelow = 0;
    for (int i = 0; i < differences.length; i++) {
      differences[i] = resampled[i] - otherResampled[i];
      defined += Double.isNaN(differences[i]) ? 0 : 1;
      notAbove += differences[i] <= 0 ? 1 : 0;
      notBelow += differences[i] >= 0 ? 1 : 0;
    }
    double p = Math.min(1, 2.0 * (1 + Math.min(notAbove, notBelow)) / (1 + defined));
    return new Difference(value, BootstrapInterval.of(differences), p);
  }
}
