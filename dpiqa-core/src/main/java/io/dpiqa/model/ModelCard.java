package io.dpiqa.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What a model file says about itself. It is stored inside the ONNX file, as JSON under the
 * metadata key {@value #METADATA_KEY}, so that a model is one file, or one folder if it is large,
 * that can be copied, renamed and audited.
 *
 * <p>A dpiqa ONNX model takes {@code image}, uint8 RGB of shape {@code [1, size, size, 3]}, and
 * gives {@code score}, float32 of shape {@code [1, 1]}, nominally in [0, 1] and not clamped, and,
 * of teachers and students with the published head, {@code map}, float32 of shape {@code [1,
 * channels, height, width]}. The batch is fixed at one image so that a score cannot depend on its
 * neighbours.
 *
 * @param format version of this record; {@value #FORMAT} now
 * @param name the model's name, for instance {@code compact-1}
 * @param network what kind of network it is, for instance {@code student efficientnet-b7}
 * @param inputSize side of the square, in pixels, that every picture is resized to
 * @param parameters number of trained values, as in the checkpoint (before BatchNorm is folded)
 * @param multiplyAdds multiply-adds for one image
 * @param licence licence of the weights, as an SPDX expression where there is one
 * @param provenance where the weights come from: source file and its SHA-256, data, split, seed,
 *     metrics, code version; in display order
 * @param referenceScores raw scores of reference photographs at the quantiles 0 %, 1 % … 100 %,
 *     ascending, for percentiles; empty where there is no reference
 * @param errorBand how far people's opinions lie from the scores; absent where it was not measured
 */
public record ModelCard(
    int format,
    String name,
    String network,
    int inputSize,
    long parameters,
    long multiplyAdds,
    String licence,
    Map<String, String> provenance,
    List<Double> referenceScores,
    Optional<ErrorBand> errorBand) {

  /** Key of the card among an ONNX file's {@code metadata_props}. */
  public static final String METADATA_KEY = "dpiqa";

  /** The version that this code writes and reads. */
  public static final int FORMAT = 1;

  /** Quantiles 0 % to 100 %. */
  private static final int QUANTILES = 101;

  /** A card is read before its model is trusted; this bounds the memory for a resized picture. */
  private static final int MAX_INPUT_SIZE = 4096;

  /**
   * @throws IllegalArgumentException if a value is missing or impossible
   */
  public ModelCard {
    check(name != null && !name.isBlank(), "no name");
    check(network != null, "no network");
    check(
        inputSize >= 1 && inputSize <= MAX_INPUT_SIZE,
        "an input of " + inputSize + " pixels; it must be 1 to " + MAX_INPUT_SIZE);
    check(parameters >= 0 && multiplyAdds >= 0, "a negative size");
    check(licence != null, "no licence");
    check(
        provenance != null && provenance.values().stream().allMatch(Objects::nonNull),
        "no provenance");
    check(referenceScores != null, "no reference scores");
    check(errorBand != null, "no place for an error band");
    requireQuantiles(referenceScores);
    provenance = Collections.unmodifiableMap(new LinkedHashMap<>(provenance));
    referenceScores = List.copyOf(referenceScores);
  }

  private static void check(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException("the model card has " + problem);
    }
  }

  /**
   * Requires none or 101 scores that ascend.
   *
   * @throws IllegalArgumentException if they are others
   */
  static void requireQuantiles(List<Double> referenceScores) {
    check(
        referenceScores.isEmpty() || referenceScores.size() == QUANTILES,
        referenceScores.size() + " reference scores; there must be none or " + QUANTILES);
    check(ascending(referenceScores), "reference scores that do not ascend");
  }

  private static boolean ascending(List<Double> scores) {
    for (int i = 0; i < scores.size(); i++) {
      Double score = scores.get(i);
      if (score == null || !Double.isFinite(score) || (i > 0 && score < scores.get(i - 1))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Where a raw score lies among the reference photographs: the share that scores lower, in
   * percent, 0 to 100, interpolated between quantiles; empty where there is no reference.
   */
  public OptionalDouble percentile(double raw) {
    if (referenceScores.isEmpty()) {
      return OptionalDouble.empty();
    }
    if (raw <= referenceScores.get(0)) {
      return OptionalDouble.of(0);
    }
    for (int q = 1; q < QUANTILES; q++) {
      double above = referenceScores.get(q);
      if (raw < above) {
        double below = referenceScores.get(q - 1);
        return OptionalDouble.of(q - 1 + (raw - below) / (above - below));
      }
    }
    return OptionalDouble.of(100);
  }

  /** This card with other reference scores. */
  public ModelCard withReferenceScores(List<Double> newReferenceScores) {
    return new ModelCard(
        format,
        name,
        network,
        inputSize,
        parameters,
        multiplyAdds,
        licence,
        provenance,
        newReferenceScores,
        errorBand);
  }

  /** The card as JSON, the way it is stored. */
  public String toJson() {
    return ModelCardJson.write(this);
  }

  /**
   * Reads a card.
   *
   * @throws IllegalArgumentException if the text is no card, or one of another format
   */
  public static ModelCard fromJson(String json) {
    return ModelCardJson.read(json);
  }
}
