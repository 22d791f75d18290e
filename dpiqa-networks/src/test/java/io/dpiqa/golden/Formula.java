package io.dpiqa.golden;

import io.dpiqa.weights.DType;
import io.dpiqa.weights.Tensor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The weights and pictures, made from formulas, that the golden values were computed with. */
public final class Formula {
  private Formula() {}

  /** {@code n} values in [-1, 1) that the name determines. */
  public static float[] uniform(String name, int n) {
    float[] values = new float[n];
    long seed = fnv1a64(name);
    for (int i = 0; i < n; i++) {
      long z = seed + (i + 1) * 0x9E3779B97F4A7C15L;
      z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
      z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
      z ^= z >>> 31;
      values[i] = (z >>> 40) * 0x1p-23f - 1;
    }
    return values;
  }

  /** The formula's tensor of that name, scaled as its name and shape ask for. */
  public static Tensor tensor(String name, long... shape) {
    int elements = Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    if (name.endsWith("num_batches_tracked")) {
      return Tensor.of(name, DType.I64, shape, ByteBuffer.allocate(8 * elements));
    }
    float[] values = uniform(name, elements);
    float offset = 0;
    float scale = 0.1f;
    if (name.endsWith("running_var")) {
      offset = 1;
      scale = 0.5f;
    } else if (!name.endsWith("running_mean")) {
      if (shape.length >= 2) {
        scale = (float) Math.sqrt(3.0 * shape[0] / elements);
      } else if (name.endsWith("weight")) {
        offset = 1;
      }
    }
    for (int i = 0; i < elements; i++) {
      values[i] = offset + scale * values[i];
    }
    return Tensor.of(name, shape, values);
  }

  /** A test picture: width times height RGB pixels, rows from top to bottom, one byte a channel. */
  public static byte[] pattern(int width, int height, int seed) {
    byte[] rgb = new byte[width * height * 3];
    int at = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int red = (triangle(3 * x + y, 257 + seed) + triangle(x * x / 97 + 2 * y, 191)) / 2;
        int green = (triangle(x + 4 * y, 311) + triangle(x * y / 61 + 7 * seed, 173)) / 2;
        int blue =
            (triangle(5 * x - 3 * y + 4096, 401) + triangle((x / 16 + y / 16) * 37 + seed, 97)) / 2;
        long hash = (7919L * x + 104729L * y + 31L * seed) * 2654435761L & 0xffffffffL;
        int noise = (int) (hash >> 24) % 17 - 8;
        rgb[at++] = (byte) Math.min(255, Math.max(0, red + noise));
        rgb[at++] = (byte) Math.min(255, Math.max(0, green + noise));
        rgb[at++] = (byte) Math.min(255, Math.max(0, blue + noise));
      }
    }
    return rgb;
  }

  static long fnv1a64(String name) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }

  private static int triangle(int value, int period) {
    int v = Math.floorMod(value, period);
    return Math.min(v, period - v) * 510 / period;
  }
}
