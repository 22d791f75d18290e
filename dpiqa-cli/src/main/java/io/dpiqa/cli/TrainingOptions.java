package io.dpiqa.cli;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.dataset.Dataset;
import io.dpiqa.dataset.Protocol;
import io.dpiqa.dataset.Split;
import io.dpiqa.train.TrainingData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options that name what a network that scores learns from, and where it is kept. */
final class TrainingOptions {

  @Mixin private DatasetOptions dataset;

  @Option(
      names = "--split",
      required = true,
      paramLabel = "FILE",
      description =
          "Which pictures to train and which to validate with, as CSV (name,part). If it is not"
              + " there it is drawn and written as dpiqa dataset split does by default.")
  private Path splitFile;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder for checkpoints, the log, decoded pictures and the weights.")
  private Path out;

  @Option(
      names = "--recipe",
      paramLabel = "FILE",
      description = "JSON; what it leaves out is as in the preset.")
  private Path recipeFile;

  @Option(
      names = "--licence",
      paramLabel = "TEXT",
      description = "Licence that the weights file states.")
  private Optional<String> licence = Optional.empty();

  @Option(
      names = "--device",
      paramLabel = "cpu|cuda",
      defaultValue = "cpu",
      description =
          "What to train on (default: ${DEFAULT-VALUE}). cuda needs a build with -Pcuda-training and"
              + " an NVIDIA GPU.")
  private Device device;

  Device device() {
    return device;
  }

  Path out() {
    return out;
  }

  /**
   * The recipe of the file, or the preset.
   *
   * @param read makes a recipe of JSON
   * @throws ParameterException if it is missing or wrong
   */
  <R> R recipe(CommandLine command, R preset, Function<String, R> read) throws IOException {
    return recipe(command, recipeFile, preset, read);
  }

  /** The same of another file; null for the preset. */
  static <R> R recipe(CommandLine command, Path file, R preset, Function<String, R> read)
      throws IOException {
    if (file == null) {
      return preset;
    }
    if (!Files.isRegularFile(file)) {
      throw new ParameterException(command, file + ": there is no such recipe");
    }
    try {
      return read.apply(Files.readString(file));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads the dataset, and its split; or draws and writes that.
   *
   * @param seed of the split, if it is drawn
   */
  TrainingData data(CommandLine command, long seed) throws IOException {
    return data(dataset.read(command), seed);
  }

  /** As {@link #data}; the dataset may also be a folder, whose photographs get the best score. */
  TrainingData dataOrPhotographs(CommandLine command, long seed) throws IOException {
    return data(dataset.readOrList(command), seed);
  }

  private TrainingData data(Dataset pictures, long seed) throws IOException {
    return TrainingData.of(pictures, split(splitFile, pictures, seed), licence);
  }

  /** The split in a file or, if there is none, one that is drawn and written there. */
  static Split split(Path file, Dataset pictures, long seed) throws IOException {
    if (Files.exists(file)) {
      return Split.read(file);
    }
    Protocol protocol = pictures.officialSplit().isPresent() ? Protocol.OFFICIAL : Protocol.GROUPED;
    Split drawn = protocol.draw(pictures, NearDuplicatesCommand::among, seed);
    Files.createDirectories(file.toAbsolutePath().getParent());
    drawn.write(file);
    return drawn;
  }
}
