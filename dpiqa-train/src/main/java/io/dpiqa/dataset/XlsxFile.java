package io.dpiqa.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.dhatim.fastexcel.reader.Cell;
import org.dhatim.fastexcel.reader.CellType;
import org.dhatim.fastexcel.reader.ReadableWorkbook;
import org.dhatim.fastexcel.reader.Row;

/** Reads lists of pictures from the first sheet of a workbook (Office Open XML). */
final class XlsxFile {

  /** Compressed; the lists of the largest datasets take about a megabyte. */
  private static final long SIZE_LIMIT = 32L << 20;

  private XlsxFile() {}

  /**
   * Reads columns below the first row; none named means the first two. Numbers are what the file
   * holds, not what a spreadsheet would show.
   *
   * @throws DatasetException if it cannot be read or lacks a column
   */
  static Table read(Path file, String... columns) {
    try {
      if (Files.size(file) > SIZE_LIMIT) {
        throw new DatasetException(file + ": too large to be a list of pictures");
      }
      try (ReadableWorkbook workbook = new ReadableWorkbook(file.toFile());
          Stream<Row> rows = workbook.getFirstSheet().openStream()) {
        return Table.of(file, rows.map(XlsxFile::row).toList(), columns);
      }
    } catch (DatasetException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // a broken workbook throws this and that
      throw new DatasetException(file + ": cannot be read as xlsx: " + e.getMessage(), e);
    }
  }

  private static Table.Row row(Row row) {
    List<String> values = row.stream().map(XlsxFile::text).toList();
    return new Table.Row(row.getRowNum(), values);
  }

  private static String text(Cell cell) {
    if (cell == null || cell.getType() == CellType.EMPTY) {
      return "";
    }
    String text = cell.getType() == CellType.STRING ? cell.asString() : cell.getRawValue();
    return text == null ? "" : text;
  }
}
