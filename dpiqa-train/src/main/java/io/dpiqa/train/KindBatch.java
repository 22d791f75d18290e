package io.dpiqa.train;

/**
 * {@code N} pictures whose kinds are known.
 *
 * @param images which pictures these are, {@code [N]}
 * @param rgb {@code [N, cropSize, cropSize, 3]}
 * @param kinds {@code [N]}, from 0
 */
@SuppressWarnings("ArrayRecordComponent") // passed from one thread to another, never compared
record KindBatch(int[] images, byte[] rgb, long[] kinds) {}
