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
    RgbImage rows = image.width() == width ? image : resizeRows(image, width);
    return image.height() == height ? rows : resizeColumns(rows, height);
  }

  private static RgbImage resizeRows(RgbImage image, int width) {
    int height = image.height();
    Filter filter = new Filter(image.width(), width);
    byte[] in = image.rgb();
    byte[] out = new byte[Math.multiplyExact(3 * width, height)];
    for (int y = 0; y < height; y++) {
      resizeRow(in, 3 * image.width() * y, out, 3 * width * y, filter);
    }
    return new RgbImage(width, height, out);
  }

  private static void resizeRow(byte[] in, int inRow, byte[] out, int outRow, Filter filter) {
    int[] weights = filter.weights;
    for (int x = 0, o = outRow; x < filter.first.length; x++, o += 3) {
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

  private static RgbImage resizeColumns(RgbImage image, int height) {
    int row = 3 * image.width();
    Filter filter = new Filter(image.height(), height);
    byte[] in = image.rgb();
    byte[] out = new byte[Math.multiplyExact(row, height)];
    int[] sums = new int[row];
    for (int y = 0; y < height; y++) {
      Arrays.fill(sums, HALF);
      for (int tap = 0; tap < filter.count[y]; tap++) {
        addRow(in, row * (filter.first[y] + tap), filter.weights[y * filter.taps + tap], sums);
      }
      for (int i = 0; i < row; i++) {
        out[row * y + i] = clip(sums[i]);
      }
    }
    return new RgbImage(image.width(), height, out);
  }

  private static void addRow(byte[] in, int from, int weight, int[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += (in[from + i] & 0xFF) * weight;
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
