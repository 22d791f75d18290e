package io.dpiqa.image;

/**
 * How a stored picture is to be turned, as EXIF numbers it (1 to 8).
 *
 * <p>With {@code w} and {@code h} the stored size, the stored pixel (x, y) is shown as pixel number
 * {@code origin + x * stepX + y * stepY} of the upright picture.
 */
record Orientation(int width, int height, int origin, int stepX, int stepY) {

  private static final int BLOCK = 32;

  /**
   * For a stored picture of w by h pixels; an EXIF value that is not defined counts as 1, upright.
   */
  static Orientation of(int exif, int w, int h) {
    return switch (exif) {
      case 2 -> new Orientation(w, h, w - 1, -1, w);
      case 3 -> new Orientation(w, h, w * h - 1, -1, -w);
      case 4 -> new Orientation(w, h, w * (h - 1), 1, -w);
      case 5 -> new Orientation(h, w, 0, h, 1);
      case 6 -> new Orientation(h, w, h - 1, h, -1);
      case 7 -> new Orientation(h, w, w * h - 1, -h, -1);
      case 8 -> new Orientation(h, w, h * (w - 1), -h, 1);
      default -> new Orientation(w, h, 0, 1, w);
    };
  }

  /** Turns a stored picture upright. */
  RgbImage turn(RgbImage stored) {
    if (stepX == 1 && stepY == width) {
      return stored;
    }
    byte[] in = stored.rgb();
    byte[] out = new byte[in.length];
    // Block by block: a quarter turn by rows would touch a new cache line with each pixel.
    for (int top = 0; top < stored.height(); top += BLOCK) {
      for (int left = 0; left < stored.width(); left += BLOCK) {
        int right = Math.min(left + BLOCK, stored.width());
        for (int y = top; y < Math.min(top + BLOCK, stored.height()); y++) {
          int from = 3 * (y * stored.width() + left);
          int to = 3 * (origin + left * stepX + y * stepY);
          for (int x = left; x < right; x++, from += 3, to += 3 * stepX) {
            out[to] = in[from];
            out[to + 1] = in[from + 1];
            out[to + 2] = in[from + 2];
          }
        }
      }
    }
    return new RgbImage(width, height, out);
  }
}
