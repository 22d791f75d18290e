package io.dpiqa.evaluation;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import io.dpiqa.file.WholeFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;

/**
 * Results as files, each written whole or not at all: the figures as JSON, every prediction as CSV,
 * plots and contact sheets as PNG, and a web page, {@code report.html}, that gathers them. {@code
 * docs/protocol.md} describes them.
 */
public final class ResultFiles {
  private static final int WORST = 12;

  private final Path folder;
  private final FileNames names;

  private ResultFiles(Path folder, List<Evaluation> evaluations) {
    this.folder = folder;
    this.names = new FileNames(evaluations);
  }

  /**
   * Writes {@code results.json} and the rest.
   *
   * @param folder is there; files of the same name are replaced
   */
  public static void write(Results results, Path folder) throws IOException {
    ResultFiles files = new ResultFiles(folder, results.evaluations());
    for (Evaluation evaluation : results.evaluations()) {
      files.writePredictions(evaluation);
    }
    files.write("results.json", ResultsJson.of(results, files.names));
    files.write("report.html", HtmlReport.of(results, files.names, files::draw));
  }

  /** Writes {@code cross.json} and the rest, as {@link #write(Results, Path)} does. */
  public static void write(CrossResults cross, Path folder) throws IOException {
    List<Evaluation> evaluations =
        cross.datasets().stream()
            .flatMap(column -> column.results().stream())
            .flatMap(results -> results.evaluations().stream())
            .toList();
    ResultFiles files = new ResultFiles(folder, evaluations);
    for (Evaluation evaluation : evaluations) {
      files.writePredictions(evaluation);
    }
    files.write("cross.json", ResultsJson.of(cross, files.names));
    files.write("report.html", HtmlReport.of(cross, files.names, files::draw));
  }

  private void writePredictions(Evaluation evaluation) throws IOException {
    StringWriter text = new StringWriter();
    try (CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(text)) {
      csv.writeRecord("name", "opinion", "prediction");
      for (Prediction prediction : evaluation.predictions()) {
        csv.writeRecord(
            prediction.image().name(),
            Double.toString(prediction.opinion()),
            Float.toString((float) prediction.score()));
      }
    }
    write(names.predictions(evaluation), text.toString());
  }

  /** Draws the pictures of one evaluation, and writes them. */
  private HtmlReport.Drawn draw(Evaluation evaluation) throws IOException {
    HtmlReport.Drawn drawn =
        new HtmlReport.Drawn(
            AgreementPlot.scatter(evaluation),
            AgreementPlot.residuals(evaluation),
            WorstMisses.of(evaluation, WORST));
    write(names.scatter(evaluation), drawn.scatter());
    write(names.residuals(evaluation), drawn.residuals());
    write(names.worst(evaluation), drawn.worst().sheet());
    return drawn;
  }

  private void write(String name, BufferedImage image) throws IOException {
    WholeFile.write(folder.resolve(name), image);
  }

  private void write(String name, String text) throws IOException {
    WholeFile.write(folder.resolve(name), text);
  }
}
