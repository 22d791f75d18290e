package io.dpiqa.cli;

import io.dpiqa.dataset.Dataset;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.dataset.Layout;
import io.dpiqa.dataset.NearDuplicates;
import io.dpiqa.dataset.Split;
import io.dpiqa.train.Epoch;
import io.dpiqa.train.Progress;
import io.dpiqa.train.StudentRecipe;
import io.dpiqa.train.StudentTrainer;
import io.dpiqa.train.TrainingData;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dpiqa train}. */
@Command(
    name = "train",
    description = "Trains models on people's scores.",
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    synopsisSubcommandLabel = "COMMAND")
final class TrainCommand {
  private static final double VALIDATION_SHARE = 0.1;

  @Spec private CommandSpec spec;

  private long epochs = -1;

  /** {@code dpiqa train student}. */
  @Command(
      name = "student",
      description = {
        "Trains a student on the official training part of BIQ2021, on the CPU.",
        "Started again after it was interrupted, it goes on from its last checkpoint. The weights,"
            + " student.safetensors in the end, can be imported with dpiqa model import."
      },
      mixinStandardHelpOptions = true,
      sortOptions = false)
  int student(
      @Option(
              names = "--data",
              required = true,
              paramLabel = "DIR",
              description = "BIQ2021: the folder with Images and the two CSV files.")
          Path data,
      @Option(
              names = "--split",
              required = true,
              paramLabel = "FILE",
              description =
                  "Which pictures to train and which to validate with, as CSV (name,part). Drawn"
                      + " and written, keeping near-duplicates together, if it is not there.")
          Path splitFile,
      @Option(
              names = "--out",
              required = true,
              paramLabel = "DIR",
              description = "Folder for checkpoints, the log, decoded pictures and the weights.")
          Path out,
      @Option(
              names = "--recipe",
              paramLabel = "FILE",
              description = "JSON; what it leaves out is as in the built-in recipe.")
          Path recipeFile,
      @Option(
              names = "--licence",
              paramLabel = "TEXT",
              description = "Licence that the weights file states.")
          String licence)
      throws IOException {
    StudentRecipe recipe = recipeFile == null ? StudentRecipe.COMPACT : recipe(recipeFile);
    Dataset dataset = Layout.BIQ2021.read(data);
    List<LabelledImage> images =
        dataset.part(dataset.officialSplit().orElseThrow(), Split.Part.TRAIN).images();
    Split split = split(splitFile, images, recipe.schedule().seed());
    Split whole = dataset.complete(split);
    // A split after the published protocol has nothing to validate with.
    Split.Part chooseBy =
        whole.size(Split.Part.VALIDATION) > 0 ? Split.Part.VALIDATION : Split.Part.TEST;

    Map<String, String> provenance = new LinkedHashMap<>();
    boolean official =
        images.stream()
            .map(LabelledImage::name)
            .collect(Collectors.toSet())
            .containsAll(
                dataset.part(whole, Split.Part.TRAIN).images().stream()
                    .map(LabelledImage::name)
                    .toList());
    provenance.put(
        "data",
        official ? "BIQ2021, official training part" : "BIQ2021, also of its official test part");
    provenance.put("split sha256", split.sha256());
    if (chooseBy == Split.Part.TEST) {
      provenance.put("chosen on", "the test part");
    }
    if (licence != null) {
      provenance.put("licence", licence);
    }
    TrainingData trainingData =
        new TrainingData(
            dataset.part(whole, Split.Part.TRAIN).images(),
            dataset.part(whole, chooseBy).images(),
            provenance);
    if (Terminal.showsProgress()) {
      PrintWriter err = spec.commandLine().getErr();
      err.print("decoding the pictures and fitting the head: minutes ");
      err.flush();
    }
    Path weights = new StudentTrainer(recipe, trainingData, out).train(this::show);
    PrintWriter stdout = spec.commandLine().getOut();
    stdout.println(weights);
    Dpiqa.flush(stdout);
    return 0;
  }

  private StudentRecipe recipe(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new ParameterException(spec.commandLine(), file + ": there is no such recipe");
    }
    try {
      return StudentRecipe.fromJson(Files.readString(file));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), file + ": " + e.getMessage(), e);
    }
  }

  private static Split split(Path file, List<LabelledImage> images, long seed) throws IOException {
    if (Files.exists(file)) {
      return Split.read(file);
    }
    Split drawn = Split.draw(NearDuplicates.among(images).groups(), VALIDATION_SHARE, seed);
    Files.createDirectories(file.toAbsolutePath().getParent());
    drawn.write(file);
    return drawn;
  }

  private void show(Progress progress) {
    PrintWriter err = spec.commandLine().getErr();
    boolean epochEnded = epochs >= 0 && progress.epochs().size() > epochs;
    epochs = progress.epochs().size();
    if (Terminal.showsProgress()) {
      err.printf(
          "\r%-64s",
          "step %d of %d, loss %.4f, %.1f images/s"
              .formatted(
                  progress.step(), progress.steps(), progress.loss(), progress.imagesPerSecond()));
    }
    if (epochEnded) {
      Epoch epoch = progress.epochs().get((int) epochs - 1);
      err.printf(
          "%sepoch %d: loss %.4f, validation SRCC %.4f, PLCC %.4f, %.1f images/s, %.1f %%"
              + " waiting%n",
          Terminal.showsProgress() ? "\r" : "",
          epoch.epoch(),
          epoch.loss(),
          epoch.validation().get("srcc"),
          epoch.validation().get("plcc"),
          epoch.imagesPerSecond(),
          100 * epoch.waitingShare());
    }
    err.flush();
  }
}
