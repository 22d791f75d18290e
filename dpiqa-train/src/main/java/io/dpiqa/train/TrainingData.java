package io.dpiqa.train;

import io.dpiqa.dataset.Annotation;
import io.dpiqa.dataset.Dataset;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.dataset.Split;
import io.dpiqa.dataset.Split.Part;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
   * The pictures of a dataset that a split gives to training and validation. A split after the
   * published protocol has nothing to validate with: there, choices are made on the test part.
   *
   * @param split of the whole dataset, or of the training part of its authors
   * @param licence that weights are to state
   * @throws io.dpiqa.dataset.DatasetException if the split is not one of this dataset, or a picture
   *     of those parts is missing
   */
  public static TrainingData of(Dataset dataset, Split split, Optional<String> licence) {
    Split whole = dataset.complete(split);
    Part chooseBy = whole.size(Part.VALIDATION) > 0 ? Part.VALIDATION : Part.TEST;
    List<LabelledImage> training = dataset.part(whole, Part.TRAIN).images();

    Map<String, String> provenance = new TreeMap<>();
    provenance.put("data", dataset.name() + officialPart(dataset, training));
    provenance.put("split sha256", split.sha256());
    if (chooseBy == Part.TEST) {
      provenance.put("chosen on", "the test part");
    }
    licence.ifPresent(text -> provenance.put("licence", text));
    return new TrainingData(training, dataset.part(whole, chooseBy).images(), provenance);
  }

  /** Whether only the authors' training part is learnt from, if they made one. */
  private static String officialPart(Dataset dataset, List<LabelledImage> training) {
    Optional<Split> official = dataset.officialSplit();
    if (official.isEmpty()) {
      return "";
    }
    Set<String> theirs =
        dataset.part(official.get(), Part.TRAIN).annotations().stream()
            .map(Annotation::name)
            .collect(Collectors.toSet());
    return training.stream().map(LabelledImage::name).allMatch(theirs::contains)
        ? ", official training part"
        : ", also of other parts than its official training part";
  }

  /**
   * The same with more pictures to learn from.
   *
   * @param more may name a picture several times
   * @param what they are, for the weights file
   */
  public TrainingData with(List<LabelledImage> more, String what) {
    Map<String, String> both = new TreeMap<>(provenance);
    both.merge("data", what, (data, added) -> data + "; " + added);
    return new TrainingData(
        Stream.concat(training.stream(), more.stream()).toList(), validation, both);
  }

  /**
   * Makes sure that there is a batch to learn from and something to validate with.
   *
   * @throws TrainingException if there is not
   */
  void requireEnough(int batch) {
    requireEnough(training.size(), validation.size(), batch);
  }

  /**
   * Makes sure that people's scores of the pictures to validate with can be ranked.
   *
   * @throws TrainingException if they are all the same
   */
  void requireRanks() {
    if (validation.stream().mapToDouble(LabelledImage::score).distinct().count() == 1) {
      throw new TrainingException(
          "people's scores of all %d pictures to validate with are the same, so that nothing can be ranked; give the validation part others too"
              .formatted(validation.size()));
    }
  }

  static void requireEnough(int training, int validation, int batch) {
    if (validation < 2) {
      throw new TrainingException(
          "there must be at least two pictures to validate with, and there are %d; give the validation part more"
              .formatted(validation));
    }
    if (training < batch) {
      throw new TrainingException(
          "%d pictures to train with are too few for batches of %d; add pictures, or lower schedule.batch"
              .formatted(training, batch));
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

  double[] validationScores() {
    return validation.stream().mapToDouble(LabelledImage::score).toArray();
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

  /** What a weights file says of the data, and of how good the weights are on it. */
  Map<String, String> provenance(Map<String, Double> figures) {
    int pictures = (int) training.stream().map(LabelledImage::file).distinct().count();
    return Figures.provenance(provenance, pictures, validation.size(), figures);
  }
}
