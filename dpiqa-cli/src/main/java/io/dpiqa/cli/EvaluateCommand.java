package io.dpiqa.cli;

import io.dpiqa.Outcome;
import io.dpiqa.QualityModel;
import io.dpiqa.Score;
import io.dpiqa.cli.SelectionOptions.Selection;
import io.dpiqa.dataset.DatasetException;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.evaluation.CrossResults;
import io.dpiqa.evaluation.Evaluation;
import io.dpiqa.evaluation.Prediction;
import io.dpiqa.evaluation.ResultFiles;
import io.dpiqa.evaluation.Results;
import io.dpiqa.evaluation.SplitFile;
import io.dpiqa.model.ModelStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
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
      "Predictions are the networks' raw outputs; opinions are scaled to 0 to 1.",
      "Several models are compared with the first, by the paired bootstrap."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:every picture was scored",
      "1:some pictures could not be scored, or datasets of --cross not be read; they are left out,"
          + " each named with the reason; or too few are left",
      "2:wrong usage, or the dataset, a model or the folder for results cannot be used; or the output cannot be"
          + " written"
    })
final class EvaluateCommand implements Callable<Integer> {
  private static final int SOME_FAILED = 1;

  @Spec private CommandSpec spec;

  @Mixin private SelectionOptions selection;

