package io.dpiqa.dataset;

import io.dpiqa.text.Description;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Describes pictures. */
public final class DescribedImages {
  private static final List<String> WORDS = List.of("quality", "scene", "distortion");

  private DescribedImages() {}

  /**
   * The images with what a file says of them.
   *
   * @param csv has a header with a column {@code path}, which holds the images' names in any case,
   *     and any of {@code quality}, {@code scene} and {@code distortion}, with words of {@link
   *     Description}; what is not said stays as it is, and other pictures may be named too
   * @throws DatasetException if the file cannot be read, has no such column, has a word that is
   *     none, names a picture twice, or none of the images
   */
  public static List<DescribedImage> described(Path csv, List<DescribedImage> images) {
    Table table = CsvFile.read(csv, List.of("path"), WORDS);
    Map<String, Table.Row> rows = new HashMap<>();
    Description any = Description.ofScore(1);
    for (Table.Row row : table.rows()) {
      try {
        described(row, any);
      } catch (IllegalArgumentException e) {
        throw table.error(row, e.getMessage());
      }
      if (rows.put(key(row.first()), row) != null) {
        throw table.error(row, "\"" + row.first() + "\" is listed twice");
      }
    }
    List<DescribedImage> described = new ArrayList<>();
    for (DescribedImage image : images) {
      Table.Row row = rows.get(key(image.name()));
      described.add(
          row == null
              ? image
              : new DescribedImage(
                  image.name(), image.file(), described(row, image.description())));
    }
    List<String> names = images.stream().map(image -> key(image.name())).toList();
    if (!rows.isEmpty() && Collections.disjoint(rows.keySet(), names)) {
      throw new DatasetException(csv + ": names none of the " + images.size() + " pictures");
    }
    return List.copyOf(described);
  }

  private static Description described(Table.Row row, Description otherwise) {
    List<String> words = row.values();
    return new Description(
        words.get(1).isEmpty() ? otherwise.quality() : words.get(1),
        words.get(2).isEmpty() ? otherwise.scene() : words.get(2),
        words.get(3).isEmpty() ? otherwise.distortion() : words.get(3));
  }

  private static String key(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
