package io.dpiqa.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import io.dpiqa.Outcome;
import io.dpiqa.Score;
import java.io.PrintWriter;

/** Comma-separated values with a header; docs/output.md describes them. */
final class CsvReport implements Report {
  private final CsvWriter csv;

  CsvReport(PrintWriter out) {
    csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).bufferSize(0).build(out);
    csv.writeRecord(
        "path", "score", "raw", "percentile", "model", "width", "height", "error", "low", "high");
  }

  @Override
  public void add(Outcome outcome) {
    String path = harmless(outcome.path().toString());
    if (outcome.score().isPresent()) {
      Score score = outcome.score().get();
      csv.writeRecord(
          path,
          text(score.value()),
          Float.toString((float) score.raw()),
          score.percentile().isPresent()
              ? Decimals.percentile(score.percentile().getAsDouble()).toPlainString()
              : "",
          score.model(),
          Integer.toString(score.width()),
          Integer.toString(score.height()),
          "",
          score.interval().map(interval -> text(interval.low())).orElse(""),
          score.interval().map(interval -> text(interval.high())).orElse(""));
    } else {
      String error = harmless(outcome.error().orElseThrow().getMessage());
      csv.writeRecord(path, "", "", "", "", "", "", error, "", "");
    }
  }

  private static String text(double score) {
    return Decimals.score(score).toPlainString();
  }

  /**
   * Keeps spreadsheets from taking a file name for a formula, by another way to write the same
   * relative path. A message starts with the path.
   */
  static String harmless(String path) {
    return !path.isEmpty() && "=+-@\t\r".indexOf(path.charAt(0)) >= 0 ? "./" + path : path;
  }

  @Override
  public void finish() {}
}
