package io.dpiqa.degradation;

import io.dpiqa.image.RgbImage;
import java.util.Arrays;
import org.hipparchus.special.Erf;

/** Gaussian blur; what lies beyond an edge is taken to be like the edge. */
final class GaussianBlur {
  private GaussianBlur() {}

  /**
   * @param deviation in pixels
   */
  static RgbImage blur(RgbImage image, double deviation) {
    float[] kernel = kernel(deviation);
    int width = image.width();
    int height = image.height();
    int row = 3 * width;
    float[][] rows = new float[height][];
    for (int y = 0; y < height; y++) {
      rows[y] = blurRow(image.rgb(), row * y, row, kernel);
    }
    byte[] out = new byte[image.rgb().length];
    float[] sums = new float[row];
    for (int y = 0; y < height; y++) {
      Arrays.fill(sums, 0);
      for (int t = 0; t < kernel.length; t++) {
        int from = Math.max(0, Math.min(height - 1, y + t - kernel.length / 2));
        addRow(rows[from], 0, kernel[t], sums);
      }
      for (int i = 0; i < row; i++) {
        out[row * y + i] = (byte) (sums[i] + 0.5f);
      }
    }
    return new RgbImage(width, height, out);
  }

  /**
   * The Gaussian's integral over every pixel, not its value at the centre: of a blur narrower than
   * a pixel the values would show nothing.
   */
  private static float[] kernel(double deviation) {
    int reach = (int) Math.ceil(3 * deviation);
    double[] weights = new double[2 * reach + 1];
    double scale = deviation * Math.sqrt(2);
    for (int i = 0; i < weights.length; i++) {
      double distance = i - reach;
      weights[i] = Erf.erf((distance - 0.5) / scale, (distance + 0.5) / scale);
    }
    double sum = Arrays.stream(weights).sum();
    float[] kernel = new float[weights.length];
    for (int i = 0; i < kernel.length; i++) {
      kernel[i] = (float) (weights[i] / sum);
    }
    return kernel;
  }

  private static float[] blurRow(byte[] rgb, int from, int row, float[] kernel) {
    int margin = 3 * (kernel.length / 2);
    float[] padded = new float[row + 2 * margin];
    for (int i = 0; i < padded.length; i++) {
      // Of the first or last pixel, the sample of the same channel.
      int sample = i < margin ? i % 3 : i < margin + row ? i - margin : row - 3 + i % 3;
      padded[i] = rgb[from + sample] & 0xFF;
    }
    float[] sums = new float[row];
    for (int t = 0; t < kernel.length; t++) {
      addRow(padded, 3 * t, kernel[t], sums);
    }
    return sums;
  }

  static void addRow(float[] in, int from, float weight, float[] sums) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += in[from + i] * weight;
    }
  }
}
