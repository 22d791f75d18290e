package io.dpiqa.train;

/**
 * What one step learns from: {@code N} crops of pictures, each with its worse twin after them where
 * they are degraded.
 *
 * @param images which pictures of the training part these are, {@code [N]}
 * @param rgb {@code [N, side, side, 3]}, or {@code [2 N, side, side, 3]} with twins
 * @param targets people's scores, {@code [N]} in [0, 1]
 * @param teacherScores {@code [N]}, or empty
 * @param teacherMaps {@code [N, 8, 64, 64]}, or empty
 * @param margins by how much each twin is to score lower, {@code [N]}, or empty without twins
 */
@SuppressWarnings("ArrayRecordComponent") // passed from one thread to another, never compared
record Batch(
    int[] images,
    byte[] rgb,
    float[] targets,
    float[] teacherScores,
    float[] teacherMaps,
    float[] margins) {

  /** N, or twice that with twins. */
  int crops() {
    return images.length + margins.length;
  }
}
