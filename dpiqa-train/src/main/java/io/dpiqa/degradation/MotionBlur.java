package io.dpiqa.degradation;

import io.dpiqa.image.RgbImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The blur of a camera that moves evenly along a line while its shutter is open; what lies beyond
 * an edge is taken to be like the edge.
 */
final class MotionBlur {
  private static final float[] LIGHT = light();

  /** Samples by the light that they stand for, in steps far finer than those of samples. */
  private static final byte[] SAMPLES = samples();

  /** A pixel that the light of another falls on, and the part of it that does. */
  private record Tap(int dx, int dy, float weight) {}

  private MotionBlur() {}

  private static float[] light() {
    float[] light = new float[256];
    for (int i = 0; i < light.length; i++) {
      light[i] = (float) ToneCurve.linear(i / 255.0);
    }
    return light;
  }

  private static byte[] samples() {
    byte[] samples = new byte[1 << 16];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) Math.round(255 * ToneCurve.sample(i / (samples.length - 1.0)));
    }
    return samples;
  }

  /**
   * @param length of the line in pixels; its direction is drawn by the seed
   */
  static RgbImage blur(RgbImage image, double length, long seed) {
    List<Tap> taps = taps(length, Math.PI * new SplittableRandom(seed).nextDouble());
    int width = image.width();
    int height = image.height();
    int margin = (int) Math.ceil(length / 2) + 1;
    float[][] rows = new float[height][];
    for (int y = 0; y < height; y++) {
      rows[y] = row(image, y, margin);
    }
    byte[] out = new byte[image.rgb().length];
    float[] sums = new float[3 * width];
    for (int y = 0; y < height; y++) {
      Arrays.fill(sums, 0);
      for (Tap tap : taps) {
        float[] from = rows[Math.max(0, Math.min(height - 1, y + tap.dy()))];
        GaussianBlur.addRow(from, 3 * (margin + tap.dx()), tap.weight(), sums);
      }
      for (int i = 0; i < sums.length; i++) {
        // Rounded, the light of what is all white may be a little more than 1.
        int light = Math.min(SAMPLES.length - 1, Math.round(sums[i] * (SAMPLES.length - 1)));
        out[3 * width * y + i] = SAMPLES[light];
      }
    }
    return new RgbImage(width, height, out);
  }

  /** The line, thin and even: of many points on it, each lights the four pixels around it. */
  private static List<Tap> taps(double length, double angle) {
    int reach = (int) Math.ceil(length / 2) + 1;
    int side = 2 * reach + 1;
    double[] weights = new double[side * side];
    int points = 4 * reach + 1;
    for (int i = 0; i < points; i++) {
      double along = length * ((i + 0.5) / points - 0.5);
      double x = reach + along * StrictMath.cos(angle);
      double y = reach + along * StrictMath.sin(angle);
      int left = (int) x;
      int top = (int) y;
      double right = x - left;
      double below = y - top;
      int at = top * side + left;
      weights[at] += (1 - right) * (1 - below) / points;
      weights[at + 1] += right * (1 - below) / points;
      weights[at + side] += (1 - right) * below / points;
      weights[at + side + 1] += right * below / points;
    }
    List<Tap> taps = new ArrayList<>();
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] > 0) {
        taps.add(new Tap(i % side - reach, i / side - reach, (float) weights[i]));
      }
    }
    return taps;
  }

  /** The light of a row, and of its first and last pixel before and after it. */
  private static float[] row(RgbImage image, int y, int margin) {
    int width = image.width();
    float[] row = new float[3 * (width + 2 * margin)];
    for (int i = 0; i < row.length; i++) {
      int x = Math.max(0, Math.min(width - 1, i / 3 - margin));
      row[i] = LIGHT[image.rgb()[3 * (y * width + x) + i % 3] & 0xFF];
    }
    return row;
  }
}
