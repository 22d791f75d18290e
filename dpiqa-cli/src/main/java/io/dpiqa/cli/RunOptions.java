package io.dpiqa.cli;

import io.dpiqa.ScoringOptions.Device;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of every training run, whatever it learns from. */
final class RunOptions {

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder for checkpoints, the log, decoded pictures and the weights.")
  private Path out;

  @Option(
      names = "--recipe",
      paramLabel = "FILE",
      description = "JSON; what it leaves out is as by default, or as in the preset.")
  private Path recipeFile;

  @Option(
      names = "--licence",
      paramLabel = "TEXT",
      description = "Licence that the weights file states.")
  private Optional<String> licence = Optional.empty();

  @Mixin private DeviceOption device;

  Device device() {
    return device.device();
  }

  Path out() {
    return out;
  }

  Optional<String> licence() {
    return licence;
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
    } catch (CharacterCodingException e) {
      throw new ParameterException(command, file + ": not a recipe: no text in UTF-8", e);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, file + ": " + e.getMessage(), e);
    }
  }
}
