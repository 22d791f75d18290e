package io.dpiqa.train;

import io.dpiqa.dataset.DescribedImage;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a prior learns from.
 *
 * @param training pictures to learn from
 * @param validation pictures to measure progress with, never learnt from; at least two
 * @param provenance what the weights file says about the data: {@code data}, {@code split sha256},
 *     {@code licence} …
 */
public record PriorData(
    List<DescribedImage> training,
    List<DescribedImage> validation,
    Map<String, String> provenance) {

  public PriorData {
    training = List.copyOf(training);
    validation = List.copyOf(validation);
    provenance = Map.copyOf(provenance);
  }

  /**
   * Makes sure that there is a batch to learn from and something to validate with.
   *
   * @throws TrainingException if there is not
   */
  void requireEnough(int batch) {
    TrainingData.requireEnough(training.size(), validation.size(), batch);
  }

  /** A hash of all names, descriptions and provenance; not of pixels. */
  String fingerprint() {
    StringBuilder text = new StringBuilder(new TreeMap<>(provenance).toString());
    for (List<DescribedImage> part : List.of(training, validation)) {
      text.append("\n\n");
      part.forEach(
          image ->
              text.append(image.name())
                  .append('\t')
                  .append(image.description().sentence())
                  .append('\n'));
    }
    return TrainingData.hash(text.toString());
  }
}
