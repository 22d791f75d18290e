package io.dpiqa.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Reads lists of pictures with scores. */
public final class LabelledImages {
  private LabelledImages() {}

  /**
   * Reads a CSV file with a header.
   *
   * @param csv in UTF-8, with or without a byte-order mark
   * @param folder where the pictures are
   * @param nameColumn heading of the column of file names, whose case may differ from the files'
   * @param scoreColumn heading of the column of scores
   * @param best the score of a perfect picture: 1, 5, 100 …; the worst is 0
   * @return in the order of the file
   * @throws DatasetException if the file cannot be read, a column or a picture is missing, a name
   *     comes twice, or a score is no number from 0 to {@code best}
   */
  public static List<LabelledImage> read(
      Path csv, Path folder, String nameColumn, String scoreColumn, double best) {
    CsvTable table = CsvTable.read(csv, nameColumn, scoreColumn);
    Map<String, Path> files = files(folder);
    Set<String> seen = new HashSet<>();
    List<LabelledImage> images = new ArrayList<>();
    for (CsvTable.Row row : table.rows()) {
      String name = row.first();
      if (!seen.add(key(name))) {
        throw table.error(row, "\"" + name + "\" is listed twice");
      }
      Path file = files.get(key(name));
      if (file == null) {
        throw table.error(row, "there is no picture \"" + name + "\" in " + folder);
      }
      images.add(new LabelledImage(name, file, score(table, row, best) / best));
    }
    return List.copyOf(images);
  }

  private static double score(CsvTable table, CsvTable.Row row, double best) {
    double score;
    try {
      score = Double.parseDouble(row.second());
    } catch (NumberFormatException e) {
      throw table.error(row, "\"" + row.second() + "\" is no number");
    }
    if (!(score >= 0 && score <= best)) {
      throw table.error(row, "the score " + row.second() + " is not within 0 to " + best);
    }
    return score;
  }

  /** The files of a folder by their names in lower case. */
  private static Map<String, Path> files(Path folder) {
    Map<String, Path> files = new HashMap<>();
    try (Stream<Path> listing = Files.list(folder)) {
      listing.forEach(file -> files.put(key(file.getFileName().toString()), file));
    } catch (IOException e) {
      throw new DatasetException(folder + ": there is no such folder of pictures", e);
    }
    return files;
  }

  static String key(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
