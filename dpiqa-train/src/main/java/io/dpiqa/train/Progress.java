package io.dpiqa.train;

import java.time.Duration;
import java.util.List;

/**
 * Where a run stands after a step.
 *
 * @param step number of steps made
 * @param steps number of steps of the whole run
 * @param batch pictures a step
 * @param loss of the step
 * @param imagesPerSecond in this epoch
 * @param epochs those that are complete
 * @param epochEnds whether this step was the last of its epoch
 */
public record Progress(
    long step,
    long steps,
    int batch,
    double loss,
    double imagesPerSecond,
    List<Epoch> epochs,
    boolean epochEnds) {

  /** How long the rest would take at the speed of this epoch, validation left out. */
  public Duration timeLeft() {
    return Duration.ofSeconds(Math.round((steps - step) * batch / imagesPerSecond));
  }
}
