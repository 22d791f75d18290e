package io.dpiqa.train;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.network.Shapes;
import io.dpiqa.weights.FreeMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Trains a backbone to tell kinds of pictures apart, so that a student can begin with what it has
 * learnt to see; see {@link InitialWeights}. Its folder, and how it goes on after it was killed,
 * are those of every {@link Run}.
 *
 * <p>The weights, {@code backbone.safetensors}, have torchvision's names: {@code features.…}, with
 * BatchNorm's statistics of whole training pictures, and {@code classifier.1.…}, whose rows are the
 * kinds in the order of their numbers.
 */
@SuppressWarnings("try") // the lock is opened for its end
public final class BackboneTrainer {
  /** Name of the weights in the folder of a run that has ended. */
  public static final String FILE = "backbone.safetensors";

  private final BackboneRecipe recipe;
  private final BackboneData data;
  private final Path folder;
  private final Device device;
  private final Duration checkpointInterval;

  /**
   * A run.
   *
   * @param folder for everything that it writes; made if it is not there
   */
  public BackboneTrainer(BackboneRecipe recipe, BackboneData data, Path folder, Device device) {
    this(recipe, data, folder, device, Run.CHECKPOINT_INTERVAL);
  }

  BackboneTrainer(
      BackboneRecipe recipe,
      BackboneData data,
      Path folder,
      Device device,
      Duration checkpointInterval) {
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
    data.requireEnough(recipe.schedule().batch());
    if (device == Device.CPU) {
      Memory.require(
          bytes(recipe, data.kinds()),
          FreeMemory.bytes(),
          savings(),
          change -> bytes(BackboneRecipe.fromJson(change, recipe), data.kinds()));
    }
    Files.createDirectories(folder);
    try (RunLock alone = RunLock.of(folder)) {
      Checkpoint begin = Checkpoint.in(folder, recipe.toJson(), data.fingerprint());
      try (BackboneLearner learner = new BackboneLearner(recipe, data, folder, device)) {
        return new Run<>(recipe.schedule(), learner, folder, checkpointInterval)
            .train(begin, listener);
      }
    }
  }

  /**
   * Whether a run of this recipe, with this data, has ended in this folder.
   *
   * @throws TrainingException if the folder holds another run
   */
  public boolean isDone() {
    Checkpoint state = Checkpoint.in(folder, recipe.toJson(), data.fingerprint());
    return Run.isDone(state, recipe.schedule().epochs(), folder.resolve(FILE));
  }

  /** Changes of the recipe by which less is in memory at once, as JSON. */
  private List<String> savings() {
    List<String> savings = new ArrayList<>(List.of(Memory.CHECKPOINTS));
    savings.addAll(Memory.smallerBatches(recipe.schedule().batch()));
    savings.add(Memory.leastBatch(recipe.schedule().batch()));
    return savings;
  }

  /** Bytes of memory that training takes, by the shapes of what it makes. */
  static long bytes(BackboneRecipe recipe, int kinds) {
    Shapes shapes = recipe.shapes(kinds);
    // For what is validated and written there is a copy; its passes are of few pictures.
    int copies = recipe.schedule().copies() + 1;
    return Memory.bytes(copies * shapes.parameters(), recipe.schedule().activations(shapes));
  }
}
