package io.dpiqa.cli;

import io.dpiqa.ScoringOptions.Device;
import picocli.CommandLine.Option;

/** What to train on. */
final class DeviceOption {

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
}
