package io.dpiqa.network;

/** Bicubic resize along one axis, as a matrix: it is linear in the pixels. */
final class Bicubic {
  private static final double A = -0.75;

  private Bicubic() {}

  /**
   * What each pixel of the output takes of each pixel of the input: cubic convolution (Keys, IEEE
   * Transactions on ASSP 29, 1981), centres at halves, edges repeated.
   *
   * @return {@code [to, from]}, row-major
   */
  static float[] matrix(int from, int to) {
    double[] matrix = new double[Math.multiplyExact(from, to)];
    for (int i = 0; i < to; i++) {
      double centre = (i + 0.5) * from / to - 0.5;
      int floor = (int) Math.floor(centre);
      for (int j = floor - 1; j <= floor + 2; j++) {
        int clamped = Math.min(from - 1, Math.max(0, j));
        matrix[i * from + clamped] += kernel(Math.abs(centre - j));
      }
    }
    float[] rounded = new float[matrix.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) matrix[i];
    }
    return rounded;
  }

  private static double kernel(double distance) {
    double d = distance;
    if (d <= 1) {
      return ((A + 2) * d - (A + 3)) * d * d + 1;
    }
    return d < 2 ? ((A * d - 5 * A) * d + 8 * A) * d - 4 * A : 0;
  }
}
