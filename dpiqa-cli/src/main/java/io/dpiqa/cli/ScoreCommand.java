package io.dpiqa.cli;

import io.dpiqa.ImageException;
import io.dpiqa.Outcome;
import io.dpiqa.QualityModel;
import io.dpiqa.ScoringOptions;
import io.dpiqa.model.ModelStore;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dpiqa score}. */
@Command(
    name = "score",
    description = "Scores photographs from 0 (worst) to 100 (best).",
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:every photograph was scored",
      "1:some could not be scored; the reason is given for each",
      "2:wrong usage, or the model cannot be used, or the output cannot be written",
      "3:every photograph was scored, and some are below --min-score"
    })
final class ScoreCommand implements Callable<Integer> {
  private static final int SOME_FAILED = 1;
  private static final int SOME_BELOW = 3;
  private static final int MOST_MEGAPIXELS = 715;
  private static final BigDecimal BEST = BigDecimal.valueOf(100);

  enum Format {
    TABLE,
    CSV,
    NDJSON
  }

  enum Order {
    BEST,
    WORST
  }

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "PATH",
      arity = "1..*",
      description =
          "Photographs, or directories of them; - reads paths from standard input, one a line.")
  private List<Path> paths;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "NAME|FILE",
      defaultValue = ModelStore.BUILT_IN,
      description =
          "Model in the store, or an ONNX file made by dpiqa (default: ${DEFAULT-VALUE}).")
  private String model;

  @Option(
      names = {"-f", "--format"},
      paramLabel = "table|csv|ndjson",
      defaultValue = "TABLE",
      description =
          "table for people; csv or ndjson for programs, written as scores come in, in the order"
              + " of the paths unless sorted (default: table).")
  private Format format;

  @Option(
      names = {"-s", "--sort"},
      paramLabel = "best|worst",
      description = "best or worst first. A table is sorted best first unless told otherwise.")
  private Order sort;

  @Option(
      names = {"-n", "--top"},
      paramLabel = "N",
      description = "Show only the N first; sorts best first unless told otherwise.")
  private Integer top;

  @Option(
      names = "--min-score",
      paramLabel = "X",
      description = "Exit with status 3 if a photograph scores below X.")
  private BigDecimal minScore;

  @Option(
      names = {"-r", "--recursive"},
      description = "Look into the subdirectories of directories too.")
  private boolean recursive;

  @Option(
      names = "--max-megapixels",
      paramLabel = "N",
      defaultValue = "100",
      description = "Refuse larger pictures (default: ${DEFAULT-VALUE}).")
  private int maxMegapixels;

  @Mixin private InferenceOptions inference;

  private int scored;
  private int failed;
  private int below;

  @Override
  public Integer call() {
    check();
    PrintWriter err = spec.commandLine().getErr();
    try (QualityModel quality = QualityModel.load(model, options())) {
      Report report = report();
      if (format == Format.TABLE || sort != null || top != null) {
        List<Outcome> outcomes = new ArrayList<>();
        score(quality, outcomes::add);
        ranked(outcomes).forEach(outcome -> write(report, outcome));
      } else {
        score(quality, outcome -> write(report, outcome));
      }
      report.finish();
    }
    if (below > 0) {
      err.println("dpiqa: " + below + " of " + scored + " below " + minScore.toPlainString());
      err.flush();
    }
    return failed > 0 ? SOME_FAILED : below > 0 ? SOME_BELOW : 0;
  }

  private void check() {
    if (top != null && top < 1) {
      throw usage("--top must be at least 1, not " + top);
    }
    if (minScore != null && (minScore.signum() < 0 || minScore.compareTo(BEST) > 0)) {
      throw usage("--min-score must be 0 to 100, not " + minScore);
    }
    if (maxMegapixels < 1 || maxMegapixels > MOST_MEGAPIXELS) {
      throw usage("--max-megapixels must be 1 to " + MOST_MEGAPIXELS + ", not " + maxMegapixels);
    }
  }

  private ParameterException usage(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }

  private ScoringOptions options() {
    return inference.scoring().withPixelLimit(maxMegapixels * 1_000_000);
  }

  private Report report() {
    PrintWriter out = spec.commandLine().getOut();
    return switch (format) {
      case NDJSON -> new NdjsonReport(out);
      case CSV -> new CsvReport(out);
      case TABLE ->
          new TableReport(
              out,
              spec.commandLine().getErr(),
              Terminal.columns().orElse(Integer.MAX_VALUE),
              Terminal.showsUnicode());
    };
  }

  private void write(Report report, Outcome outcome) {
    report.add(outcome);
    spec.commandLine().getOut().flush();
  }

  private void score(QualityModel quality, Consumer<Outcome> sink) {
    Consumer<Outcome> counting =
        outcome -> {
          count(outcome);
          sink.accept(outcome);
        };
    Photographs photographs =
        photographs(
            (path, error) ->
                counting.accept(new Outcome(path, Optional.empty(), Optional.of(error))));
    // Not among results that are being written to the same terminal.
    boolean shown =
        Terminal.showsProgress() && (format == Format.TABLE || Terminal.columns().isEmpty());
    if (!shown) {
      quality.scoreAll(photographs, counting);
      return;
    }
    try (Progress progress = new Progress("Scoring", total())) {
      quality.scoreAll(photographs, counting.andThen(outcome -> progress.step()));
    }
  }

  private Photographs photographs(BiConsumer<Path, ImageException> unread) {
    return new Photographs(paths, recursive, unread);
  }

  /** How many photographs there are, or -1 where only the end of standard input would tell. */
  private long total() {
    if (paths.contains(Photographs.STANDARD_INPUT)) {
      return -1;
    }
    long total = 0;
    for (Photographs all = photographs((path, error) -> {}); all.hasNext(); all.next()) {
      total++;
    }
    return total;
  }

  private void count(Outcome outcome) {
    if (outcome.score().isEmpty()) {
      failed++;
      return;
    }
    scored++;
    // As it is written, so that what is read and what is decided agree.
    if (minScore != null && Decimals.score(outcome.score().get().value()).compareTo(minScore) < 0) {
      below++;
    }
  }

  /** The best or worst scores, and after them whatever has none. */
  private Stream<Outcome> ranked(List<Outcome> outcomes) {
    Comparator<Outcome> rising = Comparator.comparingDouble(o -> o.score().orElseThrow().raw());
    Stream<Outcome> scores =
        outcomes.stream()
            .filter(outcome -> outcome.score().isPresent())
            .sorted(sort == Order.WORST ? rising : rising.reversed())
            .limit(top == null ? Long.MAX_VALUE : top);
    return Stream.concat(scores, outcomes.stream().filter(o -> o.score().isEmpty()));
  }
}
