package io.dpiqa.evaluation;

import io.dpiqa.ImageException;
import io.dpiqa.image.BilinearResize;
import io.dpiqa.image.ImageDecoder;
import io.dpiqa.image.RgbImage;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The pictures that a model is most wrong about. */
public final class WorstMisses {
  private static final int COLUMNS = 3;
  private static final int THUMBNAIL = 320;
  private static final int GAP = 20;
  private static final int LINE = 26;
  private static final int TEXT = 3 * LINE + 8;
  private static final int TITLE = 2 * LINE + 44;
  private static final Color DARK = new Color(0x222222);
  private static final Color EMPTY = new Color(0xEEEEEE);

  private final Evaluation evaluation;
  private final List<Miss> misses;

  /** A picture that was missed, at most 320 pixels wide and high; absent if it is gone. */
  record Miss(Prediction prediction, Optional<BufferedImage> thumbnail) {}

  private WorstMisses(Evaluation evaluation, List<Miss> misses) {
    this.evaluation = evaluation;
    this.misses = misses;
  }

  /**
   * Reads the pictures with the largest errors, either way.
   *
   * @param count how many, at most
   */
  public static WorstMisses of(Evaluation evaluation, int count) {
    return new WorstMisses(
        evaluation,
        evaluation.predictions().stream()
            .sorted(Comparator.comparingDouble(prediction -> -Math.abs(prediction.error())))
            .limit(count)
            .map(prediction -> new Miss(prediction, thumbnail(prediction.image().file())))
            .toList());
  }

  /** The pictures, that of the largest error first. */
  List<Miss> misses() {
    return misses;
  }

  /**
   * A contact sheet: the pictures, and below each its prediction, opinion, error and name. It is
   * 1,040 pixels wide.
   */
  public BufferedImage sheet() {
    int rows = (misses.size() + COLUMNS - 1) / COLUMNS;
    int width = GAP + COLUMNS * (THUMBNAIL + GAP);
    int height = TITLE + rows * (THUMBNAIL + TEXT + GAP);
    BufferedImage sheet = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = sheet.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width, height);
    graphics.setColor(DARK);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 22));
    write(graphics, "Largest errors of " + evaluation.model(), GAP, GAP + LINE, width - 2 * GAP);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 20));
    write(graphics, evaluation.dataset(), GAP, GAP + 2 * LINE, width - 2 * GAP);
    for (int i = 0; i < misses.size(); i++) {
      int x = GAP + i % COLUMNS * (THUMBNAIL + GAP);
      int y = TITLE + i / COLUMNS * (THUMBNAIL + TEXT + GAP);
      draw(graphics, misses.get(i), x, y);
    }
    graphics.dispose();
    return sheet;
  }

  private static void draw(Graphics2D graphics, Miss miss, int x, int y) {
    graphics.setColor(EMPTY);
    graphics.fillRect(x, y, THUMBNAIL, THUMBNAIL);
    miss.thumbnail()
        .ifPresent(
            image ->
                graphics.drawImage(
                    image,
                    x + (THUMBNAIL - image.getWidth()) / 2,
                    y + (THUMBNAIL - image.getHeight()) / 2,
                    null));
    graphics.setColor(DARK);
    graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 18));
    if (miss.thumbnail().isEmpty()) {
      write(graphics, "cannot be read any more", x + GAP, y + THUMBNAIL / 2, THUMBNAIL - 2 * GAP);
    }
    int line = y + THUMBNAIL + LINE;
    write(graphics, figures(miss.prediction()), x, line, THUMBNAIL);
    write(graphics, verdict(miss.prediction()), x, line + LINE, THUMBNAIL);
    write(graphics, miss.prediction().image().name(), x, line + 2 * LINE, THUMBNAIL);
  }

  /** Writes one line; of one that is too long, its beginning and its end. */
  private static void write(Graphics2D graphics, String text, int x, int y, int width) {
    String line = Labels.oneLine(text);
    for (int length = line.length();
        graphics.getFontMetrics().stringWidth(line) > width && length > 1;
        length--) {
      line = Labels.shorten(text, length);
    }
    graphics.drawString(line, x, y);
  }

  static String figures(Prediction miss) {
    return "prediction %s, opinion %s"
        .formatted(Labels.decimals(miss.score(), 2), Labels.decimals(miss.opinion(), 2));
  }

  static String verdict(Prediction miss) {
    return "%s by %s"
        .formatted(
            miss.error() > 0 ? "too high" : "too low", Labels.decimals(Math.abs(miss.error()), 2));
  }

  private static Optional<BufferedImage> thumbnail(Path file) {
    RgbImage image;
    try {
      image = new ImageDecoder().decode(file);
    } catch (ImageException e) {
      return Optional.empty();
    }
    double scale = (double) THUMBNAIL / Math.max(image.width(), image.height());
    RgbImage small = image;
    if (scale < 1) {
      int width = Math.max(1, (int) Math.round(image.width() * scale));
      int height = Math.max(1, (int) Math.round(image.height() * scale));
      small = BilinearResize.resize(image, width, height);
    }
    return Optional.of(bufferedImage(small));
  }

  private static BufferedImage bufferedImage(RgbImage image) {
    BufferedImage buffered =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    byte[] rgb = image.rgb();
    for (int i = 0; i < rgb.length / 3; i++) {
      int color =
          (rgb[3 * i] & 0xFF) << 16 | (rgb[3 * i + 1] & 0xFF) << 8 | (rgb[3 * i + 2] & 0xFF);
      buffered.setRGB(i % image.width(), i / image.width(), color);
    }
    return buffered;
  }
}
