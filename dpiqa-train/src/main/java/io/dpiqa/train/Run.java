package io.dpiqa.train;

import io.dpiqa.file.WholeFile;
import io.dpiqa.weights.Safetensors;
import io.dpiqa.weights.Weights;
import java.awt.AWTError;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A training run in a folder, whatever learns in it.
 *
 * <p>The folder holds {@code checkpoint.safetensors} (written after every epoch and every few
 * minutes, whole or not at all), {@code log.csv} (a line an epoch), {@code curves.png} and the
 * weights to be used. A run that is killed and started again with the same recipe, data and folder
 * goes on from the checkpoint, and ends with the same weights, bit for bit, as one that was not (on
 * one machine with one number of threads).
 *
 * @param <B> what one step learns from
 */
final class Run<B> {
  /** Between checkpoints within an epoch. */
  static final Duration CHECKPOINT_INTERVAL = Duration.ofMinutes(10);

  /** How long the end of the process waits for a step. */
  private static final int LONGEST_STEP_SECONDS = 60;

  private static final double NANOS = 1e9;

  private final Schedule schedule;
  private final Learner<B> learner;
  private final Path folder;
  private final Duration checkpointInterval;

  /** Held during a step. */
  private final ReentrantLock stepping = new ReentrantLock();

  /**
   * A run.
   *
   * @param folder for everything that it writes
   * @param checkpointInterval between checkpoints within an epoch
   */
  Run(Schedule schedule, Learner<B> learner, Path folder, Duration checkpointInterval) {
    this.schedule = schedule;
    this.learner = learner;
    this.folder = folder;
    this.checkpointInterval = checkpointInterval;
  }

  /**
   * Whether a run has ended.
   *
   * @param state where it stands
   * @param epochs of the whole run
   * @param weights what it is to leave
   */
  static boolean isDone(Checkpoint state, int epochs, Path weights) {
    return state.epochs().size() == epochs
        && Files.exists(weights)
        && Files.exists(Checkpoint.file(weights.getParent()));
  }

  /**
   * The epochs of a run that are complete.
   *
   * @throws TrainingException if there is no run in the folder
   */
  static List<Epoch> epochs(Path folder) {
    Path file = Checkpoint.file(folder);
    if (Files.notExists(file)) {
      throw new TrainingException(folder + ": there is no training run");
    }
    return Checkpoint.read(file).epochs();
  }

  /**
   * Trains, from the beginning or from where an earlier run was interrupted.
   *
   * @param begin where the run stands
   * @param listener told after every step
   * @return the file of the weights
   * @throws TrainingException if the loss is no number any more, or the weights of a finished run
   *     are gone
   * @throws IOException if a file cannot be written
   */
  Path train(Checkpoint begin, Consumer<Progress> listener) throws IOException {
    Path checkpoint = Checkpoint.file(folder);
    Path weights = folder.resolve(learner.fileName());
    Safetensors.removeUnfinished(checkpoint);
    Safetensors.removeUnfinished(weights);
    if (begin.isBegun()) {
      try (Weights known = Weights.open(checkpoint)) {
        learner.descent().read(known);
      }
    }
    Checkpoint state = stepsOrEnd(begin, listener);
    if (schedule.keep() == Schedule.Keep.LAST
        || state.epochs().size() <= learner.pretrainEpochs()) {
      learner.write(
          weights,
          state.epochs().isEmpty()
              ? learner.validate()
              : state.epochs().get(state.epochs().size() - 1).validation());
    }
    if (Files.notExists(weights)) {
      throw new TrainingException(
          weights + ": the best epoch's weights are gone; start again in another folder");
    }
    if (!state.isBegun()) {
      // After a run without steps, too, the folder tells whose weights there are.
      state.write(checkpoint, learner);
    }
    return weights;
  }

  /**
   * Where the process is told to end, it ends between two steps: libtorch has crashed in a step
   * that began while the process was taking it down.
   */
  private Checkpoint stepsOrEnd(Checkpoint begin, Consumer<Progress> listener) throws IOException {
    Thread end = new Thread(this::stopStepping);
    Runtime.getRuntime().addShutdownHook(end);
    try {
      return steps(begin, listener);
    } finally {
      try {
        Runtime.getRuntime().removeShutdownHook(end);
      } catch (IllegalStateException e) {
        // The process is ending, and that thread at work.
      }
    }
  }

