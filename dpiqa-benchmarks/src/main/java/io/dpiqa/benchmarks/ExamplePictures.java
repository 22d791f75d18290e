package io.dpiqa.benchmarks;

import java.awt.Graphics2D;
import java.awt.Image;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Renders the pictures under {@code examples/}: one scene, clean and with common distortions. */
public final class ExamplePictures {
  private static final double DISPLAY_GAMMA = 2.2;

  private ExamplePictures() {}

  /** Writes the pictures into the directory that the only argument names; takes minutes. */
  public static void main(String[] arguments) throws IOException {
    writeAll(AlpineLake.render(768, 512), Path.of(arguments[0]));
  }

  /** Writes the scene and its distorted versions as JPEG files. */
  static void writeAll(BufferedImage scene, Path directory) throws IOException {
    Files.createDirectories(directory);
    write(scene, 0.93f, directory.resolve("lake.jpg"));
    write(scene, 0.07f, directory.resolve("lake-compressed.jpg"));
    write(blurred(scene, 3.2), 0.93f, directory.resolve("lake-blurred.jpg"));
    write(noisy(scene, 34), 0.85f, directory.resolve("lake-noisy.jpg"));
    write(noisy(exposed(scene, 0.035), 3), 0.93f, directory.resolve("lake-dark.jpg"));
    write(exposed(scene, 4), 0.93f, directory.resolve("lake-overexposed.jpg"));
    write(lowResolution(scene, 6), 0.93f, directory.resolve("lake-low-resolution.jpg"));
  }

  /** As if exposed so many times as long. */
  private static BufferedImage exposed(BufferedImage picture, double times) {
    double gain = StrictMath.pow(times, 1 / DISPLAY_GAMMA);
    return mapped(picture, value -> value * gain);
  }

  /** With independent Gaussian noise in every channel. */
  private static BufferedImage noisy(BufferedImage picture, double deviation) {
    Random random = new Random(1);
    return mapped(picture, value -> value + deviation * random.nextGaussian());
  }

  private static BufferedImage mapped(BufferedImage picture, DoubleUnaryOperator channel) {
    BufferedImage result = blank(picture.getWidth(), picture.getHeight());
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        int rgb = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
          double value = channel.applyAsDouble(picture.getRGB(x, y) >> shift & 0xff);
          rgb |= (int) Math.round(Math.max(0, Math.min(255, value))) << shift;
        }
        result.setRGB(x, y, rgb);
      }
    }
    return result;
  }

  /** Gaussian blur, its deviation in pixels. */
  private static BufferedImage blurred(BufferedImage picture, double deviation) {
    return blurredRows(blurredRows(picture, deviation), deviation);
  }

  /** Blurs along the rows and swaps rows with columns. */
  private static BufferedImage blurredRows(BufferedImage picture, double deviation) {
    int reach = (int) Math.ceil(3 * deviation);
    double[] weights = new double[2 * reach + 1];
    for (int i = 0; i < weights.length; i++) {
      double distance = (i - reach) / deviation;
      weights[i] = StrictMath.exp(-0.5 * distance * distance);
    }
    BufferedImage result =
        blank(/* width= */ picture.getHeight(), /* height= */ picture.getWidth());
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        double[] sum = new double[4];
        for (int i = 0; i < weights.length; i++) {
          int column = Math.max(0, Math.min(picture.getWidth() - 1, x + i - reach));
          int rgb = picture.getRGB(column, y);
          sum[0] += weights[i] * (rgb >> 16 & 0xff);
          sum[1] += weights[i] * (rgb >> 8 & 0xff);
          sum[2] += weights[i] * (rgb & 0xff);
          sum[3] += weights[i];
        }
        int red = (int) Math.round(sum[0] / sum[3]);
        int green = (int) Math.round(sum[1] / sum[3]);
        int blue = (int) Math.round(sum[2] / sum[3]);
        result.setRGB(y, x, red << 16 | green << 8 | blue);
      }
    }
    return result;
  }

  /** Taken with so many times fewer pixels a side, and enlarged. */
  private static BufferedImage lowResolution(BufferedImage picture, int times) {
    int width = picture.getWidth();
    int height = picture.getHeight();
    Image small =
        picture.getScaledInstance(width / times, height / times, Image.SCALE_AREA_AVERAGING);
    return drawn(drawn(small, width / times, height / times), width, height);
  }

  private static BufferedImage drawn(Image image, int width, int height) {
    BufferedImage result = blank(width, height);
    Graphics2D graphics = result.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.drawImage(image, 0, 0, width, height, null);
    graphics.dispose();
    return result;
  }

  private static BufferedImage blank(int width, int height) {
    return new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
  }

  private static void write(BufferedImage picture, float quality, Path file) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam parameters = writer.getDefaultWriteParam();
    parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    parameters.setCompressionQuality(quality);
    Files.deleteIfExists(file);
    try (ImageOutputStream out = ImageIO.createImageOutputStream(file.toFile())) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(picture, null, null), parameters);
    } finally {
      writer.dispose();
    }
  }
}
