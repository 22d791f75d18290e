package io.dpiqa;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How good a picture looks to people, as one model predicts it.
 *
 * @param value the score, 0 (worst) to 100 (best): {@code 100 * raw}, clamped
 * @param raw what the network gave, nominally 0 to 1 and not clamped
 * @param percentile share of the model's reference photographs that score lower, in percent, 0 to
 *     100; empty where the model has no reference
 * @param interval where people's mean opinion probably lies; absent where the model's errors were
 *     not measured
 * @param model {@linkplain QualityModel#id() id} of the model; scores of different models are not
 *     comparable
 * @param width of the picture in pixels, the right way up
 * @param height of the picture in pixels, the right way up
 */
public record Score(
    double value,
    double raw,
    OptionalDouble percentile,
    Optional<Interval> interval,
    String model,
    int width,
    int height) {}
