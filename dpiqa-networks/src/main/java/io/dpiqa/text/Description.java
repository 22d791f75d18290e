package io.dpiqa.text;

import java.util.List;

/**
 * What a prompt of the published system says of a photograph.
 *
 * @param quality one of {@link #QUALITIES}
 * @param scene one of {@link #SCENES}
 * @param distortion one of {@link #DISTORTIONS}
 */
public record Description(String quality, String scene, String distortion) {

  /** Words for the quality, the worst first. */
  public static final List<String> QUALITIES = List.of("bad", "poor", "fair", "good", "perfect");

  /** Words for the scene; the last stands for any other. */
  public static final List<String> SCENES =
      List.of(
          "animal",
          "cityscape",
          "human",
          "indoor",
          "landscape",
          "night",
          "plant",
          "still_life",
          "others");

  /** Words for the distortion; the last stands for any other, or none. */
  public static final List<String> DISTORTIONS =
      List.of(
          "jpeg2000 compression",
          "jpeg compression",
          "noise",
          "blur",
          "color",
          "contrast",
          "overexposure",
          "underexposure",
          "spatial",
          "quantization",
          "other");

  /**
   * @throws IllegalArgumentException naming a word that is not one of its kind
   */
  public Description {
    require(quality, "quality", QUALITIES);
    require(scene, "scene", SCENES);
    require(distortion, "distortion", DISTORTIONS);
  }

  private static void require(String word, String kind, List<String> words) {
    if (!words.contains(word)) {
      throw new IllegalArgumentException(
          "\"%s\" is no %s; it must be one of %s".formatted(word, kind, String.join(", ", words)));
    }
  }

  /**
   * Of a picture of which no more is known than what people thought of it.
   *
   * @param score 0 (worst) to 1 (best), each word for a fifth of it
   */
  public static Description ofScore(double score) {
    int fifth = (int) Math.min(QUALITIES.size() - 1.0, score * QUALITIES.size());
    return new Description(QUALITIES.get(fifth), last(SCENES), last(DISTORTIONS));
  }

  private static String last(List<String> words) {
    return words.get(words.size() - 1);
  }

  /**
   * All 495: each quality with each scene with each distortion, the distortion changing fastest.
   */
  public static List<Description> all() {
    return QUALITIES.stream()
        .flatMap(
            quality ->
                SCENES.stream()
                    .flatMap(
                        scene ->
                            DISTORTIONS.stream()
                                .map(distortion -> new Description(quality, scene, distortion))))
        .toList();
  }

  /** Of the same scene after a distortion that took so many words of quality, while there are. */
  public Description worsened(String newDistortion, int words) {
    int worse = Math.max(0, QUALITIES.indexOf(quality) - words);
    return new Description(QUALITIES.get(worse), scene, newDistortion);
  }

  /** The prompt. */
  public String sentence() {
    return "a photo of a %s with %s artifacts, which is of %s quality"
        .formatted(scene, distortion, quality);
  }
}
