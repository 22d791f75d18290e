package io.dpiqa.degradation;

import io.dpiqa.image.BilinearResize;
import io.dpiqa.image.RgbImage;

/**
 * A way to make a photograph worse, at levels 1 (barely visible) to 5 (terrible): one for each
 * distortion that the prompts of DP-IQA name, and motion. There is none for "other" and JPEG 2000,
 * of which no maintained encoder for Java was found.
 *
 * <p>The five levels follow KADID-10k (Lin, Hosu, Saupe, QoMEX 2019), and so do the kinds where it
 * has them; strengths were then chosen by eye, so that the first is just visible and the steps look
 * even. Where KADID's strengths are given for comparison, they are for its pictures of 512 x 384.
 *
 * <table>
 * <caption>Strengths</caption>
 * <tr><th>kind<th>measure<th>levels 1 to 5<th>KADID-10k
 * <tr><td>{@link #BLUR}<td>deviation of a Gaussian, in thousandths of the side of a square as large
 *     as the picture<td>1.25, 2.2, 4, 7, 11.5<td>0.2, 1.1, 2.3, 4.5, 11.3 (0.1 to 5 pixels)
 * <tr><td>{@link #MOTION_BLUR}<td>length of the line along which the camera moves, in any direction,
 *     in thousandths of the same side<td>5, 9, 17, 32, 60<td>not compared
 * <tr><td>{@link #NOISE}<td>deviation of Gaussian noise, independent in every sample, in 8-bit
 *     steps<td>4, 9, 17, 29, 48<td>8, 11, 14, 18, 25
 * <tr><td>{@link #JPEG_COMPRESSION}<td>quality on libjpeg's scale, chroma halved<td>50, 30, 17, 9,
 *     4<td>43, 36, 24, 7, 4
 * <tr><td>{@link #SPATIAL}<td>how many times smaller either side is in between, by an antialiased
 *     bilinear filter down and a bilinear one up<td>1.5, 2.2, 3.3, 5, 8<td>none that enlarges
 *     smoothly
 * <tr><td>{@link #UNDEREXPOSURE}<td>stops less light<td>0.4, 0.9, 1.6, 2.6, 4<td>a curve in L*
 * <tr><td>{@link #OVEREXPOSURE}<td>stops more light, clipped<td>0.3, 0.7, 1.2, 1.8, 2.6<td>a curve
 *     in L*
 * <tr><td>{@link #QUANTIZATION}<td>values that a sample can have, evenly spaced, 0 and 255 among
 *     them<td>24, 15, 10, 6, 4<td>20, 16, 13, 10, 7, fitted to each picture
 * <tr><td>{@link #CONTRAST}<td>part that is left of every sample's distance from the picture's mean
 *     luma<td>0.82, 0.65, 0.48, 0.32, 0.18<td>a curve; TID2013: 0.85, 0.7, 0.55, 0.4
 * <tr><td>{@link #COLOR}<td>a green cast, as of a wrong white balance: stops of green light over
 *     red and blue, at the same luminance<td>0.15, 0.35, 0.65, 1.05, 1.6<td>other kinds of error
 * </table>
 *
 * <p>What the eye sees of a blur depends on the picture's size, hence its measure. Motion, exposure
 * and colour act on linear light, the others on samples. A level is a strength, not an opinion: a
 * picture that is too bright looks better for a little less light.
 */
public enum Degradation {
  /** Out of focus. */
  BLUR("blur"),
  /** The camera moved; in which direction, the seed decides. */
  MOTION_BLUR("motion blur"),
  /** As of a sensor in poor light; drawn by the seed. */
  NOISE("noise"),
  /** Saved as a small JPEG file. */
  JPEG_COMPRESSION("jpeg compression"),
  /** Made smaller, and enlarged again to its size. */
  SPATIAL("spatial"),
  /** Too dark. */
  UNDEREXPOSURE("underexposure"),
  /** Too bright, and white where it was bright. */
  OVEREXPOSURE("overexposure"),
  /** Banding: few values a channel. */
  QUANTIZATION("quantization"),
  /** Flat, as in haze. */
  CONTRAST("contrast"),
  /** A cast of colour. */
  COLOR("color");

  /** The strongest level; the weakest is 1. */
  public static final int LEVELS = 5;

  private final String distortion;

  Degradation(String distortion) {
    this.distortion = distortion;
  }

