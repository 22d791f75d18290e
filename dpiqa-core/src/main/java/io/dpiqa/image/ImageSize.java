package io.dpiqa.image;

/**
 * The size of a picture as it is shown, after its EXIF orientation was applied.
 *
 * @param width in pixels
 * @param height in pixels
 */
public record ImageSize(int width, int height) {

  /** Number of pixels. */
  public long pixels() {
    return (long) width * height;
  }
}
