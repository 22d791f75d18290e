package io.dpiqa.golden;

import io.dpiqa.weights.DType;
import io.dpiqa.weights.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The weights and pictures, made from formulas, that the golden values were computed with. */
public final class Formula {
  private Formula() {}

  /** {@code n} values in [-1, 1) that the name determines. */
  public static float[] uniform(String name, int n) {
    float[] values = new float[n];
    fill(values, name, 0, 1);
    return values;
  }

  /** Gives each element the formula's value times the scale, and the offset. */
  private static void fill(float[] values, String name, float offset, float scale) {
    long seed = fnv1a64(name);
    int chunk = 1 << 16;
    IntStream.rangeClosed(0, values.length / chunk)
        .parallel()
        .forEach(
            c -> {
              for (int i = c * chunk; i < Math.min(values.length, (c + 1) * chunk); i++) {
                long z = seed + (i + 1) * 0x9E3779B97F4A7C15L;
                z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
                z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
                z ^= z >>> 31;
                values[i] = offset + scale * ((z >>> 40) * 0x1p-23f - 1);
              }
            });
  }

  /**
   * The formula's tensor of that name, scaled as its name and shape ask for. Its values are made
   * each time that they are asked for, so that a large network's never lie in memory together.
   */
  public static Tensor tensor(String name, long... shape) {
    int elements = Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    if (name.endsWith("num_batches_tracked")) {
      return Tensor.of(name, DType.I64, shape, ByteBuffer.allocate(8 * elements));
    }
    return Tensor.lazy(name, DType.F32, shape, () -> scaled(name, shape, elements));
  }

  private static ByteBuffer scaled(String name, long[] shape, int elements) {
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
    float[] values = new float[elements];
    fill(values, name, offset, scale);
    ByteBuffer bytes = ByteBuffer.allocate(4 * elements).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes;
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
