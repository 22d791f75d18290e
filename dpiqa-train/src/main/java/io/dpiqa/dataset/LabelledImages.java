package io.dpiqa.dataset;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** Chooses among labelled images. */
public final class LabelledImages {
  private LabelledImages() {}

  /**
   * Leaves pictures out.
   *
   * @param csv names them in its first column, below a header; other pictures may be named too
   * @return the others, in their order
   * @throws DatasetException if the file cannot be read, has no header, or names none of the images
   */
  public static List<LabelledImage> without(Path csv, List<LabelledImage> images) {
    Table table = CsvFile.read(csv);
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

  private static String key(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
