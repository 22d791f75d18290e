package io.dpiqa.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a model file says about itself. It is stored inside the ONNX file, as JSON under the
 * metadata key {@value #METADATA_KEY}, so that a model is one file that can be copied, renamed and
 * audited.
 *
 * <p>A dpiqa ONNX model takes {@code image}, uint8 RGB of shape {@code [1, size, size, 3]}, and
 * gives {@code score}, float32 of shape {@code [1, 1]}, nominally in [0, 1] and not clamped. The
 * batch is fixed at one image so that a score cannot depend on its neighbours.
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
    List<Double> referenceScores) {

  /** Key of the card among an ONNX file's {@code metadata_props}. */
  public static final String METADATA_KEY = "dpiqa";

  /** The version that this code writes and reads. */
  public static final int FORMAT = 1;

  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  public ModelCard {
    provenance = Collections.unmodifiableMap(new LinkedHashMap<>(provenance));
    referenceScores = List.copyOf(referenceScores);
  }

  /** The card as JSON, the way it is stored. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads a card.
   *
   * @throws IllegalArgumentException if the text is no card, or one of a newer format
   */
  public static ModelCard fromJson(String json) {
    ModelCard card;
    try {
      card = JSON.readValue(json, ModelCard.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a dpiqa model card: " + e.getOriginalMessage(), e);
    }
    if (card.format() != FORMAT) {
      throw new IllegalArgumentException(
          "model card format " + card.format() + " is not supported; this dpiqa reads " + FORMAT);
    }
    return card;
  }
}
