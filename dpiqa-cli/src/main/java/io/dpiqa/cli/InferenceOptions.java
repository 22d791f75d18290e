package io.dpiqa.cli;

import io.dpiqa.ScoringOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say how a model's network is run. */
final class InferenceOptions {

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Processor cores to use (default: all). Scores do not depend on it.")
  private Integer threads;

  @Option(
      names = "--low-memory",
      description =
          "For large models: leave the weights as they are in the file, at half precision if the"
              + " model was imported with --half. Slower.")
  private boolean lowMemory;

  @Option(
      names = "--device",
      paramLabel = "cpu|cuda",
      defaultValue = "CPU",
      description =
          "Where the network runs (default: cpu). cuda needs a build with -Pcuda and an NVIDIA GPU.")
  private ScoringOptions.Device device;

  /**
   * The defaults but for what was said.
   *
   * @throws ParameterException if the number of threads is none
   */
  ScoringOptions scoring() {
    if (threads != null && threads < 1) {
      throw new ParameterException(
          spec.commandLine(), "--threads must be at least 1, not " + threads);
    }
    ScoringOptions options = ScoringOptions.DEFAULT.withLowMemory(lowMemory).withDevice(device);
    // Threads without a core to run on would only wait for each other.
    return threads == null ? options : options.withThreads(Math.min(threads, options.threads()));
  }
}