  @Option(
      names = "--cross",
      paramLabel = "FILE",
      description =
          "Evaluates every model on every dataset of a list, instead of --dataset: a CSV file with"
              + " the columns name, dataset and, where needed, root, labels, split, part, exclude,"
              + " path-column, score-column, worst and best, as the options are called. Paths are"
              + " relative to its folder.")
  private Path cross;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "NAME|FILE",
      defaultValue = ModelStore.BUILT_IN,
      description =
          "Model in the store, or an ONNX file made by dpiqa; may be given several times (default:"
              + " ${DEFAULT-VALUE}).")
  private List<String> models;

  @Option(
      names = "--median",
      description =
          "The models are of one recipe, trained several times: shows the median and the standard"
              + " deviation of their figures, and does not compare them. So it is with several"
              + " --split in any case.")
  private boolean median;

  @Mixin private InferenceOptions inference;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Folder for report.html, results.json (cross.json), the predictions of every model as"
              + " CSV, and plots and the worst misses as PNG.")
  private Path out;

  private final Set<Path> failed = new HashSet<>();

  @Override
  public Integer call() {
    return cross == null ? evaluate() : evaluateAcross();
  }

  private int evaluate() {
    makeFolder();
    List<Selection> selections = selection.read(spec.commandLine());
    boolean severalSplits = selections.size() > 1;
    if (severalSplits && models.size() > 1 && models.size() != selections.size()) {
      throw usage(
          "--split is given %d times and --model %d times; give as many, in turn, or one model"
              .formatted(selections.size(), models.size()));
    }
    if (severalSplits && models.size() == 1 && isRepeated(selections)) {
      throw usage("--split names one split twice, and --model one model: that is one run");
    }
    if (median && !severalSplits && models.size() < 2) {
      throw usage("--median takes two or more of --model, or of --split");
    }
    findModels();
    List<Evaluation> evaluations = new ArrayList<>();
    for (int i = 0; i < selections.size(); i++) {
      List<String> tested =
          severalSplits ? List.of(models.get(Math.min(i, models.size() - 1))) : models;
      try {
        evaluations.addAll(evaluate(tested, selections.get(i)));
      } catch (TooFewPicturesException e) {
        say(e.getMessage());
        return SOME_FAILED;
      }
    }
    Results results =
        severalSplits || median ? Results.ofRuns(evaluations) : Results.ofModels(evaluations);
    tell(
        folder -> ResultFiles.write(results, folder),
        stdout -> ResultsTable.write(results, stdout));
    return failed.isEmpty() ? 0 : SOME_FAILED;
  }

  private static boolean isRepeated(List<Selection> selections) {
    return selections.stream().map(s -> s.split().map(SplitFile::sha256)).distinct().count()
        < selections.size();
  }

  private int evaluateAcross() {
    if (selection.isGiven()) {
      throw usage("--cross names the datasets: --dataset and what goes with it stand in its file");
    }
    if (median) {
      throw usage("--median is for one dataset, not for --cross");
    }
    List<DatasetList.Entry> entries = DatasetList.read(cross, spec.commandLine());
    makeFolder();
    List<String> ids = findModels();
    List<CrossResults.Column> columns = new ArrayList<>();
    for (DatasetList.Entry entry : entries) {
      try {
        Selection pictures = entry.read(spec.commandLine().getErr());
        columns.add(
            CrossResults.Column.of(entry.name(), Results.ofModels(evaluate(models, pictures))));
      } catch (ParameterException
          | DatasetException
          | InvalidPathException
          | TooFewPicturesException e) {
        say(entry.name() + ": " + e.getMessage());
        columns.add(CrossResults.Column.failed(entry.name(), e.getMessage()));
      }
    }
    CrossResults results = new CrossResults(ids, columns);
    tell(
        folder -> ResultFiles.write(results, folder),
        stdout -> ResultsTable.write(results, stdout));
    boolean allRead = columns.stream().allMatch(column -> column.problem().isEmpty());
    return allRead && failed.isEmpty() ? 0 : SOME_FAILED;
  }

  /** A wrong name is told before the other models take their time. */
  private List<String> findModels() {
    List<String> ids = new ArrayList<>();
    for (String model : models) {
      try (QualityModel found = QualityModel.load(model, inference.scoring())) {
        ids.add(found.id());
      }
    }
    return ids;
  }

  private void makeFolder() {
    if (out != null) {
      try {
        Files.createDirectories(out);
      } catch (IOException e) {
        throw usage(out + ": this folder cannot be made");
      }
      if (!Files.isWritable(out)) { // better told before all pictures are scored
        throw usage(out + ": this folder cannot be written to");
      }
    }
  }

  @FunctionalInterface
  private interface Writing {
    void to(Path folder) throws IOException;
  }

  /** Files first: they are to be there where nobody reads the table, and it where they fail. */
  private void tell(Writing files, Consumer<PrintWriter> table) {
    try {
      if (out != null) {
        files.to(out);
      }
    } catch (IOException e) {
      throw usage(out + ": the results cannot be written: " + e.getMessage());
    } finally {
      PrintWriter stdout = spec.commandLine().getOut();
      table.accept(stdout);
      stdout.flush();
    }
  }

  private ParameterException usage(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }

  private void say(String problem) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("dpiqa: " + Printable.of(problem));
    err.flush();
  }

  /** Evaluates models on the same pictures: those that all of them could score. */
  private List<Evaluation> evaluate(List<String> tested, Selection selection) {
    List<String> ids = new ArrayList<>();
    List<Map<LabelledImage, Score>> scores = new ArrayList<>();
    for (String nameOrFile : tested) {
      try (QualityModel model = QualityModel.load(nameOrFile, inference.scoring())) {
        ids.add(model.id());
        scores.add(score(model, selection.images()));
      }
    }
    List<LabelledImage> scored = new ArrayList<>();
    List<String> leftOut = new ArrayList<>();
    for (LabelledImage image : selection.images()) {
      if (scores.stream().allMatch(byModel -> byModel.containsKey(image))) {
        scored.add(image);
      } else {
        leftOut.add(image.name());
      }
    }
    if (scored.size() < 2) {
      throw new TooFewPicturesException(scored.size());
    }
    List<Evaluation> evaluations = new ArrayList<>();
    for (int i = 0; i < ids.size(); i++) {
      Map<LabelledImage, Score> byModel = scores.get(i);
      List<Prediction> predictions =
          scored.stream().map(image -> prediction(image, byModel.get(image))).toList();
      evaluations.add(
          Evaluation.of(ids.get(i), selection.name(), selection.split(), predictions, leftOut));
    }
    return evaluations;
  }

  private static Prediction prediction(LabelledImage image, Score score) {
    return new Prediction(image, score.raw(), score.interval());
  }

  private Map<LabelledImage, Score> score(QualityModel model, List<LabelledImage> images) {
    Map<LabelledImage, Score> scores = new HashMap<>();
    Iterator<LabelledImage> inOrder = images.iterator();
    Consumer<Outcome> keep =
        outcome -> {
          LabelledImage image = inOrder.next();
          outcome
              .score()
              .ifPresentOrElse(score -> scores.put(image, score), () -> explain(outcome));
        };
    Iterator<Path> files = images.stream().map(LabelledImage::file).iterator();
    try (Progress progress = new Progress("Scoring", images.size())) {
      model.scoreAll(files, keep.andThen(outcome -> progress.step()));
    }
    return scores;
  }

  /** Says once, not for every model, why a picture is left out. */
  private void explain(Outcome outcome) {
    if (failed.add(outcome.path())) {
      say(outcome.error().orElseThrow().getMessage());
    }
  }

  private static final class TooFewPicturesException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooFewPicturesException(int left) {
      super("agreement takes two pictures or more, not " + left);
    }
  }
}
