package io.dpiqa.cli;

import io.dpiqa.evaluation.BootstrapInterval;
import io.dpiqa.evaluation.Comparison;
import io.dpiqa.evaluation.CrossResults;
import io.dpiqa.evaluation.Difference;
import io.dpiqa.evaluation.Evaluation;
import io.dpiqa.evaluation.Figure;
import io.dpiqa.evaluation.OverRuns;
import io.dpiqa.evaluation.Results;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Results as tables for people. */
final class ResultsTable {
  private ResultsTable() {}

  static void write(Results results, PrintWriter out) {
    List<Evaluation> evaluations = results.evaluations();
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        row("MODEL", "N", "95 % INTERVAL", Stream.of(Figure.values()).map(ResultsTable::heading)));
    boolean oneDataset = evaluations.stream().map(Evaluation::dataset).distinct().count() == 1;
    for (Evaluation evaluation : evaluations) {
      rows.add(
          row(
              Printable.of(
                  oneDataset
                      ? evaluation.model()
                      : evaluation.model() + ", " + evaluation.dataset()),
              Integer.toString(evaluation.predictions().size()),
              interval(evaluation.intervals().srcc(), "%.4f"),
              Stream.of(Figure.values()).map(figure -> decimals(figure.of(evaluation)))));
    }
    results.overRuns().ifPresent(runs -> rows.addAll(summary(runs)));
    write(rows, out);
    comparisons(results, out);
    out.println();
    out.println(
        (oneDataset ? Printable.of(evaluations.get(0).dataset()) + "; " : "")
            + (results.comparisons().isEmpty() ? "interval of SRCC" : "intervals and p")
            + " from "
            + Evaluation.RESAMPLES
            + " resamples");
  }

  private static String heading(Figure figure) {
    return figure.label().toUpperCase(Locale.ROOT);
  }

  private static List<List<String>> summary(OverRuns runs) {
    return List.of(
        row(
            "median of %d runs".formatted(runs.evaluations().size()),
            "",
            "",
            Stream.of(Figure.values()).map(figure -> decimals(runs.median(figure)))),
        row(
            "standard deviation",
            "",
            "",
            Stream.of(Figure.values()).map(figure -> decimals(runs.standardDeviation(figure)))));
  }

  private static List<String> row(String first, String n, String interval, Stream<String> figures) {
    List<String> row = new ArrayList<>(List.of(first, n));
    figures.forEach(row::add);
    row.add(3, interval);
    return row;
  }

  private static void comparisons(Results results, PrintWriter out) {
    if (results.comparisons().isEmpty()) {
      return;
    }
    String first = Printable.of(results.evaluations().get(0).model());
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "COMPARED WITH " + first,
            "SRCC DIFFERENCE",
            "95 % INTERVAL",
            "P",
            "PLCC DIFFERENCE",
            "95 % INTERVAL",
            "P"));
    for (int i = 0; i < results.comparisons().size(); i++) {
      Comparison comparison = results.comparisons().get(i);
      rows.add(
          Stream.of(
                  Stream.of(Printable.of(results.evaluations().get(i + 1).model())),
                  cells(comparison.srcc()),
                  cells(comparison.plcc()))
              .flatMap(cells -> cells)
              .toList());
    }
    out.println();
    write(rows, out);
  }

  private static Stream<String> cells(Difference difference) {
    return Stream.of(
        format(difference.value(), "%+.4f"),
        interval(difference.interval(), "%+.4f"),
        decimals(difference.p()));
  }

  /** The cross-dataset matrix, for rank and for linear correlation. */
  static void write(CrossResults cross, PrintWriter out) {
    write(cross, Figure.SRCC, out);
    out.println();
    write(cross, Figure.PLCC, out);
  }

  private static void write(CrossResults cross, Figure figure, PrintWriter out) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        Stream.concat(
                Stream.of(figure.label()),
                cross.datasets().stream().map(column -> Printable.of(column.name())))
            .toList());
    for (int i = 0; i < cross.models().size(); i++) {
      int model = i;
      rows.add(
          Stream.concat(
                  Stream.of(Printable.of(cross.models().get(model))),
                  cross.datasets().stream().map(column -> decimals(column.figure(figure, model))))
              .toList());
    }
    write(rows, out);
  }

  /** Columns as wide as need be, the first to the left and the others to the right. */
  private static void write(List<List<String>> rows, PrintWriter out) {
    int[] widths =
        IntStream.range(0, rows.get(0).size())
            .map(column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0))
            .toArray();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      line.append(row.get(0)).append(" ".repeat(widths[0] - row.get(0).length()));
      for (int column = 1; column < widths.length; column++) {
        line.append(" ".repeat(2 + widths[column] - row.get(column).length()));
        line.append(row.get(column));
      }
      out.println(line);
    }
  }

  private static String interval(BootstrapInterval interval, String format) {
    return format(interval.low(), format) + " to " + format(interval.high(), format);
  }

  private static String decimals(double figure) {
    return format(figure, "%.4f");
  }

  private static String format(double figure, String format) {
    return Double.isNaN(figure) ? "-" : String.format(Locale.ROOT, format, figure);
  }
}
