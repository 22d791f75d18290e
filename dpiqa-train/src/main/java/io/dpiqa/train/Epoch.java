package io.dpiqa.train;

import io.dpiqa.evaluation.Agreement;

/**
 * How an epoch went.
 *
 * @param epoch from 1
 * @param loss mean over its steps
 * @param learningRate of its last step
 * @param validation agreement of the averaged weights' scores with people's, both in [0, 1]
 * @param seconds of training, validation left out
 * @param imagesPerSecond learnt from
 * @param waitingShare share of the seconds spent waiting for pictures
 */
public record Epoch(
    int epoch,
    double loss,
    double learningRate,
    Agreement validation,
    double seconds,
    double imagesPerSecond,
    double waitingShare) {}
