package io.dpiqa;

import io.dpiqa.image.ImageDecoder;

/**
 * How to score. No option changes a score.
 *
 * @param pixelLimit pictures of more pixels than this are refused before memory is taken for them,
 *     at least 1
 * @param threads how many processor cores to use, at least 1
 */
public record ScoringOptions(int pixelLimit, int threads) {

  /** Pictures of up to {@value ImageDecoder#DEFAULT_PIXEL_LIMIT} pixels, on all cores. */
  public static final ScoringOptions DEFAULT =
      new ScoringOptions(
          ImageDecoder.DEFAULT_PIXEL_LIMIT, Runtime.getRuntime().availableProcessors());

  public ScoringOptions {
    if (threads < 1) {
      throw new IllegalArgumentException(threads + " threads are fewer than 1");
    }
  }

  /** The same with another limit on the pixels of one picture. */
  public ScoringOptions withPixelLimit(int pixels) {
    return new ScoringOptions(pixels, threads);
  }

  /** The same on so many processor cores. */
  public ScoringOptions withThreads(int count) {
    return new ScoringOptions(pixelLimit, count);
  }
}
