package io.dpiqa.cli;

import io.dpiqa.evaluation.Agreement;
import io.dpiqa.evaluation.BootstrapInterval;
import io.dpiqa.evaluation.LogisticFit;
import java.util.List;
import java.util.Optional;

/**
 * How well one model agrees with people about one dataset. Figures are NaN, or absent, where the
 * predictions do not differ.
 *
 * @param model id of the model
 * @param dataset which pictures
 * @param predictions in the order of the dataset
 */
record Evaluation(
    String model,
    String dataset,
    List<Prediction> predictions,
    Agreement agreement,
    BootstrapInterval srccInterval,
    Optional<LogisticFit> logisticFit) {
  static final int RESAMPLES = 10_000;
  private static final long SEED = 1;

  /**
   * One picture.
   *
   * @param name as in the dataset
   * @param opinion what people gave it, 0 to 1
   * @param prediction what the model gave it, nominally 0 to 1
   */
  record Prediction(String name, double opinion, double prediction) {}

  /** Compares; there must be two predictions or more. */
  static Evaluation of(String model, String dataset, List<Prediction> predictions) {
    double[] predicted = predictions.stream().mapToDouble(Prediction::prediction).toArray();
    double[] opinion = predictions.stream().mapToDouble(Prediction::opinion).toArray();
    return new Evaluation(
        model,
        dataset,
        List.copyOf(predictions),
        Agreement.between(predicted, opinion),
        BootstrapInterval.ofSrcc(predicted, opinion, RESAMPLES, SEED),
        logisticFit(predicted, opinion));
  }

  private static Optional<LogisticFit> logisticFit(double[] predicted, double[] opinion) {
    try {
      return Optional.of(LogisticFit.of(predicted, opinion));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // too few pictures, or no curve fits
    }
  }

  /** Pearson's correlation after the logistic fit, or NaN. */
  double plccLogistic() {
    return logisticFit.map(LogisticFit::plcc).orElse(Double.NaN);
  }

  /** Root mean squared error after the logistic fit, or NaN. */
  double rmseLogistic() {
    return logisticFit.map(LogisticFit::rmse).orElse(Double.NaN);
  }
}
