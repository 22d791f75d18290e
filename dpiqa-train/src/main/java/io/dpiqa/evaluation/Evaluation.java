package io.dpiqa.evaluation;

import io.dpiqa.dataset.LabelledImage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How well one model agrees with people about the pictures of one dataset.
 *
 * @param model id of the model
 * @param dataset which pictures, in a few words
 * @param split the file that chose them; absent where none did
 * @param predictions two or more, in the order of the dataset
 * @param leftOut names of the pictures that could not be scored
 * @param agreement of predictions and opinions as they are
 * @param intervals of it, from {@link #RESAMPLES} resamples
 * @param logisticFit absent where no curve fits, for instance where the predictions do not differ
 */
public record Evaluation(
    String model,
    String dataset,
    Optional<SplitFile> split,
    List<Prediction> predictions,
    List<String> leftOut,
    Agreement agreement,
    Intervals intervals,
    Optional<LogisticFit> logisticFit) {

  /** How often pictures are drawn for an interval or a comparison. */
  public static final int RESAMPLES = 10_000;

  private static final long SEED = 1;

  /**
   * Compares a model with people.
   *
   * @throws IllegalArgumentException if there are fewer than two predictions
   */
  public static Evaluation of(
      String model,
      String dataset,
      Optional<SplitFile> split,
      List<Prediction> predictions,
      List<String> leftOut) {
    double[] predicted = scores(predictions);
    double[] opinion = opinions(predictions);
    return new Evaluation(
        model,
        dataset,
        split,
        List.copyOf(predictions),
        List.copyOf(leftOut),
        Agreement.between(predicted, opinion),
        Intervals.of(predicted, opinion, RESAMPLES, SEED),
        logisticFit(predicted, opinion));
  }

  private static Optional<LogisticFit> logisticFit(double[] predicted, double[] opinion) {
    try {
      return Optional.of(LogisticFit.of(predicted, opinion));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // too few pictures, or no curve fits
    }
  }

  private static double[] scores(List<Prediction> predictions) {
    return predictions.stream().mapToDouble(Prediction::score).toArray();
  }

  private static double[] opinions(List<Prediction> predictions) {
    return predictions.stream().mapToDouble(Prediction::opinion).toArray();
  }

  /** Share of opinions within the model's own intervals; empty where it gives none. */
  public OptionalDouble coverage() {
    return predictions.stream()
        .flatMap(prediction -> prediction.isCovered().stream())
        .mapToDouble(covered -> covered ? 1 : 0)
        .average();
  }

  /**
   * Whether, and by how much, this model agrees better with people than another.
   *
   * @throws IllegalArgumentException if the other one is of other pictures
   */
  public Comparison comparedWith(Evaluation other) {
    if (!images().equals(other.images())) {
      throw new IllegalArgumentException(
          "%s and %s were not given the same pictures".formatted(model, other.model));
    }
    return Comparison.between(
        scores(predictions), scores(other.predictions), opinions(predictions), RESAMPLES, SEED);
  }

  private List<LabelledImage> images() {
    return predictions.stream().map(Prediction::image).toList();
  }
}
