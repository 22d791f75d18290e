package io.dpiqa.cli;

import io.dpiqa.ImageException;
import io.dpiqa.dataset.Annotation;
import io.dpiqa.dataset.Dataset;
import io.dpiqa.dataset.Layout;
import io.dpiqa.dataset.Scale;
import java.io.File;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options that name a dataset. */
final class DatasetOptions {
  private static final String CSV = "csv";
  private static final String FOLDER = "folder";
  private static final Scale PERCENT = new Scale(0, 100);

  /** Scores up to this many may well be on a scale of so many steps. */
  private static final double MOST_STEPS = 10;

  @Option(
      names = "--dataset",
      paramLabel = "NAME",
      description =
          "biq2021, clive, kadid10k, koniq10k, livefb, spaq or tid2013, as their authors publish"
              + " them; or csv, pictures listed in --labels.")
  private String name;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      description =
          "The folder that the dataset was unpacked to; csv: what the paths in --labels are"
              + " relative to (default: the folder of --labels).")
  private Path root;

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description =
          "csv: CSV file with a header; path and people's score in its first two columns, or those"
              + " named.")
  private Path labels;

  @Option(
      names = "--path-column",
      paramLabel = "HEADING",
      description = "csv: the column of paths (default: the first).")
  private Optional<String> pathColumn = Optional.empty();

  @Option(
      names = "--score-column",
      paramLabel = "HEADING",
      description = "csv: the column of scores (default: the second).")
  private Optional<String> scoreColumn = Optional.empty();

  @Option(
      names = "--worst",
      paramLabel = "X",
      description = "csv: score of the worst picture (default: 0).")
  private Double worst;

  @Option(
      names = "--best",
      paramLabel = "X",
      description =
          "csv: score of a perfect picture (default: 1; or 100, if --worst is not given either, most"
              + " scores are above 1 and at most 100, and one of these is above 10).")
  private Double best;

  /** Whether any of the options is given. */
  boolean isGiven() {
    return name != null || root != null || isForCsv();
  }

  private boolean isForCsv() {
    return labels != null
        || worst != null
        || best != null
        || pathColumn.isPresent()
        || scoreColumn.isPresent();
  }

  /**
   * Reads the annotations.
   *
   * @throws ParameterException if the options do not fit together
   */
  Dataset read(CommandLine command) {
    return read(name, command);
  }

  /** As {@link #read}, of a dataset that need not be named. */
  Dataset readOr(Layout usual, CommandLine command) {
    return read(name == null ? usual.label() : name, command);
  }

  private Dataset read(String name, CommandLine command) {
    if (CSV.equalsIgnoreCase(name)) {
      return readCsv(command);
    }
    if (name == null) {
      throw new ParameterException(command, "--dataset is missing: it names the pictures");
    }
    Layout layout = layout(name, command);
    if (root == null) {
      throw new ParameterException(command, "--root is missing: it names the pictures");
    }
    if (isForCsv()) {
      throw new ParameterException(
          command,
          "--labels, --path-column, --score-column, --worst and --best are for --dataset csv");
    }
    return layout.read(root);
  }

  private Dataset readCsv(CommandLine command) {
    if (labels == null) {
      throw new ParameterException(command, "--dataset csv needs --labels");
    }
    Path beside = labels.getParent() == null ? Path.of(".") : labels.getParent();
    Path folder = root == null ? beside : root;
    Dataset dataset = Dataset.csv(labels, folder, pathColumn, scoreColumn, scale(command));
    return worst == null && best == null ? onLikelyScale(dataset, command) : dataset;
  }

  /** The scale that the scores look like; as that is a guess, it is told. */
  private Dataset onLikelyScale(Dataset dataset, CommandLine command) {
    DoubleSummaryStatistics scores =
        dataset.annotations().stream()
            .mapToDouble(Annotation::score)
            .filter(score -> score > dataset.scale().best() && score <= PERCENT.best())
            .summaryStatistics();
    // A few may be wrong whatever the scale.
    boolean likely =
        2 * scores.getCount() > dataset.annotations().size() && scores.getMax() > MOST_STEPS;
    if (!likely) {
      return dataset;
    }
    PrintWriter err = command.getErr();
    err.println(
        Printable.of(
            ("dpiqa: %s: scores up to %s: taken to be from 0 (worst) to 100 (best); --worst and"
                    + " --best say otherwise")
                .formatted(labels, Decimals.plain(scores.getMax()))));
    err.flush();
    return dataset.onScale(PERCENT);
  }

  /** As {@link #read}, or lists the photographs of a folder, which have no scores. */
  Dataset readOrList(CommandLine command) {
    if (!FOLDER.equalsIgnoreCase(name) || root == null || isForCsv()) {
      return read(command);
    }
    return list(
        root,
        (path, problem) -> {
          throw new ParameterException(command, problem.getMessage(), problem);
        });
  }

  /** The photographs in a folder and below it, which have no scores. */
  static Dataset list(Path root, BiConsumer<Path, ImageException> unread) {
    List<String> paths = new ArrayList<>();
    new Photographs(List.of(root), /* recursive= */ true, unread)
        .forEachRemaining(
            path -> paths.add(root.relativize(path).toString().replace(File.separatorChar, '/')));
    return Dataset.unrated(root, paths);
  }

  private static Layout layout(String name, CommandLine command) {
    return Arrays.stream(Layout.values())
        .filter(layout -> layout.label().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ParameterException(
                    command,
                    "--dataset must be "
                        + Arrays.stream(Layout.values())
                            .map(Layout::label)
                            .collect(Collectors.joining(", "))
                        + " or "
                        + CSV
                        + ", not "
                        + name));
  }

  private Scale scale(CommandLine command) {
    double low = worst == null ? 0 : worst;
    double high = best == null ? 1 : best;
    try {
      return new Scale(low, high);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, "--best must be more than --worst, not " + high, e);
    }
  }
}
