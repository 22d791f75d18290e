package io.dpiqa.train;

import io.dpiqa.dataset.ClassifiedImage;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;

/** Pictures of three kinds, whatever their colours: lying stripes, standing ones, and checks. */
final class StripedPictures {
  static final int KINDS = 3;

  private static final int SIZE = 32;

  private StripedPictures() {}

  /** Draws pictures of 32 x 32, one kind after another, and saves them as PNG. */
  static List<ClassifiedImage> draw(Path folder, String prefix, int count, long seed)
      throws IOException {
    Files.createDirectories(folder);
    Random random = new Random(seed);
    List<ClassifiedImage> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = prefix + i + ".png";
      ImageIO.write(picture(random, i % KINDS), "png", folder.resolve(name).toFile());
      images.add(new ClassifiedImage(name, folder.resolve(name), i % KINDS));
    }
    return images;
  }

  private static BufferedImage picture(Random random, int kind) {
    BufferedImage picture = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
    int dark = colour(random);
    int light = 0xFFFFFF - colour(random);
    int period = 3 + random.nextInt(4);
    int phase = random.nextInt(period);
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        int row = (y + phase) / period;
        int column = (x + phase) / period;
        int[] stripes = {row, column, row + column};
        picture.setRGB(x, y, stripes[kind] % 2 == 0 ? dark : light);
      }
    }
    return picture;
  }

  /** One that is dark. */
  private static int colour(Random random) {
    return random.nextInt(80) << 16 | random.nextInt(80) << 8 | random.nextInt(80);
  }
}
