package io.dpiqa.train;

import io.dpiqa.dataset.ClassifiedImage;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a backbone learns from.
 *
 * @param kinds how many kinds of pictures there are
 * @param training pictures to learn from
 * @param validation pictures to measure progress with, never learnt from; at least two
 * @param provenance what the weights file says about the data: {@code data}, {@code split sha256},
 *     {@code licence} …
 */
public record BackboneData(
    int kinds,
    List<ClassifiedImage> training,
    List<ClassifiedImage> validation,
    Map<String, String> provenance) {

  /** Of each kind, at least one picture. */
  private static final double VALIDATION_SHARE = 0.02;

  public BackboneData {
    training = List.copyOf(training);
    validation = List.copyOf(validation);
    provenance = Map.copyOf(provenance);
  }

  /**
   * Pictures in a folder for each kind. One of fifty of every kind, and at least one, is validated
   * with.
   *
   * @param root folder of all kinds
   * @param kinds the pictures of each, below the root, by the name of the kind; the order of the
   *     names gives the kinds their numbers
   * @param seed determines which pictures are validated with
   * @param licence that weights are to state
   * @throws TrainingException if there are fewer than two kinds, or too few pictures of one
   */
  public static BackboneData of(
      Path root, Map<String, List<Path>> kinds, long seed, Optional<String> licence) {
    if (kinds.size() < 2) {
      throw new TrainingException(
          "%s: at least two kinds of pictures are needed, each a folder in this one; found: %d"
              .formatted(root, kinds.size()));
    }
    List<ClassifiedImage> training = new ArrayList<>();
    List<ClassifiedImage> validation = new ArrayList<>();
    int kind = 0;
    for (Map.Entry<String, List<Path>> entry : new TreeMap<>(kinds).entrySet()) {
      List<Path> files = entry.getValue();
      if (files.size() < 2) {
        throw new TrainingException(
            "%s: at least two pictures of a kind are needed, as one is validated with; found: %d"
                .formatted(root.resolve(entry.getKey()), files.size()));
      }
      Set<Integer> heldOut = heldOut(files.size(), Seeds.of(seed, Seeds.VALIDATION, kind));
      for (int i = 0; i < files.size(); i++) {
        String name = root.relativize(files.get(i)).toString().replace(File.separatorChar, '/');
        (heldOut.contains(i) ? validation : training)
            .add(new ClassifiedImage(name, files.get(i), kind));
      }
      kind++;
    }
    Map<String, String> provenance = new TreeMap<>();
    provenance.put("data", "pictures of " + kinds.size() + " kinds");
    provenance.put("split sha256", TrainingData.hash(list(training) + list(validation)));
    licence.ifPresent(text -> provenance.put("licence", text));
    return new BackboneData(kinds.size(), training, validation, provenance);
  }

  private static Set<Integer> heldOut(int pictures, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long share = Math.max(1, Math.round(VALIDATION_SHARE * pictures));
    Set<Integer> heldOut = new TreeSet<>();
    while (heldOut.size() < share) {
      heldOut.add(random.nextInt(pictures));
    }
    return heldOut;
  }

  /**
   * Makes sure that there is a batch to learn from and something to validate with.
   *
   * @throws TrainingException if there is not
   */
  void requireEnough(int batch) {
    TrainingData.requireEnough(training.size(), validation.size(), batch);
  }

  /** A hash of all names, kinds and provenance; not of pixels. */
  String fingerprint() {
    String text = new TreeMap<>(provenance) + list(training) + list(validation);
    return TrainingData.hash(text);
  }

  private static String list(List<ClassifiedImage> images) {
    StringBuilder text = new StringBuilder("\n\n");
    images.forEach(
        image -> text.append(image.name()).append('\t').append(image.kind()).append('\n'));
    return text.toString();
  }

  /** What a weights file says of the data, and of how good the weights are on it. */
  Map<String, String> provenance(Map<String, Double> figures) {
    return Figures.provenance(provenance, training.size(), validation.size(), figures);
  }
}
