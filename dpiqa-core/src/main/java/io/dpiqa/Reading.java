package io.dpiqa;

/**
 * A network's raw score of a picture, and the feature map behind it.
 *
 * @param raw as of {@link Score#raw}
 * @param map what the network made the score of
 */
public record Reading(double raw, FeatureMap map) {}
