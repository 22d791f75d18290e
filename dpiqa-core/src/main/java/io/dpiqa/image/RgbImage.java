package io.dpiqa.image;

import java.util.Objects;

/**
 * A picture as sRGB samples of 8 bits, row by row from the top, three bytes (R, G, B) a pixel:
 * {@code [height, width, 3]}.
 */
public final class RgbImage {

  private final int width;
  private final int height;
  private final byte[] rgb;

  /**
   * @param width in pixels, at least 1
   * @param height in pixels, at least 1
   * @param rgb {@code 3 * width * height} samples; kept, not copied
   * @throws IllegalArgumentException if the sizes do not fit together
   */
  public RgbImage(int width, int height, byte[] rgb) {
    Objects.requireNonNull(rgb, "rgb");
    if (width < 1 || height < 1 || rgb.length != 3L * width * height) {
      throw new IllegalArgumentException(
          "a picture of " + width + " x " + height + " does not have " + rgb.length + " samples");
    }
    this.width = width;
    this.height = height;
    this.rgb = rgb;
  }

  /** Width in pixels. */
  public int width() {
    return width;
  }

  /** Height in pixels. */
  public int height() {
    return height;
  }

  /** The samples themselves, not a copy: change them and the picture changes. */
  public byte[] rgb() {
    return rgb;
  }
}
