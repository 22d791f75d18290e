package io.dpiqa.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dpiqa.ModelException;
import io.dpiqa.weights.Safetensors;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Where a run stands between two steps, numbers apart: together with the {@linkplain
 * Learner#tensors tensors}, in one safetensors file, it is all that going on takes.
 *
 * @param recipe the run's, as JSON
 * @param data fingerprint of the data
 * @param step number of steps made
 * @param loss sum over the steps of the epoch that is under way
 * @param seconds spent in that epoch
 * @param waiting seconds of them spent waiting for pictures
 * @param epochs those that are complete
 */
record Checkpoint(
    String recipe,
    String data,
    long step,
    double loss,
    double seconds,
    double waiting,
    List<Epoch> epochs) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String KEY = "dpiqa.training";

  /**
   * Where the run in a folder stands: at its beginning, if there is none yet.
   *
   * @param recipe as JSON; a run goes on with the same only
   * @param data fingerprint of the data; a run goes on with the same only
   * @throws TrainingException if it is a run with another recipe or other data
   */
  static Checkpoint in(Path folder, String recipe, String data) {
    Path file = file(folder);
    if (!Files.exists(file)) {
      return new Checkpoint(recipe, data, 0, 0, 0, 0, List.of());
    }
    Checkpoint found = read(file);
    if (!found.recipe.equals(recipe)) {
      throw new TrainingException(
          file + ": belongs to a run with another recipe; choose another folder");
    }
    if (!found.data.equals(data)) {
      throw new TrainingException(
          file
              + ": belongs to a run with other data (pictures, scores, split or licence), or with"
              + " another teacher or other weights to begin with; choose another folder");
    }
    return found;
  }

  /** In the folder of a run. */
  static Path file(Path folder) {
    return folder.resolve("checkpoint.safetensors");
  }

  /** Whether there is a file of it, from which to go on. */
  boolean isBegun() {
    return step > 0;
  }

  Checkpoint afterStep(double stepLoss, double stepSeconds, double stepWaiting) {
    return new Checkpoint(
        recipe,
        data,
        step + 1,
        loss + stepLoss,
        seconds + stepSeconds,
        waiting + stepWaiting,
        epochs);
  }

  /** With the epoch that is under way complete. */
  Checkpoint afterEpoch(
      int stepsPerEpoch, int batch, double learningRate, Map<String, Double> validation) {
    Epoch epoch =
        new Epoch(
            epochs.size() + 1,
            loss / stepsPerEpoch,
            learningRate,
            validation,
            seconds,
            imagesPerSecond(stepsPerEpoch, batch),
            waiting / seconds);
    List<Epoch> more = new ArrayList<>(epochs);
    more.add(epoch);
    return new Checkpoint(recipe, data, step, 0, 0, 0, List.copyOf(more));
  }

  /** Pictures learnt from a second, in the epoch that is under way. */
  double imagesPerSecond(int stepsPerEpoch, int batch) {
    long stepsOfEpoch = step - (long) epochs.size() * stepsPerEpoch;
    return stepsOfEpoch * batch / seconds;
  }

  /** Writes the file, whole or not at all. */
  void write(Path file, Learner<?> learner) throws IOException {
    Safetensors.write(
        file, learner.descent().tensors(), Map.of(KEY, JSON.writeValueAsString(this)));
  }

  /**
   * Reads the numbers of a file.
   *
   * @throws TrainingException if it is none of ours, or damaged
   */
  static Checkpoint read(Path file) {
    try (Weights weights = open(file)) {
      String json = weights.metadata().get(KEY);
      if (json == null) {
        throw new TrainingException(file + ": is no checkpoint of a training run; remove it");
      }
      return JSON.readValue(json, Checkpoint.class);
    } catch (JsonProcessingException e) {
      throw new TrainingException(
          file + ": is a checkpoint of another version of dpiqa; choose another folder", e);
    }
  }

  private static Weights open(Path file) {
    try {
      return Weights.open(file);
    } catch (ModelException e) {
      if (e.getCause() instanceof IOException) {
        throw e; // there may be nothing wrong with what it holds
      }
      throw new TrainingException(
          file + ": is damaged, so that the run cannot go on; begin again in another folder", e);
    }
  }
}
