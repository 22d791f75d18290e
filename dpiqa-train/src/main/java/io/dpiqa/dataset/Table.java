package io.dpiqa.dataset;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * Some columns of a file that lists pictures, as text without surrounding blanks. What a row lacks
 * is empty, and rows where nothing stands in these columns are left out.
 *
 * @param header the headings of the columns
 * @param rows in the order of the file
 */
record Table(Path file, Row header, List<Row> rows) {

  /** Larger files are no lists of pictures. */
  static final long SIZE_LIMIT = 256L << 20;

  /** A column that no row has. */
  private static final int MISSING = Integer.MAX_VALUE;

  /**
   * One row.
   *
   * @param line number of the line in the file, from 1
   * @param values of the columns, in the order in which they were asked for
   */
  record Row(long line, List<String> values) {
    String first() {
      return values.get(0);
    }

    String second() {
      return values.get(1);
    }

    private String value(int column) {
      return column < values.size() ? values.get(column).strip() : "";
    }

    private OptionalInt find(String heading) {
      return IntStream.range(0, values.size())
          .filter(column -> value(column).equalsIgnoreCase(heading))
          .findFirst();
    }

    private Row select(int[] columns) {
      return new Row(line, IntStream.of(columns).mapToObj(this::value).toList());
    }

    private boolean isBlank() {
      return values.stream().allMatch(String::isEmpty);
    }
  }

  /**
   * Takes columns of a file.
   *
   * @param rows all of the file, the first of them its headings
   * @param columns headings of the columns, in any case; none means the first two, whatever they
   *     are called
   * @throws DatasetException if there are no rows, or a column is missing
   */
  static Table of(Path file, List<Row> rows, String... columns) {
    return of(file, rows, List.of(columns), List.of());
  }

  /**
   * The same, with columns of which any may be missing, and is then empty.
   *
   * @param optional headings of those columns, which come after the others
   */
  static Table of(Path file, List<Row> rows, List<String> columns, List<String> optional) {
    if (rows.isEmpty()) {
      throw new DatasetException(file + ": the file is empty");
    }
    Row header = rows.get(0);
    int[] wanted =
        columns.isEmpty()
            ? new int[] {0, 1}
            : IntStream.concat(
                    columns.stream().mapToInt(name -> column(file, header, name)),
                    optional.stream().mapToInt(name -> header.find(name).orElse(MISSING)))
                .toArray();
    return new Table(
        file,
        header.select(wanted),
        rows.stream().skip(1).map(row -> row.select(wanted)).filter(r -> !r.isBlank()).toList());
  }

  private static int column(Path file, Row header, String name) {
    return header
        .find(name)
        .orElseThrow(
            () ->
                new DatasetException(
                    "%s:%d: no column is called \"%s\"; the columns are %s"
                        .formatted(file, header.line(), name, header.values())));
  }

  /** Where a row stands. */
  String source(Row row) {
    return file + ":" + row.line();
  }

  /** An error in one row of this file. */
  DatasetException error(Row row, String problem) {
    return new DatasetException(source(row) + ": " + problem);
  }
}