  /** Lets the step that goes on come to its end, and no other begin. */
  private void stopStepping() {
    try {
      stepping.tryLock(LONGEST_STEP_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private double step(B batch, long step, double rate) {
    stepping.lock();
    try {
      return learner.step(batch, step, rate);
    } finally {
      stepping.unlock();
    }
  }

  private Checkpoint steps(Checkpoint begin, Consumer<Progress> listener) throws IOException {
    Checkpoint state = begin;
    int perEpoch = learner.pictures() / schedule.batch();
    long pretraining = (long) learner.pretrainEpochs() * perEpoch;
    long steps = pretraining + (long) schedule.epochs() * perEpoch;
    if (state.step() >= steps) {
      return state;
    }
    long saved = System.nanoTime();
    ExecutorService reader = Executors.newSingleThreadExecutor();
    try {
      Future<B> next = read(reader, state.step());
      while (state.step() < steps) {
        long began = System.nanoTime();
        B batch = await(next);
        long ready = System.nanoTime();
        // Read while this one is learnt from.
        next = read(reader, state.step() + 1);
        double rate = schedule.learningRate(state.step() - pretraining, perEpoch);
        double loss = step(batch, state.step(), rate);
        requireNumber(loss, batch, state.step());
        long done = System.nanoTime();
        state = state.afterStep(loss, (done - began) / NANOS, (ready - began) / NANOS);
        double speed = state.imagesPerSecond(perEpoch, schedule.batch());

        boolean epochEnds = state.step() % perEpoch == 0;
        if (epochEnds) {
          Map<String, Double> validation = learner.validate();
          List<Epoch> earlier = state.epochs();
          state = state.afterEpoch(perEpoch, schedule.batch(), rate, validation);
          if (schedule.keep() == Schedule.Keep.BEST && isBest(validation, earlier)) {
            learner.write(folder.resolve(learner.fileName()), validation);
          }
          TrainingLog.write(folder.resolve("log.csv"), state.epochs());
          drawCurves(state.epochs());
        }
        if (epochEnds || done - saved >= checkpointInterval.toNanos()) {
          state.write(Checkpoint.file(folder), learner);
          saved = System.nanoTime();
        }
        listener.accept(
            new Progress(
                state.step(), steps, schedule.batch(), loss, speed, state.epochs(), epochEnds));
      }
    } finally {
      reader.shutdownNow();
    }
    return state;
  }

  private void drawCurves(List<Epoch> epochs) throws IOException {
    BufferedImage curves;
    try {
      curves = LearningCurves.draw(epochs);
    } catch (RuntimeException | LinkageError | InternalError | AWTError e) {
      return; // A system without fonts, as small containers are, draws none: no reason to stop.
    }
    WholeFile.write(folder.resolve("curves.png"), curves);
  }

  private boolean isBest(Map<String, Double> validation, List<Epoch> earlier) {
    if (earlier.size() < learner.pretrainEpochs()) {
      return false;
    }
    double figure = first(validation);
    return earlier.stream()
        .skip(learner.pretrainEpochs())
        .map(epoch -> first(epoch.validation()))
        .noneMatch(other -> !learner.isBetter(figure, other) && !Double.isNaN(other));
  }

  private static double first(Map<String, Double> figures) {
    return figures.values().iterator().next();
  }

  private Future<B> read(ExecutorService reader, long step) {
    return reader.submit(() -> learner.batch(step));
  }

  private B await(Future<B> batch) {
    try {
      return batch.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TrainingException("training was interrupted; start it again to go on", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private void requireNumber(double loss, B batch, long step) {
    if (!Double.isFinite(loss)) {
      throw new TrainingException(
          "the loss became %s at step %d (batch: %s); lower the learning rate and start in another folder"
              .formatted(loss, step + 1, learner.describe(batch)));
    }
  }
}
