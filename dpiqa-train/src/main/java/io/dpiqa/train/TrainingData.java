package io.dpiqa.train;

import io.dpiqa.dataset.LabelledImage;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a network that scores learns from.
 *
 * @param training pictures to learn from
 * @param validation pictures to measure progress with, never learnt from; at least two
 * @param provenance what the weights file says about the data: {@code data}, {@code split sha256},
 *     {@code licence} …
 */
public record TrainingData(
    List<LabelledImage> training, List<LabelledImage> validation, Map<String, String> provenance) {

  public TrainingData {
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
    requireEnough(training.size(), validation.size(), batch);
  }

  static void requireEnough(int training, int validation, int batch) {
    if (training < batch || validation < 2) {
      throw new TrainingException(
          "%d pictures to train with and %d to validate with are too few for batches of %d"
              .formatted(training, validation, batch));
    }
  }

  /** People's scores of the pictures to learn from, 0 to 1. */
  float[] trainingScores() {
    float[] scores = new float[training.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = (float) training.get(i).score();
    }
    return scores;
  }

  /** A hash of all names, scores and provenance; not of pixels. */
  String fingerprint() {
    StringBuilder text = new StringBuilder(new TreeMap<>(provenance).toString());
    for (List<LabelledImage> part : List.of(training, validation)) {
      text.append("\n\n");
      part.forEach(image -> text.append(image.name()).append('\t').append(image.score()));
    }
    return hash(text.toString());
  }

  /** SHA-256, in hexadecimal. */
  static String hash(String text) {
    try {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }
}
