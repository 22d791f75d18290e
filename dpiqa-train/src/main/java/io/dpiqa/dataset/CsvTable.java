package io.dpiqa.dataset;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * Two columns of a CSV file with a header. A byte-order mark, other columns, and empty ones at the
 * end are ignored.
 *
 * @param header the headings of the two columns
 * @param rows in the order of the file
 */
record CsvTable(Path file, Row header, List<Row> rows) {

  /** Larger files are no lists of pictures. */
  private static final long SIZE_LIMIT = 256L << 20;

  /**
   * @param line number of the line in the file, from 1
   * @param first the first of the columns asked for, without surrounding blanks
   * @param second the other
   */
  record Row(long line, String first, String second) {}

  /**
   * Reads a file.
   *
   * @throws DatasetException if it cannot be read or lacks a column
   */
  static CsvTable read(Path file, String firstColumn, String secondColumn) {
    return read(
        file,
        header ->
            new int[] {column(file, header, firstColumn), column(file, header, secondColumn)});
  }

  /**
   * Reads the first two columns of a file, whatever their headings. What a row lacks is empty.
   *
   * @throws DatasetException if it cannot be read
   */
  static CsvTable read(Path file) {
    return read(file, header -> new int[] {0, 1});
  }

  private static CsvTable read(Path file, Function<CsvRecord, int[]> columns) {
    if (!Files.isRegularFile(file)) {
      throw new DatasetException(file + ": there is no such file");
    }
    try (CsvReader<CsvRecord> reader =
        CsvReader.builder()
            .detectBomHeader(true)
            .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
            .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
            .ofCsvRecord(file)) {
      if (Files.size(file) > SIZE_LIMIT) {
        throw new DatasetException(file + ": too large to be a list of pictures");
      }
      List<CsvRecord> records = reader.stream().toList();
      if (records.isEmpty()) {
        throw new DatasetException(file + ": the file is empty");
      }
      int[] wanted = columns.apply(records.get(0));
      return new CsvTable(
          file,
          row(records.get(0), wanted),
          records.stream().skip(1).map(record -> row(record, wanted)).toList());
    } catch (IOException | UncheckedIOException | CsvParseException e) {
      throw new DatasetException(file + ": cannot be read as CSV: " + e.getMessage(), e);
    }
  }

  private static Row row(CsvRecord record, int[] columns) {
    return new Row(
        record.getStartingLineNumber(), field(record, columns[0]), field(record, columns[1]));
  }

  private static int column(Path file, CsvRecord header, String name) {
    for (int i = 0; i < header.getFieldCount(); i++) {
      if (field(header, i).equalsIgnoreCase(name)) {
        return i;
      }
    }
    throw new DatasetException(
        "%s:%d: no column is called \"%s\"; the columns are %s"
            .formatted(file, header.getStartingLineNumber(), name, header.getFields()));
  }

  private static String field(CsvRecord record, int index) {
    return index < record.getFieldCount() ? record.getField(index).strip() : "";
  }

  /** An error in one line of this file. */
  DatasetException error(Row row, String problem) {
    return new DatasetException(file + ":" + row.line() + ": " + problem);
  }
}
