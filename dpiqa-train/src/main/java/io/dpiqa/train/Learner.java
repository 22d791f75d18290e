package io.dpiqa.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A network that learns, what it learns from, and how well it does.
 *
 * @param <B> what one step learns from
 */
interface Learner<B> extends AutoCloseable {

  /** What the file of its weights is called. */
  String fileName();

  /** Pictures to learn from. */
  int pictures();

  /** Epochs before those of the schedule, from which no weights are kept. */
  default int pretrainEpochs() {
    return 0;
  }

  /** What a step, from 0, learns from; read by another thread while the step before is made. */
  B batch(long step);

  /** Names of the pictures in a batch. */
  String describe(B batch);

  /**
   * Learns from a batch, unless its loss is no number.
   *
   * @param step number of steps made before
   * @return the loss
   */
  double step(B batch, long step, double learningRate);

  /**
   * How good it is on pictures that it does not learn from, by the names of the figures. The first
   * of them says which epoch is best.
   */
  Map<String, Double> validate();

  /** Whether one value of the first figure is better than another. */
  default boolean isBetter(double figure, double than) {
    return figure > than;
  }

  /** How it learns; holds all that its future depends on. */
  Descent descent();

  /**
   * Writes the weights as they are to be used.
   *
   * @param validation what {@link #validate} said of them
   */
  void write(Path file, Map<String, Double> validation) throws IOException;

  @Override
  void close();
}
