package io.dpiqa.train;

import java.util.Arrays;

/**
 * What one step learns from: {@code N} crops of pictures, and after them, where twins are compared,
 * one or two further versions of each, {@code V} in all, none less degraded than the one before.
 *
 * @param images which pictures of the training part these are, {@code [N]}
 * @param rgb {@code [V N, side, side, 3]}
 * @param targets people's scores, {@code [N]} in [0, 1]
 * @param teacherScores {@code [N]}, or empty
 * @param teacherMaps {@code [N, 8, 64, 64]}, or empty
 * @param margins by how much each of the crops after the first {@code N} is to score lower than the
 *     one {@code N} before it, {@code [(V - 1) N]}
 */
@SuppressWarnings("ArrayRecordComponent") // passed from one thread to another, never compared
record Batch(
    int[] images,
    byte[] rgb,
    float[] targets,
    float[] teacherScores,
    float[] teacherMaps,
    float[] margins) {

  /** V N. */
  int crops() {
    return images.length + margins.length;
  }

  /**
   * One of so many equal parts, from 0, of pictures with all their versions; they must divide N.
   */
  Batch part(int index, int parts) {
    int n = images.length / parts;
    int versions = crops() / images.length;
    int crop = rgb.length / crops();
    byte[] someRgb = new byte[versions * n * crop];
    float[] someMargins = new float[(versions - 1) * n];
    for (int v = 0; v < versions; v++) {
      int from = v * images.length + index * n;
      System.arraycopy(rgb, from * crop, someRgb, v * n * crop, n * crop);
      if (v > 0) {
        System.arraycopy(margins, from - images.length, someMargins, (v - 1) * n, n);
      }
    }
    return new Batch(
        Arrays.copyOfRange(images, index * n, (index + 1) * n),
        someRgb,
        part(targets, index, parts),
        part(teacherScores, index, parts),
        part(teacherMaps, index, parts),
        someMargins);
  }

  private static float[] part(float[] values, int index, int parts) {
    int n = values.length / parts;
    return Arrays.copyOfRange(values, index * n, (index + 1) * n);
  }
}
