package io.dpiqa.cli;

import io.dpiqa.ImageException;
import io.dpiqa.QualityModel;
import io.dpiqa.ScoringOptions;
import io.dpiqa.degradation.Degradation;
import io.dpiqa.image.BilinearResize;
import io.dpiqa.image.ImageDecoder;
import io.dpiqa.image.RgbImage;
import io.dpiqa.model.ModelStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dpiqa sensitivity}. */
@Command(
    name = "sensitivity",
    description = {
      "Measures whether a model scores photographs lower the worse they are made.",
      "Each is degraded in ten ways at five levels, from barely visible to terrible, at its own"
          + " resolution; one whose longer side is over 1024 pixels is first scaled down to that.",
      "Scores are the network's raw outputs times 100. DROP is how far below the clean original a"
          + " level is, on average; a pair is in order if the worse does not score higher."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:every photograph was measured, whether the bar is met or missed",
      "1:some could not be read and are left out, each named with the reason; or none is left",
      "2:wrong usage, or the model or the folder for results cannot be used; or the output cannot be"
          + " written"
    })
final class SensitivityCommand implements Callable<Integer> {
  private static final int SOME_FAILED = 1;
  private static final int LONGEST_SIDE = 1024;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "PHOTO",
      arity = "1..*",
      description =
          "Photographs with no visible faults, or directories to search for them; - reads paths from"
              + " standard input, one a line.")
  private List<Path> paths;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "NAME|FILE",
      defaultValue = ModelStore.BUILT_IN,
      description =
          "Model in the store, or an ONNX file made by dpiqa (default: ${DEFAULT-VALUE}).")
  private String nameOrFile;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Folder for sensitivity.json, with the figures of the table, and sensitivity.csv, with"
              + " all scores.")
  private Path out;

  @Mixin private InferenceOptions inference;

  private final ImageDecoder decoder = new ImageDecoder();
  private boolean failed;

  @Override
  public Integer call() {
    if (paths.contains(Path.of(""))) {
      throw usage("A PHOTO is empty");
    }
    ScoringOptions scoring = inference.scoring();
    makeFolder();
    List<Sensitivity.Series> series = new ArrayList<>();
    String id;
    try (QualityModel model = QualityModel.load(nameOrFile, scoring);
        Progress progress = new Progress("Measuring", -1)) {
      id = model.id();
      Photographs photographs =
          new Photographs(paths, /* recursive= */ true, (path, error) -> explain(error));
      while (photographs.hasNext()) {
        Path photograph = photographs.next();
        try {
          series.addAll(measure(model, photograph));
        } catch (ImageException e) {
          explain(e);
        }
        progress.step();
      }
    }
    if (series.isEmpty()) {
      return SOME_FAILED;
    }
    Sensitivity sensitivity = new Sensitivity(id, series);
    // Files first: they are to be there even where nobody reads the table, and it where they fail.
    try {
      if (out != null) {
        SensitivityFiles.write(sensitivity, out);
      }
    } catch (IOException e) {
      throw usage(out + ": the results cannot be written: " + e.getMessage());
    } finally {
      PrintWriter stdout = spec.commandLine().getOut();
      SensitivityTable.write(sensitivity, stdout);
      stdout.flush();
    }
    return failed ? SOME_FAILED : 0;
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

  private List<Sensitivity.Series> measure(QualityModel model, Path photograph)
      throws ImageException {
    RgbImage clean = reduced(decoder.decode(photograph));
    double best = score(model, clean);
    // Of a photograph the same every time, whatever the others are.
    long seed = Arrays.hashCode(clean.rgb());
    List<Sensitivity.Series> series = new ArrayList<>();
    for (Degradation kind : Degradation.values()) {
      List<Double> scores = new ArrayList<>(List.of(best));
      for (int level = 1; level <= Degradation.LEVELS; level++) {
        scores.add(score(model, kind.degrade(clean, level, seed)));
      }
      series.add(new Sensitivity.Series(photograph.toString(), kind, scores));
    }
    return series;
  }

  private static RgbImage reduced(RgbImage photograph) {
    int longer = Math.max(photograph.width(), photograph.height());
    return longer <= LONGEST_SIDE
        ? photograph
        : BilinearResize.resize(
            photograph, reduced(photograph.width(), longer), reduced(photograph.height(), longer));
  }

  private static int reduced(int side, int longer) {
    return Math.max(1, Math.round((float) side * LONGEST_SIDE / longer));
  }

  private static double score(QualityModel model, RgbImage picture) {
    return 100 * model.score(picture).raw();
  }

  private void explain(ImageException problem) {
    failed = true;
    PrintWriter err = spec.commandLine().getErr();
    err.println("dpiqa: " + Printable.of(problem.getMessage()));
    err.flush();
  }
}
