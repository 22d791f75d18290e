package io.dpiqa.image;

import java.util.Arrays;

/**
 * Pillow's antialiased bilinear resize, bit for bit.
 *
 * <p>A triangle filter whose support grows with the scale is applied along the rows, then along the
 * columns, in fixed point with 22 fractional bits; the result of each pass is rounded and clipped
 * to 8 bits. A direction that keeps its size is not filtered. Networks are trained on pictures
 * resized this way, and other "bilinear" resizes differ from it by several grey levels.
 */
public final class BilinearResize {

  private static final int FRACTION_BITS = 22;
  private static final int HALF = 1 << (FRACTION_BITS - 1);

  private BilinearResize() {}

  /**
   * Resizes a picture; its aspect ratio is not kept.
   *
   * @param image {@code [h, w, 3]}
   * @param width of the result, at least 1
   * @param height of the result, at least 1
   * @return {@code [height, width, 3]}; the picture itself if it has that size already
   */
  public static RgbImage resize(RgbImage image, int width, int height) {
    if (image.width() == width && image.height() == height) {
      return image;
    }
    int row = 3 * width;
    byte[] out = new byte[Math.multiplyExact(row, height)];
    Filter across = new Filter(image.width(), width);
    Filter down = new Filter(image.height(), height);
    byte[] resized = new byte[row];
    // Of the rows of the result that the row of the picture has a part in; what both passes make
    // between them is never there as a whole, as it can be far larger than the two.
    int[][] sums = new int[height][];
    int first = 0;
    int last = 0;
    for (int y = 0; y < image.height(); y++) {
      for (; last < height && down.first[last] <= y; last++) {
        sums[last] = new int[row];
        Arrays.fill(sums[last], HALF);
      }
      resizeRow(image, y, resized, across);
      for (int o = first; o < last; o++) {
        addRow(resized, down.weights[o * down.taps + y - down.first[o]], sums[o]);
      }
      for (; first < last && down.first[first] + down.count[first] == y + 1; first++) {
        for (int i = 0; i < row; i++) {
          out[row * first + i] = clip(sums[first][i]);
        }
        sums[first] = null;
      }
    }
    return new RgbImage(width, height, out);
  }

  private static void resizeRow(RgbImage image, int y, byte[] out, Filter filter) {
    byte[] in = image.rgb();
    int inRow = 3 * image.width() * y;
    if (3 * image.width() == out.length) {
      System.arraycopy(in, inRow, out, 0, out.length);
      return;
    }
    int[] weights = filter.weights;
    for (int x = 0, o = 0; x < filter.first.length; x++, o += 3) {
      int from = inRow + 3 * filter.first[x];
      int w = x * filter.taps;
      int red = HALF;
      int green = HALF;
      int blue = HALF;
      for (int end = w + filter.count[x]; w < end; w++, from += 3) {
        int weight = weights[w];
        red += (in[from] & 0xFF) * weight;
        green += (in[from + 1] & 0xFF) * weight;
        blue += (in[from + 2] & 0xFF) * weight;
      }
      out[o] = clip(red);
      out[o + 1] = clip(green);
      out[o + 2] = clip(blue);
    }
  }

  private static void addRow(byte[] in, int weight, int[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += (in[i] & 0xFF) * weight;
    }
  }

  private static byte clip(int sum) {
    return (byte) Math.max(0, Math.min(255, sum >> FRACTION_BITS));
  }

  /**
   * The weights of one direction: output i is the sum over t of {@code weights[i * taps + t] *
   * input[first[i] + t]}, t below {@code count[i]}.
   */
  private static final class Filter {

    final int taps;
    final int[] first;
    final int[] count;
    final int[] weights;

    Filter(int inSize, int outSize) {
      double scale = (double) inSize / outSize;
      double support = Math.max(scale, 1);
      taps = 2 * (int) Math.ceil(support) + 1;
      first = new int[outSize];
      count = new int[outSize];
      weights = new int[Math.multiplyExact(outSize, taps)];
      double[] triangle = new double[taps];
      for (int i = 0; i < outSize; i++) {
        double centre = (i + 0.5) * scale;
        first[i] = Math.max(0, (int) (centre - support + 0.5));
        count[i] = Math.min(inSize, (int) (centre + support + 0.5)) - first[i];
        double sum = 0;
        for (int t = 0; t < count[i]; t++) {
          double distance = Math.abs((first[i] + t - centre + 0.5) * (1 / support));
          triangle[t] = Math.max(0, 1 - distance);
          sum += triangle[t];
        }
        for (int t = 0; t < count[i]; t++) {
          weights[i * taps + t] = (int) (0.5 + triangle[t] / sum * (1 << FRACTION_BITS));
        }
      }
    }
  }
}
