package io.dpiqa.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Evaluations as a table for people. */
final class EvaluationTable {
  private static final String ROW = "%-{model}s  %6s  %7s  %18s  %7s  %11s  %7s  %6s  %11s%n";

  private EvaluationTable() {}

  static void write(List<Evaluation> evaluations, PrintWriter out) {
    int model =
        evaluations.stream().mapToInt(e -> Printable.of(e.model()).length()).max().orElse(0);
    String row = ROW.replace("{model}", Integer.toString(Math.max(5, model)));
    out.printf(
        row,
        "MODEL",
        "N",
        "SRCC",
        "95 % INTERVAL",
        "PLCC",
        "PLCC FITTED",
        "KRCC",
        "RMSE",
        "RMSE FITTED");
    for (Evaluation evaluation : evaluations) {
      out.printf(
          row,
          Printable.of(evaluation.model()),
          evaluation.predictions().size(),
          decimals(evaluation.agreement().srcc()),
          decimals(evaluation.srccInterval().low())
              + " to "
              + decimals(evaluation.srccInterval().high()),
          decimals(evaluation.agreement().plcc()),
          decimals(evaluation.plccLogistic()),
          decimals(evaluation.agreement().krcc()),
          decimals(evaluation.agreement().rmse()),
          decimals(evaluation.rmseLogistic()));
    }
  }

  private static String decimals(double figure) {
    return Double.isNaN(figure) ? "-" : String.format(Locale.ROOT, "%.4f", figure);
  }
}
