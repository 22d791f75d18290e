package io.dpiqa.cli;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * The datasets of {@code dpiqa evaluate --cross}: a CSV file whose columns are called as the
 * options that choose pictures, with {@code name} before them. Paths are relative to its folder.
 */
final class DatasetList {
  private static final String NAME = "name";
  private static final Set<String> PATHS = Set.of("root", "labels", "split", "exclude");
  private static final Set<String> OTHERS =
      Set.of("dataset", "part", "path-column", "score-column", "worst", "best");

  /** Larger files are no lists of datasets. */
  private static final long SIZE_LIMIT = 1 << 20;

  private DatasetList() {}

  /** One dataset: what the user calls it, and the options that choose its pictures. */
  record Entry(String name, List<String> options) {

    /**
     * Finds the pictures.
     *
     * @param err is told how options that are not given are taken
     * @throws ParameterException if the options do not fit together
     */
    SelectionOptions.Selection read(PrintWriter err) {
      SelectionOptions selection = new SelectionOptions();
      CommandLine command =
          new CommandLine(selection)
              .setCaseInsensitiveEnumValuesAllowed(true)
              .setExpandAtFiles(false)
              .setErr(err);
      command.parseArgs(options.toArray(String[]::new));
      SelectionOptions.Selection selected = selection.read(command).get(0);
      return new SelectionOptions.Selection(
          name + ": " + selected.name(), selected.split(), selected.images());
    }
  }

  /**
   * Reads the list.
   *
   * @throws ParameterException if it cannot be read, has a column that is no option, or a name is
   *     missing or there twice
   */
  static List<Entry> read(Path file, CommandLine command) {
    try {
      if (!Files.isRegularFile(file)) {
        throw new ParameterException(command, file + ": there is no such file");
      }
      if (Files.size(file) > SIZE_LIMIT) {
        throw new ParameterException(command, file + ": too large to be a list of datasets");
      }
      List<Entry> entries = new ArrayList<>();
      Set<String> names = new HashSet<>();
      try (CsvReader<NamedCsvRecord> csv =
          CsvReader.builder().detectBomHeader(true).ofNamedCsvRecord(file)) {
        for (NamedCsvRecord row : csv) {
          Entry entry = entry(file, row, command);
          if (entry.name().isEmpty() || !names.add(entry.name())) {
            throw new ParameterException(
                command,
                "%s:%d: every dataset needs a name of its own"
                    .formatted(file, row.getStartingLineNumber()));
          }
          entries.add(entry);
        }
      }
      if (entries.isEmpty()) {
        throw new ParameterException(command, file + ": lists no datasets");
      }
      return entries;
    } catch (IOException | UncheckedIOException | CsvParseException e) {
      throw new ParameterException(command, file + ": cannot be read as CSV: " + e.getMessage(), e);
    }
  }

  private static Entry entry(Path file, NamedCsvRecord row, CommandLine command) {
    String name = "";
    List<String> options = new ArrayList<>();
    for (Map.Entry<String, String> field : row.getFieldsAsMap().entrySet()) {
      String column = field.getKey().strip();
      String value = field.getValue().strip();
      if (column.equals(NAME)) {
        name = value;
      } else if (!PATHS.contains(column) && !OTHERS.contains(column)) {
        throw new ParameterException(
            command,
            ("%s: there is no column \"%s\"; the columns are name, dataset, root, labels, split,"
                    + " part, exclude, path-column, score-column, worst and best")
                .formatted(file, column));
      } else if (!value.isEmpty()) {
        options.add(
            "--%s=%s"
                .formatted(column, PATHS.contains(column) ? file.resolveSibling(value) : value));
      }
    }
    return new Entry(name, options);
  }
}
