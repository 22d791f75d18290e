package io.dpiqa.train;

import io.dpiqa.evaluation.Agreement;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/** Figures of a validation, by their names. */
final class Figures {
  private Figures() {}

  /**
   * The figures of networks that score; SRCC says which is best.
   *
   * @throws TrainingException if a score is no number
   */
  static Map<String, Double> of(double[] scores, double[] opinions) {
    if (!DoubleStream.of(scores).allMatch(Double::isFinite)) {
      throw new TrainingException(
          "scores of the validation part are no numbers any more; lower the learning rate and start"
              + " in another folder");
    }
    Agreement agreement = Agreement.between(scores, opinions);
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("srcc", agreement.srcc());
    figures.put("plcc", agreement.plcc());
    figures.put("krcc", agreement.krcc());
    figures.put("rmse", agreement.rmse());
    return figures;
  }

  /**
   * What a weights file says of its data and of how good it is.
   *
   * @param data where the pictures come from
   * @param training how many were learnt from
   * @param validation how many the figures are of
   */
  static Map<String, String> provenance(
      Map<String, String> data, int training, int validation, Map<String, Double> figures) {
    Map<String, String> provenance = new TreeMap<>(data);
    provenance.put("training images", Integer.toString(training));
    provenance.put("validation", text(validation, figures));
    return provenance;
  }

  /** For instance {@code 1000 images, SRCC 0.6420, PLCC 0.7170}. */
  private static String text(int images, Map<String, Double> figures) {
    return figures.entrySet().stream()
        .map(f -> f.getKey().toUpperCase(Locale.ROOT) + TrainingLog.rounded(" %.4f", f.getValue()))
        .collect(Collectors.joining(", ", images + " images, ", ""));
  }
}
