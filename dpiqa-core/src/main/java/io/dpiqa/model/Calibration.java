package io.dpiqa.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a model's raw scores mean, measured on photographs that it did not learn from. A checkpoint
 * carries it, as JSON under the metadata key {@value #METADATA_KEY}, into the {@linkplain ModelCard
 * card} of the model that it becomes.
 *
 * @param referenceScores raw scores at the quantiles 0 %, 1 % … 100 %, ascending; empty if there
 *     were too few photographs
 * @param errorBand how far people's opinions lie from the scores; absent if there were too few
 */
public record Calibration(List<Double> referenceScores, Optional<ErrorBand> errorBand) {

  /** Key of a calibration among a checkpoint's metadata. */
  public static final String METADATA_KEY = "calibration";

  private static final double COVERAGE = 0.9;

  /** So many standard deviations are exceeded, to one side, in a twentieth of the cases. */
  private static final double DEVIATIONS = 1.645;

  /** Fewer tell too little: of them, the tenth that lies outside is hardly more than none. */
  private static final int LEAST = 40;

  private static final int MOST_BINS = 8;
  private static final int PER_BIN = 100;

  /**
   * @throws IllegalArgumentException if there are some reference scores, but not 101 that ascend
   */
  public Calibration {
    ModelCard.requireQuantiles(referenceScores);
    referenceScores = List.copyOf(referenceScores);
  }

  /**
   * Measures, if there are {@value #LEAST} photographs or more and all scores are numbers.
   *
   * <p>The error band is that of split conformal prediction (Lei et al., "Distribution-Free
   * Predictive Inference for Regression", arXiv 1604.04173) within up to {@value #MOST_BINS} bins
   * of the scores, with as many photographs each, and up to a twentieth of the errors beyond either
   * end: so few that other photographs of the same kind are covered, although these are a sample.
   *
   * @param scores raw scores of the photographs
   * @param opinions people's mean opinions of them, 0 to 1
   */
  public static Calibration of(double[] scores, double[] opinions) {
    if (scores.length < LEAST || !Arrays.stream(scores).allMatch(Double::isFinite)) {
      return new Calibration(List.of(), Optional.empty());
    }
    return new Calibration(quantiles(scores), Optional.of(errorBand(scores, opinions)));
  }

  /** One or more scores at the quantiles 0 %, 1 % … 100 %, interpolated. */
  public static List<Double> quantiles(double[] scores) {
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    return IntStream.rangeClosed(0, 100).mapToObj(q -> quantile(sorted, q / 100.0)).toList();
  }

  private static double quantile(double[] sorted, double probability) {
    double position = probability * (sorted.length - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }

  private static ErrorBand errorBand(double[] scores, double[] opinions) {
    int n = scores.length;
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> scores[i]))
            .mapToInt(i -> i)
            .toArray();
    double beyond = 1 - COVERAGE - DEVIATIONS * Math.sqrt(COVERAGE * (1 - COVERAGE) / n);
    int bins = Math.max(1, Math.min(MOST_BINS, n / PER_BIN));
    List<Double> knots = new ArrayList<>();
    List<Double> low = new ArrayList<>();
    List<Double> high = new ArrayList<>();
    for (int bin = 0; bin < bins; bin++) {
      int[] members = Arrays.copyOfRange(order, n * bin / bins, n * (bin + 1) / bins);
      double knot = scores[members[members.length / 2]];
      if (knots.isEmpty() || knot > knots.get(knots.size() - 1)) {
        double[] errors = IntStream.of(members).mapToDouble(i -> opinions[i] - scores[i]).toArray();
        Arrays.sort(errors);
        // Of n + 1 errors, the new one among them, half of those beyond lie before the k-th.
        int k = Math.max(1, (int) ((errors.length + 1) * beyond / 2));
        knots.add(knot);
        low.add(errors[k - 1]);
        high.add(errors[errors.length - k]);
      }
    }
    return new ErrorBand(COVERAGE, knots, low, high);
  }

  /** The calibration as JSON. */
  public String toJson() {
    return ModelCardJson.write(this);
  }

  /**
   * Reads a calibration.
   *
   * @throws IllegalArgumentException if the text is none
   */
  public static Calibration fromJson(String json) {
    return ModelCardJson.readCalibration(json);
  }
}
