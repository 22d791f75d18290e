package io.dpiqa.cli;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.dataset.Dataset;
import io.dpiqa.dataset.Protocol;
import io.dpiqa.dataset.Split;
import io.dpiqa.train.TrainingData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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

  @Mixin private RunOptions run;

  Device device() {
    return run.device();
  }

  Path out() {
    return run.out();
  }

  /** As {@link RunOptions#recipe(CommandLine, Object, Function)}. */
  <R> R recipe(CommandLine command, R preset, Function<String, R> read) throws IOException {
    return run.recipe(command, preset, read);
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
    return TrainingData.of(pictures, split(splitFile, pictures, seed), run.licence());
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
