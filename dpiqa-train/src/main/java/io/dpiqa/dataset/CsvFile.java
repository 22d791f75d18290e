package io.dpiqa.dataset;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.BufferedReader;
import java.io.FileReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads lists of pictures as CSV (RFC 4180, UTF-8, with or without a byte-order mark), or with the
 * semicolons that spreadsheets write where the comma is the decimal point.
 */
final class CsvFile {
  private CsvFile() {}

  /**
   * Reads columns of a file with a header; none named means the first two.
   *
   * @throws DatasetException if it cannot be read or lacks a column
   */
  static Table read(Path file, String... columns) {
    return read(file, List.of(columns), List.of());
  }

  /**
   * Reads columns of a file with a header, of which the optional ones may be absent.
   *
   * @throws DatasetException if it cannot be read or lacks a column that is not optional
   */
  static Table read(Path file, List<String> columns, List<String> optional) {
    if (!Files.isRegularFile(file)) {
      throw new DatasetException(file + ": there is no such file");
    }
    try (CsvReader<CsvRecord> reader =
        CsvReader.builder()
            .fieldSeparator(separator(file))
            .detectBomHeader(true)
            .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
            .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
            .ofCsvRecord(file)) {
      if (Files.size(file) > Table.SIZE_LIMIT) {
        throw new DatasetException(file + ": too large to be a list of pictures");
      }
      return Table.of(
          file,
          reader.stream()
              .map(record -> new Table.Row(record.getStartingLineNumber(), record.getFields()))
              .toList(),
          columns,
          optional);
    } catch (IOException | UncheckedIOException | CsvParseException e) {
      throw new DatasetException(file + ": cannot be read as CSV: " + e.getMessage(), e);
    }
  }

  private static char separator(Path file) throws IOException {
    try (BufferedReader lines = new BufferedReader(new FileReader(file.toFile(), ISO_8859_1))) {
      String header = lines.readLine();
      return header != null && header.contains(";") && !header.contains(",") ? ';' : ',';
    }
  }
}
