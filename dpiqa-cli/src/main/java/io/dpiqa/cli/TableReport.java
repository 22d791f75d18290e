package io.dpiqa.cli;

import io.dpiqa.Interval;
import io.dpiqa.Outcome;
import io.dpiqa.Score;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * A table for people: score, bar, interval, percentile, size and file, cut to the width of the
 * terminal.
 */
final class TableReport implements Report {
  private static final int WIDEST_BAR = 20;
  private static final int NARROWEST_BAR = 5;
  private static final int LEAST_FOR_PATH = 24;
  private static final String GAP = "  ";

  private record Row(
      String score, double value, String interval, String percentile, String size, String path) {}

  private final PrintWriter out;
  private final PrintWriter err;
  private final int columns;
  private final boolean unicode;
  private final List<Row> rows = new ArrayList<>();
  private String model;
  private double coverage;

  /**
   * @param columns how wide the terminal is; lines are not cut to less than the scores need
   * @param unicode whether it shows more than ASCII
   */
  TableReport(PrintWriter out, PrintWriter err, int columns, boolean unicode) {
    this.out = out;
    this.err = err;
    this.columns = columns;
    this.unicode = unicode;
  }

  @Override
  public void add(Outcome outcome) {
    if (outcome.error().isPresent()) {
      err.println("dpiqa: " + Printable.of(outcome.error().get().getMessage()));
      return;
    }
    Score score = outcome.score().orElseThrow();
    model = score.model();
    rows.add(
        new Row(
            Decimals.score(score.value()).toPlainString(),
            score.value(),
            score.interval().map(this::text).orElse(""),
            score.percentile().isPresent()
                ? Decimals.percentile(score.percentile().getAsDouble()).toPlainString()
                : "",
            score.width() + (unicode ? "×" : "x") + score.height(),
            Printable.of(outcome.path().toString())));
  }

  private String text(Interval interval) {
    coverage = interval.coverage();
    String dash = unicode ? "–" : "-";
    return Math.round(interval.low()) + dash + Math.round(interval.high());
  }

  @Override
  public void finish() {
    err.flush();
    if (rows.isEmpty()) {
      return;
    }
    String range = "%.0f %%".formatted(100 * coverage);
    int interval = rows.stream().mapToInt(row -> row.interval().length()).max().orElseThrow();
    boolean intervals = interval > 0;
    interval = Math.max(interval, range.length());
    boolean percentiles = rows.stream().anyMatch(row -> !row.percentile().isEmpty());
    int size = Math.max(4, rows.stream().mapToInt(row -> row.size().length()).max().orElseThrow());
    int path = rows.stream().mapToInt(row -> length(row.path())).max().orElseThrow();
    // On a narrow terminal size and interval go first, then most of the bar, then the middle of the
    // path.
    int fixed = 6 + 2 + (percentiles ? 12 : 0) + 2;
    int wanted = Math.min(path, LEAST_FOR_PATH);
    intervals &= fixed + WIDEST_BAR + 2 + interval + wanted <= columns;
    fixed += intervals ? 2 + interval : 0;
    boolean sizes = fixed + WIDEST_BAR + 2 + size + wanted <= columns;
    int left = columns - fixed - (sizes ? size + 2 : 0);
    int bar = Math.max(NARROWEST_BAR, Math.min(WIDEST_BAR, left - wanted));
    int room = Math.max(NARROWEST_BAR, left - bar);

    line(
        " SCORE",
        " ".repeat(bar),
        intervals ? padLeft(range, interval) : null,
        percentiles ? "PERCENTILE" : null,
        sizes ? padLeft("SIZE", size) : null,
        "FILE");
    for (Row row : rows) {
      line(
          padLeft(row.score(), 6),
          bar(row.value(), bar),
          intervals ? padLeft(row.interval(), interval) : null,
          percentiles ? padLeft(row.percentile(), 10) : null,
          sizes ? padLeft(row.size(), size) : null,
          cut(row.path(), room));
    }
    out.println();
    out.println("Model " + Printable.of(model));
    out.flush();
  }

  private void line(String... cells) {
    StringBuilder line = new StringBuilder();
    for (String cell : cells) {
      if (cell != null) {
        line.append(line.isEmpty() ? "" : GAP).append(cell);
      }
    }
    out.println(line);
  }

  private String bar(double value, int width) {
    int full = (int) Math.round(value / 100 * width);
    return unicode
        ? "█".repeat(full) + "░".repeat(width - full)
        : "#".repeat(full) + ".".repeat(width - full);
  }

  private String cut(String path, int room) {
    if (length(path) <= room) {
      return path;
    }
    String mark = unicode ? "…" : "...";
    // The end of a path tells more than its beginning.
    int head = (room - mark.length()) / 3;
    int tail = room - mark.length() - head;
    return path.substring(0, path.offsetByCodePoints(0, head))
        + mark
        + path.substring(path.offsetByCodePoints(path.length(), -tail));
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private static String padLeft(String text, int width) {
    return " ".repeat(Math.max(0, width - text.length())) + text;
  }
}
