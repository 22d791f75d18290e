package io.dpiqa;

/**
 * What a network makes of a picture before it gives a score: a student can learn to share it with
 * its teacher. {@code [8, 64, 64]} as published.
 */
public final class FeatureMap {
  private final int channels;
  private final int height;
  private final int width;
  private final float[] values;

  /**
   * @param values not copied
   */
  FeatureMap(int channels, int height, int width, float[] values) {
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.values = values;
  }

  public int channels() {
    return channels;
  }

  public int height() {
    return height;
  }

  public int width() {
    return width;
  }

  /** A copy of the values, channel by channel and row by row. */
  public float[] values() {
    return values.clone();
  }
}
