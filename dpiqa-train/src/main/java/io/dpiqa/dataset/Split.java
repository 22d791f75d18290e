package io.dpiqa.dataset;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import io.dpiqa.file.WholeFile;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which part every picture of a dataset belongs to. It is kept as a CSV file with the columns
 * {@code name} and {@code part}, so that results can be compared.
 */
public final class Split {

  /** What the pictures of a part are for. */
  public enum Part {
    /** To learn from. */
    TRAIN,
    /** To choose by. */
    VALIDATION,
    /** To report, once everything is chosen. */
    TEST;

    private String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Map<String, Part> parts = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

  private Split() {}

  /** A split of the pictures with these names. */
  static Split of(Map<String, Part> parts) {
    Split split = new Split();
    split.parts.putAll(parts);
    return split;
  }

  /**
   * Draws a validation part at random, by whole groups.
   *
   * @param groups pictures that must stay together, as from {@link NearDuplicates#groups()}
   * @param validationShare share of the pictures to validate with, 0 to 1; the last group drawn may
   *     exceed it
   * @param seed determines the split
   */
  public static Split draw(List<List<LabelledImage>> groups, double validationShare, long seed) {
    return draw(groups, 0, validationShare, seed);
  }

  /**
   * Draws a test and a validation part at random, by whole groups.
   *
   * @param groups pictures that must stay together
   * @param testShare share of the pictures to test with, 0 to 1; the last group drawn may exceed it
   * @param validationShare the same of those to validate with
   * @param seed determines the split
   */
  public static Split draw(
      List<List<LabelledImage>> groups, double testShare, double validationShare, long seed) {
    List<List<LabelledImage>> shuffled = new ArrayList<>(groups);
    Collections.shuffle(shuffled, new Random(seed));
    int all = groups.stream().mapToInt(List::size).sum();
    int tested = 0;
    int validated = 0;
    Split split = new Split();
    for (List<LabelledImage> group : shuffled) {
      Part part = Part.TRAIN;
      if (tested < testShare * all) {
        part = Part.TEST;
        tested += group.size();
      } else if (validated < validationShare * all) {
        part = Part.VALIDATION;
        validated += group.size();
      }
      for (LabelledImage image : group) {
        split.parts.put(image.name(), part);
      }
    }
    return split;
  }

  /** This split, and from another one the pictures of one part that this one does not know. */
  public Split with(Part part, Split other) {
    Split both = of(parts);
    other.parts.forEach(
        (name, itsPart) -> {
          if (itsPart == part) {
            both.parts.putIfAbsent(name, part);
          }
        });
    return both;
  }

  /**
   * Reads a split from its file.
   *
   * @throws DatasetException if it cannot be read, or a line is wrong
   */
  public static Split read(Path file) {
    Table table = CsvFile.read(file, "name", "part");
    Split split = new Split();
    for (Table.Row row : table.rows()) {
      if (split.parts.put(row.first(), part(table, row)) != null) {
        throw table.error(row, "\"" + row.first() + "\" is listed twice");
      }
    }
    return split;
  }

  private static Part part(Table table, Table.Row row) {
    for (Part part : Part.values()) {
      if (part.label().equals(row.second())) {
        return part;
      }
    }
    throw table.error(row, "\"" + row.second() + "\" is neither train, validation nor test");
  }

  /** Writes the split, by name, whole or not at all. */
  public void write(Path file) throws IOException {
    WholeFile.write(file, csv());
  }

  /** SHA-256 of the file that {@link #write} writes, in hexadecimal. */
  public String sha256() {
    try {
      byte[] bytes = csv().getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }

  private String csv() {
    StringWriter text = new StringWriter();
    try (CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(text)) {
      csv.writeRecord("name", "part");
      parts.forEach((name, part) -> csv.writeRecord(name, part.label()));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a StringWriter does not fail
    }
    return text.toString();
  }

  /** How many pictures a part has. */
  public long size(Part part) {
    return parts.values().stream().filter(part::equals).count();
  }

  /**
   * The images of one part, in their order.
   *
   * @throws DatasetException if the split is not one of these images
   */
  public List<LabelledImage> select(Part part, List<LabelledImage> images) {
    requireNames(images.stream().map(LabelledImage::name).toList());
    return images.stream().filter(image -> has(part, image.name())).toList();
  }

  /** Whether a picture is in any part. */
  boolean knows(String name) {
    return parts.containsKey(name);
  }

  /** Whether a picture is in a part. */
  boolean has(Part part, String name) {
    return parts.get(name) == part;
  }

  /**
   * Makes sure that this is a split of just these pictures.
   *
   * @throws DatasetException if it is not
   */
  void requireNames(List<String> names) {
    Set<String> distinct = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    distinct.addAll(names);
    for (String name : distinct) {
      if (!knows(name)) {
        throw new DatasetException("the split does not say which part \"" + name + "\" belongs to");
      }
    }
    if (distinct.size() != parts.size()) {
      throw new DatasetException(
          "the split is one of %d pictures, the dataset has %d"
              .formatted(parts.size(), distinct.size()));
    }
  }
}
