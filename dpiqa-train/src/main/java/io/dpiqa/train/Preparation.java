package io.dpiqa.train;

/**
 * How far something is that is done once, before the first step.
 *
 * @param task what is done
 * @param done pictures of which it is done
 * @param total number of all pictures
 */
public record Preparation(String task, int done, int total) {}
