package io.dpiqa.image;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * Brings the pixels of a decoded picture to 8-bit sRGB, row by row.
 *
 * <p>A grey sample g becomes (g, g, g). A sample v of b bits becomes {@code round(255 * v / (2^b -
 * 1))}. A picture with alpha is laid over white, as a page would show it, after its colours were
 * converted: {@code round((v * a + 255 * (255 - a)) / 255)}.
 */
final class RgbConverter {

  private RgbConverter() {}

  /**
   * @param image any picture
   * @param profile what its colours mean, or null if they are sRGB or if it is for the picture's
   *     own colour model to say
   */
  static RgbImage convert(BufferedImage image, ColorProfile profile) {
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] rgb = new byte[Math.multiplyExact(3, Math.multiplyExact(width, height))];
    byte[] row = new byte[3 * width];
    int[] alpha = new int[width];
    boolean opaque = !image.getColorModel().hasAlpha();
    Rows rows = Rows.of(image);
    for (int y = 0; y < height; y++) {
      rows.read(y, row, alpha);
      if (profile != null) {
        profile.toSrgb(row);
      }
      if (!opaque) {
        layOverWhite(row, alpha);
      }
      System.arraycopy(row, 0, rgb, row.length * y, row.length);
    }
    return new RgbImage(width, height, rgb);
  }

  private static void layOverWhite(byte[] row, int[] alpha) {
    for (int i = 0; i < row.length; i++) {
      int a = alpha[i / 3];
      row[i] = (byte) (((row[i] & 0xFF) * a + 255 * (255 - a) + 127) / 255);
    }
  }

  /** Reads one row of a picture as RGB and, where the picture has it, alpha, all of 8 bits. */
  private interface Rows {

    void read(int y, byte[] rgb, int[] alpha);

    static Rows of(BufferedImage image) {
      ColorModel model = image.getColorModel();
      if (model instanceof IndexColorModel palette) {
        return palette(image.getRaster(), palette);
      }
      int colours = model.getNumColorComponents();
      int type = model.getTransferType();
      boolean plain =
          model instanceof ComponentColorModel
              && (colours == 1 || colours == 3)
              && (type == DataBuffer.TYPE_BYTE || type == DataBuffer.TYPE_USHORT)
              && !model.isAlphaPremultiplied();
      return plain ? samples(image.getRaster(), model) : javaColours(image);
    }

    private static Rows palette(Raster raster, IndexColorModel model) {
      int[] argb = new int[model.getMapSize()];
      model.getRGBs(argb);
      int[] indexes = new int[raster.getWidth()];
      int[] pixels = new int[raster.getWidth()];
      return (y, rgb, alpha) -> {
        raster.getSamples(0, y, indexes.length, 1, 0, indexes);
        for (int x = 0; x < pixels.length; x++) {
          pixels[x] = argb[Math.min(indexes[x], argb.length - 1)];
        }
        unpack(pixels, rgb, alpha);
      };
    }

    private static Rows samples(Raster raster, ColorModel model) {
      int bands = raster.getNumBands();
      int colours = model.getNumColorComponents();
      int highest = (1 << model.getComponentSize(0)) - 1;
      int[] samples = new int[bands * raster.getWidth()];
      return (y, rgb, alpha) -> {
        raster.getPixels(0, y, raster.getWidth(), 1, samples);
        if (highest != 255) {
          for (int i = 0; i < samples.length; i++) {
            samples[i] = (samples[i] * 255 + highest / 2) / highest;
          }
        }
        for (int x = 0, i = 0; i < samples.length; x++, i += bands) {
          rgb[3 * x] = (byte) samples[i];
          rgb[3 * x + 1] = (byte) samples[colours == 3 ? i + 1 : i];
          rgb[3 * x + 2] = (byte) samples[colours == 3 ? i + 2 : i];
          alpha[x] = samples[i + bands - 1];
        }
      };
    }

    /** Floating-point, packed and rarer pictures: Java2D knows how to bring each pixel to sRGB. */
    private static Rows javaColours(BufferedImage image) {
      int[] pixels = new int[image.getWidth()];
      return (y, rgb, alpha) -> {
        image.getRGB(0, y, pixels.length, 1, pixels, 0, pixels.length);
        unpack(pixels, rgb, alpha);
      };
    }

    private static void unpack(int[] argb, byte[] rgb, int[] alpha) {
      for (int x = 0; x < argb.length; x++) {
        rgb[3 * x] = (byte) (argb[x] >> 16);
        rgb[3 * x + 1] = (byte) (argb[x] >> 8);
        rgb[3 * x + 2] = (byte) argb[x];
        alpha[x] = argb[x] >>> 24;
      }
    }
  }
}
