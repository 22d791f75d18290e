package io.dpiqa.train;

import io.dpiqa.dataset.DescribedImage;
import io.dpiqa.dataset.DescribedImages;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

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
   * Rated pictures, by their scores.
   *
   * @param descriptions file that says more of them; see {@link DescribedImages#described}
   * @throws io.dpiqa.dataset.DatasetException if that file cannot be used
   */
  public static PriorData of(TrainingData data, Optional<Path> descriptions) {
    List<DescribedImage> all =
        Stream.concat(data.training().stream(), data.validation().stream())
            .map(DescribedImage::of)
            .toList();
    Map<String, String> provenance = new TreeMap<>(data.provenance());
    if (descriptions.isPresent()) {
      all = DescribedImages.described(descriptions.get(), all);
      provenance.put("descriptions", descriptions.get().getFileName().toString());
    }
    int training = data.training().size();
    return new PriorData(all.subList(0, training), all.subList(training, all.size()), provenance);
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

  /** What a weights file says of the data, and of how good the weights are on it. */
  Map<String, String> provenance(Map<String, Double> figures) {
    return Figures.provenance(provenance, training.size(), validation.size(), figures);
  }
}
