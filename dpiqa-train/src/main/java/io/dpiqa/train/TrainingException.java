package io.dpiqa.train;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.torch.Libtorch;
import io.dpiqa.torch.Torch;
import java.io.IOException;

/** Training cannot go on. The message is one line that says why and what to do. */
public final class TrainingException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Makes sure that there are libtorch and a device to train on.
   *
   * @throws TrainingException if there are not
   */
  static void requireDevice(Device device) {
    try {
      Libtorch.unpack();
    } catch (IOException e) {
      throw new TrainingException(e.getMessage(), e);
    }
    if (!Torch.has(device)) {
      throw new TrainingException(
          "this build of libtorch finds no NVIDIA GPU; train with --device cpu, or build dpiqa with"
              + " MAVEN_ARGS=-Pcuda-training on a machine that has one");
    }
  }

  TrainingException(String message) {
    super(message);
  }

  TrainingException(String message, Throwable cause) {
    super(message, cause);
  }
}
