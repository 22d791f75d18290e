package io.dpiqa.degradation;

import io.dpiqa.ImageException;
import io.dpiqa.image.ImageDecoder;
import io.dpiqa.image.RgbImage;
import java.awt.Point;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** There and back through JPEG. */
final class JpegCompression {
  private static final int LONGEST_SIDE = 65_500;

  private JpegCompression() {}

  /**
   * @param quality on libjpeg's scale, 1 to 100
   */
  static RgbImage compress(RgbImage image, double quality) {
    if (Math.max(image.width(), image.height()) > LONGEST_SIDE) {
      throw new IllegalArgumentException(
          "a JPEG's side has %d pixels at most, and this picture is %d x %d"
              .formatted(LONGEST_SIDE, image.width(), image.height()));
    }
    try {
      return new ImageDecoder(image.width() * image.height())
          .decode(encode(image, quality), "JPEG in memory");
    } catch (IOException e) {
      throw new UncheckedIOException(e); // of memory: there is nothing to fail
    } catch (ImageException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] encode(RgbImage image, double quality) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    try (ImageOutputStream out = new MemoryCacheImageOutputStream(encoded)) {
      ImageWriteParam parameters = writer.getDefaultWriteParam();
      parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      parameters.setCompressionQuality((float) (quality / 100));
      writer.setOutput(out);
      writer.write(null, new IIOImage(view(image), null, null), parameters);
    } finally {
      writer.dispose();
    }
    return encoded.toByteArray();
  }

  /** The same samples, as Java's own libraries want them. */
  private static BufferedImage view(RgbImage image) {
    int[] channels = {0, 1, 2};
    WritableRaster raster =
        Raster.createInterleavedRaster(
            new DataBufferByte(image.rgb(), image.rgb().length),
            image.width(),
            image.height(),
            3 * image.width(),
            3,
            channels,
            new Point());
    ColorModel sRgb =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            /* hasAlpha= */ false,
            /* isAlphaPremultiplied= */ false,
            Transparency.OPAQUE,
            DataBuffer.TYPE_BYTE);
    return new BufferedImage(sRgb, raster, /* isRasterPremultiplied= */ false, null);
  }
}
