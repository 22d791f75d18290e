package io.dpiqa.train;

import java.util.SplittableRandom;

/** A part of a square picture, in pixels. */
record Region(int left, int top, int width, int height) {

  /**
   * A part anywhere in the picture, whose width and height are each drawn by themselves.
   *
   * @param side of the picture
   * @param from least width and height, as a share of the side, more than 0
   * @param to largest width and height, at most 1
   */
  static Region random(int side, double from, double to, SplittableRandom random) {
    return anywhere(side, length(side, from, to, random), length(side, from, to, random), random);
  }

  /** A part of a certain size anywhere in the picture. */
  static Region anywhere(int side, int width, int height, SplittableRandom random) {
    int left = random.nextInt(side - width + 1);
    int top = random.nextInt(side - height + 1);
    return new Region(left, top, width, height);
  }

  private static int length(int side, double from, double to, SplittableRandom random) {
    return (int) Math.max(1, Math.round(side * (from + (to - from) * random.nextDouble())));
  }
}
