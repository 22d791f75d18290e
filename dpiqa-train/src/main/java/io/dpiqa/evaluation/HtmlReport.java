package io.dpiqa.evaluation;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/**
 * Results as one web page that holds all it shows, and runs and loads nothing. Whatever comes from
 * file names and models is escaped.
 */
final class HtmlReport {
  /** Of pictures that were left out, so many are named. */
  private static final int NAMED = 20;

  private static final String HEAD =
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy"
        content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>Agreement with people</title>
      <style>
      :root { color-scheme: light dark; --text: #222; --page: #fff; --line: #ccc; --soft: #f3f3f3;
        --quiet: #555; }
      @media (prefers-color-scheme: dark) { :root { --text: #e8e8e8; --page: #16181b;
        --line: #444; --soft: #22262a; --quiet: #b0b0b0; } }
      body { margin: 0 auto; padding: 1rem; max-width: 70rem; color: var(--text);
        background: var(--page); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
      h1, h2, h3 { line-height: 1.2; }
      h2 { margin-top: 2.5rem; }
      .table { overflow-x: auto; }
      table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
      th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: right;
        white-space: nowrap; }
      th { background: var(--soft); }
      th:first-child { text-align: left; white-space: normal; min-width: clamp(9rem, 24vw, 15rem); }
      .note { color: var(--quiet); }
      img { max-width: 100%; height: auto; }
      .plots, .misses { display: grid; gap: 1rem; }
      .plots { grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); }
      .plots img { border-radius: .4rem; }
      .misses { grid-template-columns: repeat(auto-fill, minmax(max(9.5rem, 22%), 1fr)); }
      figure { margin: 0; }
      figcaption { font-size: .875rem; }
      </style>
      </head>
      <body>
      <h1>Agreement with people</h1>
      """;

  private static final String EXPLANATION =
      """
      <h2>What the figures mean</h2>
      <p>Predictions are the networks' raw outputs, opinions people's mean scores of the same
      pictures, scaled to 0 (worst) to 1 (best). SRCC, PLCC and KRCC are Spearman's, Pearson's and
      Kendall's correlation (1 is perfect, 0 is none); RMSE is the root mean squared difference
      (0 is perfect). Fitted is what a logistic curve with four parameters makes of the predictions,
      fitted to the very pictures that are evaluated. Intervals of 95 %% and p are from %d
      resamples of the pictures, the same for all models; p is not corrected for how many models are
      compared, and cannot be less than 0.0002.</p>
      """
          .formatted(Evaluation.RESAMPLES);

  private final StringBuilder html = new StringBuilder(HEAD);
  private final FileNames names;
  private final Pictures pictures;

  /** The pictures of one evaluation. */
  record Drawn(BufferedImage scatter, BufferedImage residuals, WorstMisses worst) {}

  /** Draws, or gives what is drawn. */
  @FunctionalInterface
  interface Pictures {
    Drawn of(Evaluation evaluation) throws IOException;
  }

  private HtmlReport(FileNames names, Pictures pictures) {
    this.names = names;
    this.pictures = pictures;
  }

  static String of(Results results, FileNames names, Pictures pictures) throws IOException {
    HtmlReport report = new HtmlReport(names, pictures);
    report.tables(results);
    for (Evaluation evaluation : results.evaluations()) {
      report.section(evaluation);
    }
    return report.finish();
  }

  static String of(CrossResults cross, FileNames names, Pictures pictures) throws IOException {
    HtmlReport report = new HtmlReport(names, pictures);
    report.matrix(cross, Figure.SRCC);
    report.matrix(cross, Figure.PLCC);
    for (CrossResults.Column column : cross.datasets()) {
      report.add("<h2>%s</h2>\n", column.name());
      if (column.problem().isPresent()) {
        report.add("<p>Not measured: %s</p>\n", column.problem().get());
      }
      if (column.results().isPresent()) {
        report.tables(column.results().get());
        for (Evaluation evaluation : column.results().get().evaluations()) {
          report.section(evaluation);
        }
      }
    }
    return report.finish();
  }

  private String finish() {
    return html.append(EXPLANATION).append("</body>\n</html>\n").toString();
  }

  /** Adds text, with everything that is put into it escaped. */
  private void add(String format, String... values) {
    html.append(format.formatted(Stream.of(values).map(Labels::html).toArray()));
  }

  private void matrix(CrossResults cross, Figure figure) {
    add("<h2>%s across datasets</h2>\n", figure.label());
    List<List<String>> rows = new ArrayList<>();
    for (int model = 0; model < cross.models().size(); model++) {
      int row = model;
      rows.add(
          Stream.concat(
                  Stream.of(cross.models().get(model)),
                  cross.datasets().stream()
                      .map(column -> Labels.decimals(column.figure(figure, row), 3)))
              .toList());
    }
    table(
        Stream.concat(Stream.of("Model"), cross.datasets().stream().map(CrossResults.Column::name))
            .toList(),
        rows);
  }

  private void tables(Results results) {
    List<Evaluation> evaluations = results.evaluations();
    boolean oneDataset = evaluations.stream().map(Evaluation::dataset).distinct().count() == 1;
    if (oneDataset) {
      add("<p>Pictures: %s</p>\n", evaluations.get(0).dataset());
    }
    List<String> headings = new ArrayList<>(List.of("Model", "Pictures"));
    Stream.of(Figure.values()).map(Figure::label).forEach(headings::add);
    List<List<String>> rows = new ArrayList<>();
    List<List<String>> intervals = new ArrayList<>();
    for (Evaluation evaluation : evaluations) {
      String model =
          oneDataset ? evaluation.model() : evaluation.model() + ", " + evaluation.dataset();
      List<String> row =
          new ArrayList<>(List.of(model, Integer.toString(evaluation.predictions().size())));
      Stream.of(Figure.values()).map(f -> Labels.decimals(f.of(evaluation), 3)).forEach(row::add);
      rows.add(row);
      intervals.add(
          Stream.concat(Stream.of(model), intervals(evaluation).map(HtmlReport::interval))
              .toList());
    }
    results.overRuns().ifPresent(runs -> rows.addAll(summary(runs)));
    table(headings, rows);
    leftOut(evaluations);
    add("<h3>Intervals of 95 %%</h3>\n");
    table(
        Stream.concat(
                Stream.of("Model"),
                Stream.of(Figure.values())
                    .filter(figure -> figure.interval(evaluations.get(0)).isPresent())
                    .map(Figure::label))
            .toList(),
        intervals);
    comparisons(results);
  }

  private static Stream<BootstrapInterval> intervals(Evaluation evaluation) {
    return Stream.of(Figure.values()).flatMap(figure -> figure.interval(evaluation).stream());
  }

  private static List<List<String>> summary(OverRuns runs) {
    List<String> median = new ArrayList<>();
    List<String> deviation = new ArrayList<>();
    median.addAll(List.of("Median of %d runs".formatted(runs.evaluations().size()), ""));
    deviation.addAll(List.of("Standard deviation", ""));
    for (Figure figure : Figure.values()) {
      median.add(Labels.decimals(runs.median(figure), 3));
      deviation.add(Labels.decimals(runs.standardDeviation(figure), 3));
    }
    return List.of(median, deviation);
  }

  private void leftOut(List<Evaluation> evaluations) {
    List<String> leftOut =
        evaluations.stream().flatMap(e -> e.leftOut().stream()).distinct().toList();
    if (!leftOut.isEmpty()) {
      add(
          "<p>Left out, as they could not be scored: %s%s.</p>\n",
          String.join(", ", leftOut.subList(0, Math.min(NAMED, leftOut.size()))),
          leftOut.size() > NAMED ? " and %d more".formatted(leftOut.size() - NAMED) : "");
    }
  }

  private void comparisons(Results results) {
    if (results.comparisons().isEmpty()) {
      return;
    }
    add("<h3>Compared with %s</h3>\n", results.evaluations().get(0).model());
    table(
        List.of(
            "Model",
            "SRCC difference",
            "95 % interval",
            "p",
            "PLCC difference",
            "95 % interval",
            "p"),
        IntStream.range(0, results.comparisons().size())
            .mapToObj(
                i -> {
                  Comparison comparison = results.comparisons().get(i);
                  return Stream.of(
                          Stream.of(results.evaluations().get(i + 1).model()),
                          difference(comparison.srcc()),
                          difference(comparison.plcc()))
                      .flatMap(cells -> cells)
                      .toList();
                })
            .toList());
  }

  private static Stream<String> difference(Difference difference) {
    return Stream.of(
        Labels.signed(difference.value(), 3),
        Labels.signed(difference.interval().low(), 3)
            + " to "
            + Labels.signed(difference.interval().high(), 3),
        Labels.decimals(difference.p(), 4));
  }

  private static String interval(BootstrapInterval interval) {
    return Labels.decimals(interval.low(), 3) + " to " + Labels.decimals(interval.high(), 3);
  }

  private void table(List<String> headings, List<List<String>> rows) {
    html.append("<div class=\"table\" tabindex=\"0\">\n<table>\n<tr>");
    headings.forEach(heading -> add("<th scope=\"col\">%s</th>", heading));
    html.append("</tr>\n");
    for (List<String> row : rows) {
      add("<tr><th scope=\"row\">%s</th>", row.get(0));
      row.stream().skip(1).forEach(cell -> add("<td>%s</td>", cell));
      html.append("</tr>\n");
    }
    html.append("</table>\n</div>\n");
  }

  private void section(Evaluation evaluation) throws IOException {
    Drawn drawn = pictures.of(evaluation);
    add("<h2>%s on %s</h2>\n", evaluation.model(), evaluation.dataset());
    evaluation
        .split()
        .ifPresent(split -> add("<p>Split %s, SHA-256 %s…</p>\n", split.name(), split.shortHash()));
    add("<p>Every prediction is in %s</p>\n", names.predictions(evaluation));
    html.append("<div class=\"plots\">\n");
    image(drawn.scatter(), "png", "Opinions over predictions");
    image(drawn.residuals(), "png", "Errors over predictions");
    html.append("</div>\n<h3>Largest errors</h3>\n<div class=\"misses\">\n");
    for (WorstMisses.Miss miss : drawn.worst().misses()) {
      html.append("<figure>");
      Optional<BufferedImage> thumbnail = miss.thumbnail();
      if (thumbnail.isPresent()) {
        image(thumbnail.get(), "jpeg", miss.prediction().image().name());
      }
      add(
          "<figcaption>%s<br>%s<br><span class=\"note\">%s</span></figcaption></figure>\n",
          WorstMisses.verdict(miss.prediction()),
          WorstMisses.figures(miss.prediction()),
          miss.prediction().image().name());
    }
    html.append("</div>\n");
  }

  private void image(BufferedImage image, String format, String alternative) throws IOException {
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    ImageIO.write(image, format, encoded);
    html.append("<img src=\"data:image/").append(format).append(";base64,");
    html.append(Base64.getEncoder().encodeToString(encoded.toByteArray()));
    add("\" alt=\"%s\">", alternative);
  }
}
