package io.dpiqa.image;

/**
 * The test picture that the golden values are made with: integer arithmetic only, so that it is the
 * same everywhere.
 */
public final class Pattern {

  private Pattern() {}

  /** A picture {@code [height, width, 3]} with edges, gradients and noise. */
  public static RgbImage of(int width, int height, int seed) {
    byte[] rgb = new byte[3 * width * height];
    int i = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int red = (triangle(3 * x + y, 257 + seed) + triangle(x * x / 97 + 2 * y, 191)) / 2;
        int green = (triangle(x + 4 * y, 311) + triangle(x * y / 61 + 7 * seed, 173)) / 2;
        int blue =
            (triangle(5 * x - 3 * y + 4096, 401) + triangle((x / 16 + y / 16) * 37 + seed, 97)) / 2;
        long hash = ((7919L * x + 104729L * y + 31L * seed) * 2654435761L) & 0xFFFFFFFFL;
        int noise = (int) (hash >>> 24) % 17 - 8;
        rgb[i++] = clip(red + noise);
        rgb[i++] = clip(green + noise);
        rgb[i++] = clip(blue + noise);
      }
    }
    return new RgbImage(width, height, rgb);
  }

  private static int triangle(int value, int period) {
    int phase = Math.floorMod(value, period);
    return Math.min(phase, period - phase) * 510 / period;
  }

  private static byte clip(int sample) {
    return (byte) Math.max(0, Math.min(255, sample));
  }
}
