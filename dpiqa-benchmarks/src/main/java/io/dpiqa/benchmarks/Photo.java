package io.dpiqa.benchmarks;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.FileImageOutputStream;

/** A rendered stand-in for a photograph of 12 megapixels: gradients, edges and sensor noise. */
final class Photo {

  static final int WIDTH = 4032;
  static final int HEIGHT = 3024;

  private Photo() {}

  static BufferedImage render() {
    return render(1);
  }

  /**
   * @param seed of the noise
   */
  static BufferedImage render(long seed) {
    BufferedImage photo = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_3BYTE_BGR);
    SplittableRandom random = new SplittableRandom(seed);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        double wave = 60 * Math.sin(x / 37.0) * Math.cos(y / 53.0);
        double edge = (x / 250 + y / 190) % 2 * 50;
        double base = 80 + wave + edge + 8 * (random.nextDouble() + random.nextDouble() - 1);
        photo.setRGB(
            x,
            y,
            level(base) << 16 | level(base * 0.9 + y / 100.0) << 8 | level(base * 0.7 + x / 100.0));
      }
    }
    return photo;
  }

  private static int level(double value) {
    return (int) Math.max(0, Math.min(255, value));
  }

  static void writeJpeg(BufferedImage photo, boolean progressive, Path file) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ImageWriteParam param = writer.getDefaultWriteParam();
    param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    param.setCompressionQuality(0.92f);
    param.setProgressiveMode(
        progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
    try (FileImageOutputStream out = new FileImageOutputStream(file.toFile())) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(photo, null, null), param);
    } finally {
      writer.dispose();
    }
  }
}
