package io.dpiqa.train;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.importer.DiffusionPrior;
import io.dpiqa.network.Shapes;
import io.dpiqa.weights.FreeMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * Trains a teacher on people's scores; its folder, and how it goes on after it was killed, are
 * those of every {@link Run}. The weights, {@code teacher.safetensors}, have the names of published
 * checkpoints; beside them are the prompts' embeddings and the {@link
 * io.dpiqa.network.Configuration}, so that the file can be imported as it is.
 */
@SuppressWarnings("try") // the lock is opened for its end
public final class TeacherTrainer {
  /** Name of the weights in the folder of a run. */
  public static final String FILE = "teacher.safetensors";

  private final TeacherRecipe recipe;
  private final TrainingData data;
  private final DiffusionPrior prior;
  private final Path folder;
  private final Path cache;
  private final Device device;
  private final Duration checkpointInterval;

  /**
   * A run.
   *
   * @param prior what the teacher begins with; stays open as long as this
   * @param folder for everything that it writes; made if it is not there
   */
  public TeacherTrainer(
      TeacherRecipe recipe, TrainingData data, DiffusionPrior prior, Path folder, Device device) {
    this(recipe, data, prior, folder, folder, device, Run.CHECKPOINT_INTERVAL);
  }

  /** The same with decoded pictures and latents in another folder, which runs can share. */
  public TeacherTrainer withCache(Path newCache) {
    return new TeacherTrainer(recipe, data, prior, folder, newCache, device, checkpointInterval);
  }

  TeacherTrainer(
      TeacherRecipe recipe,
      TrainingData data,
      DiffusionPrior prior,
      Path folder,
      Path cache,
      Device device,
      Duration checkpointInterval) {
    this.recipe = recipe;
    this.data = data;
    this.prior = prior;
    this.folder = folder;
    this.cache = cache;
    this.device = device;
    this.checkpointInterval = checkpointInterval;
  }

  /**
   * Trains, from the beginning or from where an earlier run was interrupted.
   *
   * @param listener told after every step
   * @return the file of the weights
   * @throws TrainingException if there are too few pictures or too little memory, a picture cannot
   *     be decoded, the prior has not what the recipe asks for, the folder holds a run with another
   *     recipe or other data, or the loss is no number any more
   * @throws IOException if a file cannot be written
   */
  public Path train(Consumer<Progress> listener) throws IOException {
    return train(preparation -> {}, listener);
  }

  /**
   * As {@link #train(Consumer)}.
   *
   * @param preparations told of what is done before the first step, which can take hours
   */
  public Path train(Consumer<Preparation> preparations, Consumer<Progress> listener)
      throws IOException {
    data.requireEnough(recipe.schedule().batch());
    data.requireRanks();
    TrainingException.requireDevice(device);
    long needed = bytes();
    if (device == Device.CPU) {
      List<String> savings = Memory.savings(recipe.schedule().batch());
      Memory.require(
          needed,
          FreeMemory.bytes(),
          // Pairs are ranked within a whole batch.
          recipe.rankingWeight() == 0 ? savings : savings.subList(0, 1),
          change -> bytes(TeacherRecipe.fromJson(change, recipe), prior));
    }
    Files.createDirectories(folder);
    Files.createDirectories(cache);
    try (RunLock alone = RunLock.of(folder)) {
      Checkpoint begin = Checkpoint.in(folder, recipe.toJson(), fingerprint());
      try (TeacherLearner learner =
          new TeacherLearner(recipe, data, prior, cache, device, preparations)) {
        return new Run<>(recipe.schedule(), learner, folder, checkpointInterval)
            .train(begin, listener);
      }
    }
  }

  /**
   * As {@link #bytes(TeacherRecipe, DiffusionPrior)} of this run.
   *
   * @throws TrainingException if the recipe asks for what the prior has not
   */
  private long bytes() {
    try {
      return bytes(recipe, prior);
    } catch (IllegalArgumentException e) {
      throw new TrainingException("the recipe does not fit the prior: " + e.getMessage(), e);
    }
  }

  /** What the run depends on besides the recipe. */
  private String fingerprint() {
    return data.fingerprint() + prior.configuration().toJson() + prior.provenance();
  }

  /** Bytes that training takes, by the shapes of what it makes. */
  static long bytes(TeacherRecipe recipe, DiffusionPrior prior) {
    Shapes shapes = TeacherLearner.shapes(recipe, prior);
    Schedule schedule = recipe.schedule();
    return Memory.bytes(schedule.copies() * shapes.parameters(), schedule.activations(shapes));
  }
}
