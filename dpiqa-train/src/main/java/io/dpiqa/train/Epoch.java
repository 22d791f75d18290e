package io.dpiqa.train;

import java.util.Map;

/**
 * How an epoch went.
 *
 * @param epoch from 1
 * @param loss mean over its steps
 * @param learningRate of its last step
 * @param validation figures of the weights on the validation part, by their names: {@code srcc},
 *     {@code plcc} and so on for networks that score, {@code noise_error} for a prior, {@code
 *     top1_accuracy} for a backbone; NaN where they are not defined
 * @param seconds of training, validation left out
 * @param imagesPerSecond learnt from
 * @param waitingShare share of the seconds spent waiting for pictures
 */
public record Epoch(
    int epoch,
    double loss,
    double learningRate,
    Map<String, Double> validation,
    double seconds,
    double imagesPerSecond,
    double waitingShare) {}
