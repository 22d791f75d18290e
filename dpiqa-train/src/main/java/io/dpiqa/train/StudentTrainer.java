package io.dpiqa.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Trains a student on people's scores, on the CPU; its folder, and how it goes on after it was
 * killed, are those of every {@link Run}. The weights, {@code student.safetensors}, have the names
 * of published checkpoints.
 */
public final class StudentTrainer {
  private final StudentRecipe recipe;
  private final TrainingData data;
  private final Path folder;
  private final Duration checkpointInterval;

  /**
   * A run.
   *
   * @param folder for everything that it writes; made if it is not there
   */
  public StudentTrainer(StudentRecipe recipe, TrainingData data, Path folder) {
    this(recipe, data, folder, Run.CHECKPOINT_INTERVAL);
  }

  StudentTrainer(
      StudentRecipe recipe, TrainingData data, Path folder, Duration checkpointInterval) {
    this.recipe = recipe;
    this.data = data;
    this.folder = folder;
    this.checkpointInterval = checkpointInterval;
  }

  /**
   * Trains, from the beginning or from where an earlier run was interrupted.
   *
   * @param listener told after every step
   * @return the file of the weights
   * @throws TrainingException if there are too few pictures, one cannot be decoded, the folder
   *     holds a run with another recipe or other data, or the loss is no number any more
   * @throws IOException if a file cannot be written
   */
  public Path train(Consumer<Progress> listener) throws IOException {
    data.requireEnough(recipe.schedule().batch());
    Files.createDirectories(folder);
    try (StudentLearner learner = new StudentLearner(recipe, data, folder)) {
      if (recipe.fitsHead() && !Run.isBegun(folder)) {
        learner.fitHead();
      }
      return new Run<>(recipe.schedule(), learner, folder, checkpointInterval)
          .train(recipe.toJson(), data.fingerprint(), listener);
    }
  }
}
