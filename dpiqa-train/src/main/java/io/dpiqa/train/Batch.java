package io.dpiqa.train;

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
}
