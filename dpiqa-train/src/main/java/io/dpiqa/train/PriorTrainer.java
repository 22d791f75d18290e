package io.dpiqa.train;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.network.Shapes;
import io.dpiqa.weights.FreeMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Trains a prior on photographs: a small U-Net that learns to predict noise, as Stable Diffusion's
 * did, for teachers where Stable Diffusion cannot be used. Its folder, and how it goes on after it
 * was killed, are those of every {@link Run}.
 *
 * <p>The weights, {@code prior.safetensors}, hold the U-Net by its published names, {@code unet.…},
 * and the vectors of the 495 {@linkplain io.dpiqa.text.Description#all descriptions}, {@code
 * prompts} {@code [495, contextWidth]}; the metadata say, under {@value
 * io.dpiqa.network.Configuration#PRIOR}, what network it is.
 */
@SuppressWarnings("try") // the lock is opened for its end
public final class PriorTrainer {
  private final PriorRecipe recipe;
  private final PriorData data;
  private final Path folder;
  private final Device device;
  private final Duration checkpointInterval;

  /**
   * A run.
   *
   * @param folder for everything that it writes; made if it is not there
   */
  public PriorTrainer(PriorRecipe recipe, PriorData data, Path folder, Device device) {
    this(recipe, data, folder, device, Run.CHECKPOINT_INTERVAL);
  }

  PriorTrainer(
      PriorRecipe recipe, PriorData data, Path folder, Device device, Duration checkpointInterval) {
    this.recipe = recipe;
    this.data = data;
    this.folder = folder;
    this.device = device;
    this.checkpointInterval = checkpointInterval;
  }

  /**
   * Trains, from the beginning or from where an earlier run was interrupted.
   *
   * @param listener told after every step
   * @return the file of the weights
   * @throws TrainingException if the device is not there, there are too few pictures, one cannot be
   *     decoded, the folder holds a run with another recipe or other data, or the loss is no number
   *     any more
   * @throws IOException if a file cannot be written
   */
  public Path train(Consumer<Progress> listener) throws IOException {
    TrainingException.requireDevice(device);
    if (device == Device.CPU) {
      Memory.require(
          bytes(recipe),
          FreeMemory.bytes(),
          Memory.savings(recipe.schedule().batch()),
          change -> bytes(PriorRecipe.fromJson(change, recipe)));
    }
    data.requireEnough(recipe.schedule().batch());
    Files.createDirectories(folder);
    try (RunLock alone = RunLock.of(folder)) {
      Checkpoint begin = Checkpoint.in(folder, recipe.toJson(), data.fingerprint());
      try (PriorLearner learner = new PriorLearner(recipe, data, folder, device)) {
        return new Run<>(recipe.schedule(), learner, folder, checkpointInterval)
            .train(begin, listener);
      }
    }
  }

  /** Bytes that training takes, by the shapes of what it makes. */
  private static long bytes(PriorRecipe recipe) {
    Shapes shapes = PriorLearner.shapes(recipe);
    Schedule schedule = recipe.schedule();
    return Memory.bytes(schedule.copies() * shapes.parameters(), schedule.activations(shapes));
  }
}
