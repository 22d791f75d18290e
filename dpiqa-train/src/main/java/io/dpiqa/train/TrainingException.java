package io.dpiqa.train;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.torch.Torch;
import java.io.UncheckedIOException;

/** Training cannot go on. The message is one line that says why and what to do. */
public final class TrainingException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Makes sure that there is a device to train on, and libtorch.
   *
   * @throws TrainingException if there is not
   */
  static void requireDevice(Device device) {
    boolean there;
    try {
      there = Torch.has(device);
    } catch (ExceptionInInitializerError e) {
      if (e.getCause() instanceof UncheckedIOException cause) {
        throw new TrainingException(cause.getMessage(), cause);
      }
      throw e;
    }
    if (!there) {
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
