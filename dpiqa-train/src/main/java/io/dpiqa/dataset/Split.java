package io.dpiqa.dataset;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
import java.util.TreeMap;

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
    VALIDATION;

    private String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Map<String, Part> parts = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

  private Split() {}

  /**
   * Draws a validation part at random, by whole groups.
   *
   * @param groups pictures that must stay together, as from {@link NearDuplicates#groups()}
   * @param validationShare share of the pictures to validate with, 0 to 1; the last group drawn may
   *     exceed it
   * @param seed determines the split
   */
  public static Split draw(List<List<LabelledImage>> groups, double validationShare, long seed) {
    List<List<LabelledImage>> shuffled = new ArrayList<>(groups);
    Collections.shuffle(shuffled, new Random(seed));
    double wanted = validationShare * groups.stream().mapToInt(List::size).sum();
    Split split = new Split();
    for (List<LabelledImage> group : shuffled) {
      Part part = split.parts.size() < wanted ? Part.VALIDATION : Part.TRAIN;
      group.forEach(image -> split.parts.put(image.name(), part));
    }
    return split;
  }

  /**
   * Reads a split from its file.
   *
   * @throws DatasetException if it cannot be read, or a line is wrong
   */
  public static Split read(Path file) {
    CsvTable table = CsvTable.read(file, "name", "part");
    Split split = new Split();
    for (CsvTable.Row row : table.rows()) {
      if (split.parts.put(row.first(), part(table, row)) != null) {
        throw table.error(row, "\"" + row.first() + "\" is listed twice");
      }
    }
    return split;
  }

  private static Part part(CsvTable table, CsvTable.Row row) {
    for (Part part : Part.values()) {
      if (part.label().equals(row.second())) {
        return part;
      }
    }
    throw table.error(row, "\"" + row.second() + "\" is neither train nor validation");
  }

  /** Writes the split, by name. */
  public void write(Path file) throws IOException {
    Files.writeString(file, csv());
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

  /**
   * The images of one part, in their order.
   *
   * @throws DatasetException if the split is not one of these images
   */
  public List<LabelledImage> select(Part part, List<LabelledImage> images) {
    for (LabelledImage image : images) {
      if (!parts.containsKey(image.name())) {
        throw new DatasetException(
            "the split does not say which part \"" + image.name() + "\" belongs to");
      }
    }
    if (images.size() != parts.size()) {
      throw new DatasetException(
          "the split is one of %d pictures, the dataset has %d"
              .formatted(parts.size(), images.size()));
    }
    return images.stream().filter(image -> parts.get(image.name()) == part).toList();
  }
}
