package io.dpiqa.image;

import java.awt.color.CMMException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.ColorConvertOp;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.util.Optional;

/** What the RGB or grey samples of a picture mean, from its embedded ICC profile. */
final class ColorProfile {

  /** Steps of the grid of colours on which a profile is compared with sRGB. */
  private static final int GRID = 9;

  private final ColorConvertOp conversion;
  private final int components;

  private ColorProfile(ICC_Profile profile) {
    ICC_Profile srgb = ICC_Profile.getInstance(ColorSpace.CS_sRGB);
    conversion = new ColorConvertOp(new ICC_Profile[] {profile, srgb}, null);
    components = profile.getNumComponents();
  }

  /**
   * A profile that cannot be used (broken, or for a number of colours that the picture does not
   * have) is ignored, as viewers do: the picture counts as sRGB. So does one that moves no colour
   * by more than one level, of which there are many: sRGB as written by different makers.
   *
   * @param icc the profile as embedded
   * @param components colours of a pixel in the picture, 1 or 3
   */
  static Optional<ColorProfile> of(byte[] icc, int components) {
    try {
      return of(ICC_Profile.getInstance(icc), components);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The same for a profile that a decoder has found. */
  static Optional<ColorProfile> of(ICC_Profile icc, int components) {
    if (icc.getNumComponents() != components) {
      return Optional.empty();
    }
    try {
      ColorProfile profile = new ColorProfile(icc);
      return profile.isSrgb() ? Optional.empty() : Optional.of(profile);
    } catch (CMMException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private boolean isSrgb() {
    byte[] grid = new byte[3 * GRID * GRID * GRID];
    for (int i = 0; i < grid.length / 3; i++) {
      grid[3 * i] = level(i % GRID);
      grid[3 * i + 1] = level(components == 1 ? i % GRID : i / GRID % GRID);
      grid[3 * i + 2] = level(components == 1 ? i % GRID : i / GRID / GRID);
    }
    byte[] converted = grid.clone();
    toSrgb(converted);
    for (int i = 0; i < grid.length; i++) {
      if (Math.abs((grid[i] & 0xFF) - (converted[i] & 0xFF)) > 1) {
        return false;
      }
    }
    return true;
  }

  private static byte level(int step) {
    return (byte) (255 * step / (GRID - 1));
  }

  /** Converts RGB samples in place; those of a grey picture are three equal ones a pixel. */
  void toSrgb(byte[] rgb) {
    byte[] in = rgb;
    if (components == 1) {
      in = new byte[rgb.length / 3];
      for (int i = 0; i < in.length; i++) {
        in[i] = rgb[3 * i];
      }
    }
    byte[] out = new byte[rgb.length];
    conversion.filter(raster(in, components), raster(out, 3));
    System.arraycopy(out, 0, rgb, 0, rgb.length);
  }

  private static WritableRaster raster(byte[] samples, int bands) {
    int width = samples.length / bands;
    int[] offsets = bands == 1 ? new int[] {0} : new int[] {0, 1, 2};
    return Raster.createInterleavedRaster(
        new DataBufferByte(samples, samples.length), width, 1, bands * width, bands, offsets, null);
  }
}
