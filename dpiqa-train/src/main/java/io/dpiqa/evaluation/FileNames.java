package io.dpiqa.evaluation;

import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What the files about every evaluation are called: no two alike, and fit for any file system. */
final class FileNames {
  private static final int LONGEST = 80;

  private final IdentityHashMap<Evaluation, String> names = new IdentityHashMap<>();

  /** By model; where they are of different pictures, by dataset too. */
  FileNames(List<Evaluation> evaluations) {
    boolean oneDataset = evaluations.stream().map(Evaluation::dataset).distinct().count() == 1;
    Set<String> taken = new HashSet<>();
    for (Evaluation evaluation : evaluations) {
      String name = safe(evaluation.model()) + (oneDataset ? "" : "-" + safe(evaluation.dataset()));
      String distinct = name;
      for (int i = 2; !taken.add(distinct.toLowerCase(Locale.ROOT)); i++) {
        distinct = name + "-" + i;
      }
      names.put(evaluation, distinct);
    }
  }

  private static String safe(String text) {
    String safe = text.replaceAll("[^A-Za-z0-9._@-]+", "_");
    return safe.substring(0, Math.min(LONGEST, safe.length()));
  }

  String predictions(Evaluation evaluation) {
    return "predictions-" + names.get(evaluation) + ".csv";
  }

  String scatter(Evaluation evaluation) {
    return "scatter-" + names.get(evaluation) + ".png";
  }

  String residuals(Evaluation evaluation) {
    return "residuals-" + names.get(evaluation) + ".png";
  }

  String worst(Evaluation evaluation) {
    return "worst-" + names.get(evaluation) + ".png";
  }
}
