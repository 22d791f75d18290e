package io.dpiqa.train;

import io.dpiqa.QualityModel;
import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.weights.FreeMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Trains a student on people's scores, a teacher's or degraded twins; its folder, and how it goes
 * on after it was killed, are those of every {@link Run}. The weights, {@code student.safetensors},
 * have the names of published checkpoints.
 */
@SuppressWarnings("try") // the lock is opened for its end
public final class StudentTrainer {
  /** Name of the weights in the folder of a run that has ended. */
  public static final String FILE = "student.safetensors";

  /** What is left of a smaller picture says little of its quality. */
  private static final int LEAST_CROP = 64;

  private final StudentRecipe recipe;
  private final TrainingData data;
  private final Path folder;
  private final Path cache;
  private final Device device;
  private final Duration checkpointInterval;
  private final Optional<QualityModel> teacher;
  private final Optional<InitialWeights> initial;

  /**
   * A run.
   *
   * @param folder for everything that it writes; made if it is not there
   */
  public StudentTrainer(StudentRecipe recipe, TrainingData data, Path folder) {
    this(recipe, data, folder, Run.CHECKPOINT_INTERVAL);
  }

  /**
   * The same with a teacher.
   *
   * @param model stays open as long as this, but holds no native memory once it has read all
   *     pictures
   */
  public StudentTrainer withTeacher(QualityModel model) {
    return new StudentTrainer(
        recipe, data, folder, cache, device, checkpointInterval, Optional.of(model), initial);
  }

  /**
   * The same with decoded pictures and what the teacher says of them in another folder, which runs
   * can share.
   */
  public StudentTrainer withCache(Path newCache) {
    return new StudentTrainer(
        recipe, data, folder, newCache, device, checkpointInterval, teacher, initial);
  }

  /** The same on another device. */
  public StudentTrainer on(Device newDevice) {
    return new StudentTrainer(
        recipe, data, folder, cache, newDevice, checkpointInterval, teacher, initial);
  }

  /** The same, beginning with weights that are not random. */
  public StudentTrainer withInitialWeights(InitialWeights weights) {
    return new StudentTrainer(
        recipe, data, folder, cache, device, checkpointInterval, teacher, Optional.of(weights));
  }

  StudentTrainer(
      StudentRecipe recipe, TrainingData data, Path folder, Duration checkpointInterval) {
    this(
        recipe,
        data,
        folder,
        folder,
        Device.CPU,
        checkpointInterval,
        Optional.empty(),
        Optional.empty());
  }

  private StudentTrainer(
      StudentRecipe recipe,
      TrainingData data,
      Path folder,
      Path cache,
      Device device,
      Duration checkpointInterval,
      Optional<QualityModel> teacher,
      Optional<InitialWeights> initial) {
    this.recipe = recipe;
    this.data = data;
    this.folder = folder;
    this.cache = cache;
    this.device = device;
    this.checkpointInterval = checkpointInterval;
    this.teacher = teacher;
    this.initial = initial;
  }

  /**
   * Trains, from the beginning or from where an earlier run was interrupted.
   *
   * @param listener told after every step
   * @return the file of the weights
   * @throws TrainingException if there are too few pictures, one cannot be decoded, the recipe
   *     needs a teacher and there is none or the other way round, the teacher's feature map is not
   *     like a student's, the folder holds a run with another recipe, other data or another
   *     teacher, or the loss is no number any more
   * @throws io.dpiqa.ModelException if the recipe needs a feature map that the teacher has not
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
    TrainingException.requireDevice(device);
    data.requireEnough(recipe.schedule().batch());
    if (recipe.scoreWeight() > 0 || recipe.schedule().keep() == Schedule.Keep.BEST) {
      data.requireRanks();
    }
    requireTeacher();
    requireInitialWeights();
    if (device == Device.CPU) {
      Memory.require(
          StudentLearner.bytes(recipe),
          FreeMemory.bytes(),
          savings(recipe),
          change -> StudentLearner.bytes(StudentRecipe.fromJson(change, recipe)));
    }
    Files.createDirectories(folder);
    Files.createDirectories(cache);
    try (RunLock alone = RunLock.of(folder)) {
      Checkpoint begin = Checkpoint.in(folder, recipe.toJson(), fingerprint());
      try (StudentLearner learner =
          new StudentLearner(recipe, data, teacher, initial, cache, device, preparations)) {
        if (!begin.isBegun()) {
          learner.begin();
        }
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
    Checkpoint state = Checkpoint.in(folder, recipe.toJson(), fingerprint());
    int epochs = recipe.pretrainEpochs() + recipe.schedule().epochs();
    return Run.isDone(state, epochs, folder.resolve(FILE));
  }

  /** Changes of a recipe by which less is in memory at once, as JSON. */
  static List<String> savings(StudentRecipe recipe) {
    int batch = recipe.schedule().batch();
    boolean addsUp = recipe.addsUp();
    List<String> savings = new ArrayList<>();
    if (addsUp) {
      savings.addAll(Memory.parts(batch));
    } else {
      savings.add(Memory.CHECKPOINTS);
      savings.addAll(Memory.smallerBatches(batch));
      savings.add(Memory.leastBatch(batch));
    }
    String least =
        addsUp ? "\"parts\": " + batch : "\"batch\": " + Math.min(batch, Memory.LEAST_BATCH);
    int input = recipe.inputSize() / 2;
    for (int crop = recipe.cropSize() / 2; crop >= LEAST_CROP; crop /= 2) {
      savings.add(
          "{\"inputSize\": %d, \"cropSize\": %d, \"schedule\": {%s, \"checkpoints\": true}}"
              .formatted(input, crop, least));
      input /= 2;
    }
    return savings;
  }

  private void requireTeacher() {
    if (recipe.needsTeacher() && teacher.isEmpty()) {
      throw new TrainingException(
          "the recipe's teacherScoreWeight or mapWeight needs a teacher: name one, or set both to 0");
    }
    if (!recipe.needsTeacher() && teacher.isPresent()) {
      throw new TrainingException(
          "the recipe learns nothing from a teacher: set teacherScoreWeight or mapWeight, or name"
              + " none");
    }
  }

  private void requireInitialWeights() {
    String head = recipe.student().lastLayer() + ".weight";
    if (recipe.keepsInitialWeights() && (initial.isEmpty() || !initial.get().has(head))) {
      String name = recipe.initialShare() > 0 ? "initialShare" : "initialScoreWeight";
      throw new TrainingException(
          "the recipe's "
              + name
              + " needs weights to begin with, the head's among them: name a student's or a model,"
              + " or set it to 0");
    }
  }

  /** What the run depends on besides the recipe. */
  private String fingerprint() {
    return data.fingerprint()
        + teacher.map(model -> " teacher " + model.sha256()).orElse("")
        + initial.map(weights -> " weights " + weights.sha256()).orElse("");
  }
}
