package io.dpiqa.train;

/**
 * What one step learns from.
 *
 * @param images which pictures of the training part these are
 * @param rgb {@code [N, side, side, 3]}
 * @param targets {@code [N]} in [0, 1]
 */
@SuppressWarnings("ArrayRecordComponent") // passed from one thread to another, never compared
record Batch(int[] images, byte[] rgb, float[] targets) {}
