package io.dpiqa.train;

import io.dpiqa.dataset.LabelledImage;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;

/** Pictures whose scores fall with the noise in them. */
final class NoisyPictures {
  private NoisyPictures() {}

  /** Draws smooth scenes of 64 x 64 with noise, and saves them as PNG. */
  static List<LabelledImage> draw(Path folder, String prefix, int count, long seed)
      throws IOException {
    return draw(folder, prefix, count, seed, 1);
  }

  /** The same, and what is noisy is dark too, which networks see sooner. */
  static List<LabelledImage> drawDark(Path folder, String prefix, int count, long seed)
      throws IOException {
    return draw(folder, prefix, count, seed, 0.2);
  }

  private static List<LabelledImage> draw(
      Path folder, String prefix, int count, long seed, double leastLight) throws IOException {
    Random random = new Random(seed);
    List<LabelledImage> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      double score = random.nextDouble();
      String name = prefix + i + ".png";
      Path file = folder.resolve(name);
      double light = leastLight + (1 - leastLight) * score;
      ImageIO.write(picture(random, 90 * (1 - score), light), "png", file.toFile());
      images.add(new LabelledImage(name, file, score));
    }
    return images;
  }

  private static BufferedImage picture(Random random, double noise, double light) {
    BufferedImage picture = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
    double phase = random.nextDouble() * 6;
    double frequency = 0.02 + 0.06 * random.nextDouble();
    for (int y = 0; y < 64; y++) {
      for (int x = 0; x < 64; x++) {
        int rgb = 0;
        for (int channel = 0; channel < 3; channel++) {
          double scene = 128 + 80 * Math.sin(phase + channel + frequency * (x + channel * y));
          double sample = light * scene + noise * random.nextGaussian();
          rgb = rgb << 8 | (int) Math.max(0, Math.min(255, sample));
        }
        picture.setRGB(x, y, rgb);
      }
    }
    return picture;
  }
}
