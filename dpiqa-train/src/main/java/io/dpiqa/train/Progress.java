package io.dpiqa.train;

import java.util.List;

/**
 * Where a run stands after a step.
 *
 * @param step number of steps made
 * @param steps number of steps of the whole run
 * @param loss of the step
 * @param imagesPerSecond in this epoch
 * @param epochs those that are complete
 */
public record Progress(
    long step, long steps, double loss, double imagesPerSecond, List<Epoch> epochs) {}
