package io.dpiqa.cli;

import io.dpiqa.cli.Sensitivity.Rise;
import io.dpiqa.cli.Sensitivity.Series;
import io.dpiqa.degradation.Degradation;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A sensitivity as a table for people. */
final class SensitivityTable {
  private static final String ROW = "%-16s  %8s  %9s  %6s  %6s  %6s  %6s  %12s  %s";

  private SensitivityTable() {}

  static void write(Sensitivity sensitivity, PrintWriter out) {
    out.println(
        ROW.formatted("KIND", "IN ORDER", "DROP AT 1", "2", "3", "4", "5", "LARGEST RISE", "OF"));
    for (Degradation kind : Degradation.values()) {
      out.println(row(kind.distortion(), sensitivity.of(kind)));
    }
    List<Series> all = sensitivity.series();
    out.println(row("all", all));
    out.println();
    out.printf(
        Locale.ROOT,
        "%s: %.1f %% of %d pairs in order (bar: %.0f %%), largest rise %.2f points (bar: %.0f)%n",
        sensitivity.meetsBar() ? "Met" : "Missed",
        100 * Sensitivity.inOrder(all),
        Sensitivity.pairs(all),
        100 * Sensitivity.BAR_IN_ORDER,
        Sensitivity.largestRise(all).map(Rise::points).orElse(0.0),
        Sensitivity.BAR_RISE);
    out.println(
        "Model "
            + Printable.of(sensitivity.model())
            + "; photographs: "
            + all.size() / Degradation.values().length);
  }

  private static String row(String label, List<Series> series) {
    Optional<Rise> rise = Sensitivity.largestRise(series);
    Stream<String> drops =
        IntStream.rangeClosed(1, Degradation.LEVELS)
            .mapToObj(level -> decimals(2, Sensitivity.meanDrop(series, level)));
    Object[] cells =
        Stream.of(
                Stream.of(label, decimals(1, 100 * Sensitivity.inOrder(series)) + " %"),
                drops,
                Stream.of(
                    rise.map(r -> decimals(2, r.points())).orElse("none"),
                    rise.map(SensitivityTable::place).orElse("")))
            .flatMap(cell -> cell)
            .toArray();
    return ROW.formatted(cells).stripTrailing();
  }

  private static String place(Rise rise) {
    return Printable.of(rise.photograph()) + ", " + rise.kind().distortion() + " " + rise.level();
  }

  private static String decimals(int digits, double figure) {
    return String.format(Locale.ROOT, "%." + digits + "f", figure);
  }
}
