package io.dpiqa.cli;

import io.dpiqa.Outcome;
import io.dpiqa.QualityModel;
import io.dpiqa.dataset.Biq2021;
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
      "1:some could not be scored and are left out, each named with the reason; or too few are left",
      "2:wrong usage, or the dataset, a model or the folder for results cannot be used"
    })
final class EvaluateCommand implements Callable<Integer> {
  private static final int SOME_FAILED = 1;

  enum Dataset {
    BIQ2021,
    CSV
  }

  enum Part {
    TEST,
    TRAINING,
    VALIDATION
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--dataset",
      required = true,
      paramLabel = "biq2021|csv",
      description = "BIQ2021 as its authors publish it, or pictures listed in --labels.")
  private Dataset dataset;

  @Option(
      names = "--root",
      required = true,
      paramLabel = "DIR",
      description =
          "biq2021: the folder with Images and the two CSV files; csv: what the paths in --labels"
              + " are relative to.")
  private Path root;

  @Option(
      names = "--part",
      paramLabel = "test|training|validation",
      description =
          "biq2021: the official test part (default), the official training part, or one of the"
              + " parts that --split divides the latter into.")
  private Part part;

  @Option(
      names = "--split",
      paramLabel = "FILE",
      description = "biq2021: split of the training part as CSV, as dpiqa train student writes it.")
  private Path split;

  @Option(
      names = "--labels",
      paramLabel = "FILE",
      description =
          "csv: CSV file with a header; its first two columns are path and people's score.")
  private Path labels;

  @Option(
      names = "--best",
      paramLabel = "X",
      description = "csv: score of a perfect picture; the worst is 0 (default: 1).")
  private Double best;

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
    check();
    List<LabelledImage> images = images();
    String name = name();
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

  private void check() {
    if (dataset == Dataset.CSV) {
      if (labels == null) {
        throw usage("--dataset csv needs --labels");
      }
      if (part != null || split != null) {
        throw usage("--part and --split are for --dataset biq2021");
      }
      if (best != null && !(best > 0 && best < Double.POSITIVE_INFINITY)) {
        throw usage("--best must be more than 0, not " + best);
      }
    } else {
      if (labels != null || best != null) {
        throw usage("--labels and --best are for --dataset csv");
      }
      part = part == null ? Part.TEST : part;
      if (split == null && part == Part.VALIDATION) {
        throw usage("--part validation needs --split");
      }
      if (split != null && part == Part.TEST) {
        throw usage("--split divides the training part; add --part validation or --part training");
      }
    }
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

  private List<LabelledImage> images() {
    List<LabelledImage> images =
        dataset == Dataset.CSV
            ? LabelledImages.read(labels, root, best == null ? 1 : best)
            : biq2021(new Biq2021(root));
    return exclude == null ? images : LabelledImages.without(exclude, images);
  }

  private List<LabelledImage> biq2021(Biq2021 biq2021) {
    if (part == Part.TEST) {
      return biq2021.test();
    }
    List<LabelledImage> training = biq2021.training();
    if (split == null) {
      return training;
    }
    Split.Part selected = part == Part.TRAINING ? Split.Part.TRAIN : Split.Part.VALIDATION;
    return Split.read(split).select(selected, training);
  }

  /** What was evaluated, in a few words. */
  private String name() {
    String name =
        dataset == Dataset.CSV
            ? labels.getFileName().toString()
            : "biq2021 "
                + part.name().toLowerCase(Locale.ROOT)
                + (split == null ? "" : " of " + split.getFileName());
    return exclude == null ? name : name + " without " + exclude.getFileName();
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
    if (!Terminal.showsProgress()) {
      model.scoreAll(files, compare);
      return predictions;
    }
    try (Progress progress = new Progress(images.size())) {
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
