package io.dpiqa.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
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
    return read(table, folder, name -> Optional.ofNullable(files.get(key(name))), best);
  }

  /**
   * Reads a CSV file with a header, whose first column is the path of a picture and whose second is
   * its score, whatever they are called.
   *
   * @param csv in UTF-8, with or without a byte-order mark
   * @param folder what the paths are relative to; none may lead out of it
   * @param best the score of a perfect picture: 1, 5, 100 …; the worst is 0
   * @return in the order of the file
   * @throws DatasetException if the file cannot be read, has no header, a picture is missing or
   *     comes twice, or a score is no number from 0 to {@code best}
   */
  public static List<LabelledImage> read(Path csv, Path folder, double best) {
    CsvTable table = CsvTable.read(csv);
    if (find(folder, table.header().first()).isPresent()) {
      throw table.error(table.header(), "a picture where the headings of the columns must be");
    }
    return read(table, folder, name -> find(folder, name), best);
  }

  private static Optional<Path> find(Path folder, String path) {
    Path root = folder.toAbsolutePath().normalize();
    return root.resolve(path).normalize().startsWith(root)
        ? Optional.of(folder.resolve(path)).filter(Files::isRegularFile)
        : Optional.empty();
  }

  private static List<LabelledImage> read(
      CsvTable table, Path folder, Function<String, Optional<Path>> find, double best) {
    Set<Path> seen = new HashSet<>();
    List<LabelledImage> images = new ArrayList<>();
    for (CsvTable.Row row : table.rows()) {
      String name = row.first();
      Path file =
          find.apply(name)
              .orElseThrow(
                  () -> table.error(row, "there is no picture \"" + name + "\" in " + folder));
      if (!seen.add(file)) {
        throw table.error(row, "\"" + name + "\" is listed twice");
      }
      images.add(new LabelledImage(name, file, score(table, row, best) / best));
    }
    return List.copyOf(images);
  }

  /**
   * Leaves pictures out.
   *
   * @param csv names them in its first column, below a header; other pictures may be named too
   * @return the others, in their order
   * @throws DatasetException if the file cannot be read, has no header, or names none of the images
   */
  public static List<LabelledImage> without(Path csv, List<LabelledImage> images) {
    CsvTable table = CsvTable.read(csv);
    Set<String> names = images.stream().map(i -> key(i.name())).collect(Collectors.toSet());
    if (names.contains(key(table.header().first()))) {
      throw table.error(table.header(), "a picture where the headings of the columns must be");
    }
    Set<String> listed =
        table.rows().stream().map(row -> key(row.first())).collect(Collectors.toSet());
    if (!listed.isEmpty() && Collections.disjoint(listed, names)) {
      throw new DatasetException(csv + ": names none of the " + images.size() + " pictures");
    }
    return images.stream().filter(image -> !listed.contains(key(image.name()))).toList();
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
