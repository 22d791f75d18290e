package io.dpiqa.train;

import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.evaluation.Agreement;
import io.dpiqa.torch.Floats;
import io.dpiqa.torch.Parameters;
import io.dpiqa.torch.TorchOperations;
import io.dpiqa.weights.Safetensors;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains a student on people's scores, on the CPU.
 *
 * <p>Its folder holds, besides decoded pictures, {@code checkpoint.safetensors} (written after
 * every epoch and every few minutes, whole or not at all), {@code log.csv} (a line an epoch) and in
 * the end {@code student.safetensors}: the averaged weights under the names of published
 * checkpoints. A run that is killed and started again with the same recipe, data and folder goes on
 * from the checkpoint, and ends with the same weights, bit for bit, as one that was not (on one
 * machine with one number of threads).
 */
@SuppressWarnings("try") // scopes are opened for their end
public final class StudentTrainer {
  private static final String CHECKPOINT = "checkpoint.safetensors";
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofMinutes(10);
  private static final double NANOS = 1e9;

  private final Recipe recipe;
  private final TrainingData data;
  private final Path folder;
  private final Duration checkpointInterval;

  /**
   * A run.
   *
   * @param folder for everything that it writes; made if it is not there
   */
  public StudentTrainer(Recipe recipe, TrainingData data, Path folder) {
    this(recipe, data, folder, CHECKPOINT_INTERVAL);
  }

  StudentTrainer(Recipe recipe, TrainingData data, Path folder, Duration checkpointInterval) {
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
    if (data.training().size() < recipe.batch() || data.validation().size() < 2) {
      throw new TrainingException(
          "%d pictures to train with and %d to validate with are too few for batches of %d"
              .formatted(data.training().size(), data.validation().size(), recipe.batch()));
    }
    Files.createDirectories(folder);
    PixelFile validation = PixelFile.of(data.validation(), recipe.inputSize(), folder);
    PixelFile training = PixelFile.of(data.training(), recipe.inputSize(), folder);
    Batches batches = new Batches(recipe, data.training(), training);
    Calibration calibration = new Calibration(recipe, training, data.training().size());

    Path file = folder.resolve(CHECKPOINT);
    Checkpoint state = Checkpoint.start(recipe, data.fingerprint());
    Learner learner;
    if (Files.exists(file)) {
      try (Weights weights = Weights.open(file)) {
        state = Checkpoint.read(file, weights).continuing(state, file);
        learner = Learner.resume(recipe, weights);
      }
    } else {
      learner = Learner.begin(recipe);
      if (recipe.fitsHead()) {
        learner.fitHead(calibration, training, data.trainingScores());
      }
    }
    try (learner) {
      return train(learner, state, batches, calibration, validation, listener);
    }
  }

  private Path train(
      Learner learner,
      Checkpoint begin,
      Batches batches,
      Calibration calibration,
      PixelFile validation,
      Consumer<Progress> listener)
      throws IOException {
    Checkpoint state = begin;
    long steps = (long) recipe.epochs() * batches.perEpoch();
    long saved = System.nanoTime();
    ExecutorService reader = Executors.newSingleThreadExecutor();
    try {
      Future<Batch> next = read(reader, batches, state.step());
      while (state.step() < steps) {
        long began = System.nanoTime();
        Batch batch = await(next);
        long ready = System.nanoTime();
        // Read while this one is learnt from.
        next = read(reader, batches, state.step() + 1);
        double rate = recipe.learningRate(state.step(), batches.perEpoch());
        double loss = learner.step(batch, state.step(), rate);
        requireNumber(loss, batch, state.step());
        long done = System.nanoTime();
        state = state.afterStep(loss, (done - began) / NANOS, (ready - began) / NANOS);
        double speed = state.imagesPerSecond(batches);

        boolean epochEnds = state.step() % batches.perEpoch() == 0;
        if (epochEnds) {
          try (Parameters result = learner.result(calibration, data.trainingScores())) {
            state = state.afterEpoch(batches, rate, validate(result, validation));
          }
          TrainingLog.write(folder.resolve("log.csv"), state.epochs());
        }
        if (epochEnds || done - saved >= checkpointInterval.toNanos()) {
          state.write(folder.resolve(CHECKPOINT), learner);
          saved = System.nanoTime();
        }
        listener.accept(new Progress(state.step(), steps, loss, speed, state.epochs()));
      }
    } finally {
      reader.shutdownNow();
    }
    Path weights = folder.resolve("student.safetensors");
    try (Parameters result = learner.result(calibration, data.trainingScores())) {
      Safetensors.write(weights, result.tensors(), provenance(validate(result, validation)));
    }
    return weights;
  }

  private static Future<Batch> read(ExecutorService reader, Batches batches, long step) {
    return reader.submit(() -> batches.batch(step));
  }

  private static Batch await(Future<Batch> batch) {
    try {
      return batch.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrainingException("training was interrupted; start it again to go on", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private void requireNumber(double loss, Batch batch, long step) {
    if (!Double.isFinite(loss)) {
      String names =
          IntStream.of(batch.images())
              .mapToObj(image -> data.training().get(image).name())
              .collect(Collectors.joining(", "));
      throw new TrainingException(
          "the loss became %s at step %d (batch: %s); lower the learning rate and start in another folder"
              .formatted(loss, step + 1, names));
    }
  }

  private Agreement validate(Parameters parameters, PixelFile pixels) {
    List<LabelledImage> images = data.validation();
    double[] scores = new double[images.size()];
    TorchOperations net = TorchOperations.inference(parameters);
    try (NoGradGuard inference = new NoGradGuard()) {
      for (int first = 0; first < scores.length; first += recipe.batch()) {
        int end = Math.min(first + recipe.batch(), scores.length);
        try (PointerScope temporary = new PointerScope()) {
          Tensor batch = pixels.load(IntStream.range(first, end).toArray());
          float[] given = Floats.of(recipe.student().score(net, batch));
          for (int i = first; i < end; i++) {
            scores[i] = given[i - first];
          }
        }
      }
    }
    double[] opinions = images.stream().mapToDouble(LabelledImage::score).toArray();
    return Agreement.between(scores, opinions);
  }

  /** What the weights file says about itself. */
  private Map<String, String> provenance(Agreement agreement) {
    Map<String, String> provenance = new TreeMap<>(data.provenance());
    provenance.put("input_size", Integer.toString(recipe.inputSize()));
    provenance.put("network", recipe.student().toString());
    provenance.put("recipe", recipe.toJson());
    provenance.put("seed", Long.toString(recipe.seed()));
    provenance.put("training images", Integer.toString(data.training().size()));
    provenance.put(
        "validation",
        String.format(
            Locale.ROOT,
            "%d images, SRCC %.4f, PLCC %.4f, KRCC %.4f, RMSE %.4f",
            data.validation().size(),
            agreement.srcc(),
            agreement.plcc(),
            agreement.krcc(),
            agreement.rmse()));
    return provenance;
  }
}