  /**
   * What it is called: the {@linkplain io.dpiqa.text.Description#DISTORTIONS word of the prompts},
   * but for {@link #MOTION_BLUR}, for which they have none.
   */
  public String distortion() {
    return distortion;
  }

  /**
   * Makes a picture worse; the same arguments give the same samples. Sizes of any kind will do, but
   * of a few pixels little changes.
   *
   * @param image {@code [h, w, 3]}, not changed; for {@link #JPEG_COMPRESSION} no side may exceed
   *     65,500, JPEG's limit
   * @param level 1 to {@link #LEVELS}
   * @param seed of {@link #NOISE} and {@link #MOTION_BLUR}; of a seed, the noise is the same but
   *     for its strength at all levels, and so is the direction
   * @return {@code [h, w, 3]}; the picture itself where there is nothing to change
   * @throws IllegalArgumentException if the level or the size is out of range
   */
  public RgbImage degrade(RgbImage image, int level, long seed) {
    return degrade(image, level, seed, Math.sqrt((double) image.width() * image.height()));
  }

  /**
   * Makes a part of a picture worse, as {@link #degrade(RgbImage, int, long)} does a whole one.
   *
   * @param image the part, {@code [h, w, 3]}, not changed
   * @param side in pixels, of a square as large as the whole picture
   */
  public RgbImage degrade(RgbImage image, int level, long seed, double side) {
    if (level < 1 || level > LEVELS) {
      throw new IllegalArgumentException("level " + level + " is not within 1 to " + LEVELS);
    }
    return switch (this) {
      case BLUR -> GaussianBlur.blur(image, side / 1000 * of(level, 1.25, 2.2, 4, 7, 11.5));
      case MOTION_BLUR -> MotionBlur.blur(image, side / 1000 * of(level, 5, 9, 17, 32, 60), seed);
      case NOISE -> GaussianNoise.add(image, of(level, 4, 9, 17, 29, 48), seed);
      case JPEG_COMPRESSION -> JpegCompression.compress(image, of(level, 50, 30, 17, 9, 4));
      case SPATIAL -> lowResolution(image, of(level, 1.5, 2.2, 3.3, 5, 8));
      case UNDEREXPOSURE -> exposed(image, -of(level, 0.4, 0.9, 1.6, 2.6, 4));
      case OVEREXPOSURE -> exposed(image, of(level, 0.3, 0.7, 1.2, 1.8, 2.6));
      case QUANTIZATION -> quantized(image, of(level, 24, 15, 10, 6, 4));
      case CONTRAST -> flattened(image, of(level, 0.82, 0.65, 0.48, 0.32, 0.18));
      case COLOR -> greenish(image, of(level, 0.15, 0.35, 0.65, 1.05, 1.6));
    };
  }

  private static double of(int level, double... strengths) {
    return strengths[level - 1];
  }

  private static RgbImage lowResolution(RgbImage image, double times) {
    int width = (int) Math.max(1, Math.round(image.width() / times));
    int height = (int) Math.max(1, Math.round(image.height() / times));
    return BilinearResize.resize(
        BilinearResize.resize(image, width, height), image.width(), image.height());
  }

  private static RgbImage exposed(RgbImage image, double stops) {
    return ToneCurve.light(StrictMath.pow(2, stops)).apply(image);
  }

  private static RgbImage quantized(RgbImage image, double values) {
    return ToneCurve.of(v -> Math.rint(v * (values - 1)) / (values - 1)).apply(image);
  }

  private static RgbImage flattened(RgbImage image, double left) {
    double mean = meanLuma(image);
    return ToneCurve.of(v -> mean + left * (v - mean)).apply(image);
  }

  /** Rec. 601, 0 to 1. */
  private static double meanLuma(RgbImage image) {
    byte[] rgb = image.rgb();
    long thousandths = 0;
    for (int i = 0; i < rgb.length; i += 3) {
      thousandths += 299 * (rgb[i] & 0xFF) + 587 * (rgb[i + 1] & 0xFF) + 114 * (rgb[i + 2] & 0xFF);
    }
    return thousandths / (1000.0 * 255 * image.width() * image.height());
  }

  private static RgbImage greenish(RgbImage image, double stops) {
    double green = StrictMath.pow(2, stops);
    // Luminance of linear sRGB: what is grey becomes green of the same luminance.
    double luminance = 0.2126 + 0.7152 * green + 0.0722;
    ToneCurve others = ToneCurve.light(1 / luminance);
    return ToneCurve.apply(image, others, ToneCurve.light(green / luminance), others);
  }
}
