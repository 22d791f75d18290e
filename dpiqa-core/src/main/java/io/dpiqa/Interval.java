package io.dpiqa;

/**
 * Where people's mean opinion of a picture probably lies.
 *
 * @param low the lower end, 0 (worst) to 100 (best)
 * @param high the upper end, 0 to 100, not below the lower one
 * @param coverage share of pictures, 0 to 1, whose mean opinion lies within such intervals; of
 *     photographs like those that it was measured on
 */
public record Interval(double low, double high, double coverage) {}
