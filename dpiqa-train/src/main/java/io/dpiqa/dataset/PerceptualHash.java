package io.dpiqa.dataset;

import io.dpiqa.image.BilinearResize;
import io.dpiqa.image.RgbImage;
import java.util.Arrays;

/**
 * 64 bits that are much the same for pictures that look much the same: which of the 64 lowest
 * frequencies of the luminance exceed their median.
 */
final class PerceptualHash {
  private static final int SIZE = 32;
  private static final int FREQUENCIES = 8;
  private static final double[][] COSINES = cosines();

  private PerceptualHash() {}

  /** The hash of a picture. */
  static long of(RgbImage image) {
    double[][] coefficients = cosineTransform(luminance(image));
    double[] ordered = new double[FREQUENCIES * FREQUENCIES];
    for (int v = 0; v < FREQUENCIES; v++) {
      System.arraycopy(coefficients[v], 0, ordered, v * FREQUENCIES, FREQUENCIES);
    }
    double[] sorted = ordered.clone();
    Arrays.sort(sorted);
    double median = (sorted[31] + sorted[32]) / 2;
    long hash = 0;
    for (int i = 0; i < ordered.length; i++) {
      hash |= ordered[i] > median ? 1L << i : 0;
    }
    return hash;
  }

  private static double[][] luminance(RgbImage image) {
    byte[] rgb = BilinearResize.resize(image, SIZE, SIZE).rgb();
    double[][] luminance = new double[SIZE][SIZE];
    for (int i = 0; i < SIZE * SIZE; i++) {
      luminance[i / SIZE][i % SIZE] =
          0.299 * (rgb[3 * i] & 0xFF)
              + 0.587 * (rgb[3 * i + 1] & 0xFF)
              + 0.114 * (rgb[3 * i + 2] & 0xFF);
    }
    return luminance;
  }

  /** Coefficients of frequencies 1 to 8 in both directions; frequency 0 is but brightness. */
  private static double[][] cosineTransform(double[][] plane) {
    double[][] rows = new double[SIZE][FREQUENCIES];
    for (int y = 0; y < SIZE; y++) {
      for (int u = 0; u < FREQUENCIES; u++) {
        for (int x = 0; x < SIZE; x++) {
          rows[y][u] += plane[y][x] * COSINES[u][x];
        }
      }
    }
    double[][] coefficients = new double[FREQUENCIES][FREQUENCIES];
    for (int v = 0; v < FREQUENCIES; v++) {
      for (int u = 0; u < FREQUENCIES; u++) {
        for (int y = 0; y < SIZE; y++) {
          coefficients[v][u] += rows[y][u] * COSINES[v][y];
        }
      }
    }
    return coefficients;
  }

  private static double[][] cosines() {
    double[][] cosines = new double[FREQUENCIES][SIZE];
    for (int u = 0; u < FREQUENCIES; u++) {
      for (int x = 0; x < SIZE; x++) {
        cosines[u][x] = Math.cos(Math.PI * (u + 1) * (2 * x + 1) / (2 * SIZE));
      }
    }
    return cosines;
  }
}
