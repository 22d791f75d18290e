package io.dpiqa.cli;

import io.dpiqa.Outcome;
import io.dpiqa.QualityModel;
import io.dpiqa.dataset.Dataset;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.dataset.LabelledImages;
import io.dpiqa.dataset.Split;
import io.dpiqa.model.ModelStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dpiqa evaluate}. */
@Command(
    name = "evaluate",
    description = {
      "Measures how well models agree with people's scores.",
      "Predictions are the networks' raw outputs; opinions are scaled to 0 to 1."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:every picture was scored",
      "1:some could not be scored and are left out, each named with the reason; or too few are"
          + " left",
      "2:wrong usage, or the dataset, a model or the folder for results cannot be used"
    })
final class EvaluateCommand implements Callable<Integer> {
  private static final int SOME_FAILED = 1;

  enum Part {
    ALL,
    TEST,
    TRAINING,
    VALIDATION
  }

  @Spec private CommandSpec spec;

  @Mixin private DatasetOptions options;

  @Option(
      names = "--part",
      paramLabel = "test|training|validation|all",
      description =
          "Part of --split or, without it, of the authors' own split (default: test, or all if"
              + " there is no split).")
  private Part part;

  @Option(
      names = "--split",
      paramLabel = "FILE",
      description =
          "Which picture is in which part, as CSV (name,part). One of the training part alone, as"
              + " dpiqa train student writes it, leaves the authors' test part as it is.")
  private Path splitFile;

  @Option(
      names = "--exclude",
      paramLabel = "FILE",
      description =
          "CSV file with a header; pictures named in its first column are left out, for instance"
              + " those that dpiqa dataset near-duplicates found.")
  private Path exclude;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "NAME|FILE",
      defaultValue = ModelStore.BUILT_IN,
      description =
          "Model in the store, or an ONNX file made by dpiqa; may be given several times (default:"
              + " ${DEFAULT-VALUE}).")
  private List<String> models;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder for results.json and one predictions-MODEL.csv a model.")
  private Path out;

  private final Set<Path> failed = new HashSet<>();

  @Override
  public Integer call() {
    makeFolder();
    Dataset dataset = options.read(spec.commandLine());
    String name = selection(dataset);
    List<LabelledImage> images = images(dataset);
    // A wrong name is told before the other models take their time.
    models.forEach(model -> QualityModel.load(model).close());

    PrintWriter err = spec.commandLine().getErr();
    List<Evaluation> evaluations = new ArrayList<>();
    for (String nameOrFile : models) {
      try (QualityModel model = QualityModel.load(nameOrFile)) {
        List<Evaluation.Prediction> predictions = predict(model, images);
        if (predictions.size() < 2) {
          err.println("dpiqa: agreement takes two pictures or more, not " + predictions.size());
          err.flush();
          return SOME_FAILED;
        }
        evaluations.add(Evaluation.of(model.id(), name, predictions));
      }
    }
    PrintWriter stdout = spec.commandLine().getOut();
    EvaluationTable.write(evaluations, stdout);
    stdout.println();
    stdout.println(
        Printable.of(name) + "; interval of SRCC from " + Evaluation.RESAMPLES + " resamples");
    Dpiqa.flush(stdout);
    if (out != null) {
      try {
        EvaluationFiles.write(evaluations, out);
      } catch (IOException e) {
        throw usage(out + ": the results cannot be written: " + e.getMessage());
      }
    }
    return failed.isEmpty() ? 0 : SOME_FAILED;
  }

  private void makeFolder() {
    if (out != null) {
      try {
        Files.createDirectories(out);
      } catch (IOException e) {
        throw usage(out + ": this folder cannot be made");
      }
    }
  }

  private ParameterException usage(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }

  private List<LabelledImage> images(Dataset dataset) {
    List<LabelledImage> images = part(dataset).images();
    return exclude == null ? images : LabelledImages.without(exclude, images);
  }

  private Dataset part(Dataset dataset) {
    if (part == Part.ALL) {
      return dataset;
    }
    Split split =
        splitFile == null
            ? dataset.officialSplit().orElseThrow()
            : dataset.complete(Split.read(splitFile));
    Split.Part chosen =
        switch (part) {
          case TEST -> Split.Part.TEST;
          case VALIDATION -> Split.Part.VALIDATION;
          case TRAINING, ALL -> Split.Part.TRAIN;
        };
    if (split.size(chosen) == 0) {
      throw usage(
          "no picture of %s is in the %s part; name a --split that has one"
              .formatted(splitFile == null ? dataset.name() : splitFile, label(part)));
    }
    return dataset.part(split, chosen);
  }

  /** Chooses the part, and says what is evaluated in a few words. */
  private String selection(Dataset dataset) {
    boolean hasSplit = splitFile != null || dataset.officialSplit().isPresent();
    if (part == null) {
      part = hasSplit ? Part.TEST : Part.ALL;
    } else if (part != Part.ALL && !hasSplit) {
      throw usage(dataset.name() + " has no parts of its own: --part needs --split");
    }
    if (part == Part.ALL && splitFile != null) {
      throw usage("--part all takes no --split");
    }
    String name =
        dataset.name()
            + (part == Part.ALL ? "" : " " + label(part))
            + (splitFile == null ? "" : " of " + splitFile.getFileName());
    return exclude == null ? name : name + " without " + exclude.getFileName();
  }

  private static String label(Part part) {
    return part.name().toLowerCase(Locale.ROOT);
  }

  private List<Evaluation.Prediction> predict(QualityModel model, List<LabelledImage> images) {
    List<Evaluation.Prediction> predictions = new ArrayList<>();
    Iterator<LabelledImage> inOrder = images.iterator();
    Consumer<Outcome> compare =
        outcome -> {
          LabelledImage image = inOrder.next();
          outcome
              .score()
              .ifPresentOrElse(
                  score ->
                      predictions.add(
                          new Evaluation.Prediction(image.name(), image.score(), score.raw())),
                  () -> explain(outcome));
        };
    Iterator<Path> files = images.stream().map(LabelledImage::file).iterator();
    try (Progress progress = new Progress("Scoring", images.size())) {
      model.scoreAll(files, compare.andThen(outcome -> progress.step()));
    }
    return predictions;
  }

  /** Says once, not for every model, why a picture is left out. */
  private void explain(Outcome outcome) {
    if (failed.add(outcome.path())) {
      PrintWriter err = spec.commandLine().getErr();
      err.println("dpiqa: " + Printable.of(outcome.error().orElseThrow().getMessage()));
      err.flush();
    }
  }
}
