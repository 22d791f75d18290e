package io.dpiqa.degradation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.dpiqa.image.RgbImage;
import io.dpiqa.text.Prompts;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class DegradationTest {

  @Property(tries = 60)
  void everyLevelIsFurtherFromTheOriginal(
      @ForAll Degradation kind,
      @ForAll @IntRange(min = 200, max = 300) int width,
      @ForAll @IntRange(min = 200, max = 300) int height,
      @ForAll long seed) {
    // Of a wave, a longer line may leave as much as a shorter one.
    Assume.that(kind != Degradation.MOTION_BLUR);
    RgbImage original = texture(width, height, seed);
    byte[] samples = original.rgb().clone();
    double difference = 0;
    for (int level = 1; level <= Degradation.LEVELS; level++) {
      RgbImage degraded = kind.degrade(original, level, seed);
      assertThat(degraded.width()).isEqualTo(width);
      assertThat(degraded.height()).isEqualTo(height);
      double further = difference(original, degraded);
      assertThat(further).as("level %s", level).isGreaterThan(difference);
      difference = further;
    }
    assertThat(original.rgb()).isEqualTo(samples);
  }

  @Property(tries = 60)
  void givesTheSameEveryTime(
      @ForAll Degradation kind, @ForAll @IntRange(min = 1, max = 5) int level, @ForAll long seed) {
    RgbImage original = texture(90, 70, seed);
    byte[] degraded = kind.degrade(original, level, seed).rgb();
    assertThat(kind.degrade(original, level, seed).rgb()).isEqualTo(degraded);
    byte[] otherSeed = kind.degrade(original, level, seed + 1).rgb();
    assertThat(Arrays.equals(otherSeed, degraded))
        .isEqualTo(kind != Degradation.NOISE && kind != Degradation.MOTION_BLUR);
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"NOISE", "COLOR"})
  void greyStaysGrey(Degradation kind) {
    byte[] rgb = texture(200, 160, 5).rgb();
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = rgb[i - i % 3];
    }
    for (int level = 1; level <= Degradation.LEVELS; level++) {
      byte[] degraded = kind.degrade(new RgbImage(200, 160, rgb), level, 1).rgb();
      assertThat(degraded).isNotEqualTo(rgb);
      assertThat(IntStream.range(0, degraded.length))
          .allMatch(i -> degraded[i] == degraded[i - i % 3]);
    }
  }

  @ParameterizedTest
  @EnumSource
  void tinyPicturesKeepTheirSize(Degradation kind) {
    for (int level = 1; level <= Degradation.LEVELS; level++) {
      RgbImage pixel = kind.degrade(texture(1, 1, 3), level, 1);
      assertThat(pixel.width()).isEqualTo(1);
      assertThat(pixel.height()).isEqualTo(1);
      RgbImage few = kind.degrade(texture(3, 5, 3), level, 1);
      assertThat(few.width()).isEqualTo(3);
      assertThat(few.height()).isEqualTo(5);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BLUR", "MOTION_BLUR", "SPATIAL", "CONTRAST"})
  void flatGreyHasNothingToLose(Degradation kind) {
    RgbImage flat = flat(120, 90, 150, 150, 150);
    for (int level = 1; level <= Degradation.LEVELS; level++) {
      assertThat(kind.degrade(flat, level, 1).rgb()).isEqualTo(flat.rgb());
    }
  }

  @Test
  void blurIsAsWideAsItSays() {
    // A white column, 400 x 400: 7 thousandths are 2.8 pixels.
    byte[] rgb = new byte[3 * 400 * 400];
    for (int y = 0; y < 400; y++) {
      Arrays.fill(rgb, 3 * (400 * y + 200), 3 * (400 * y + 201), (byte) 255);
    }
    byte[] blurred = Degradation.BLUR.degrade(new RgbImage(400, 400, rgb), 4, 1).rgb();
    double sum = 0;
    double squares = 0;
    for (int x = 0; x < 400; x++) {
      int sample = blurred[3 * (400 * 100 + x)] & 0xFF;
      sum += sample;
      squares += sample * Math.pow(x - 200, 2);
    }
    assertThat(sum).isCloseTo(255, within(4.0));
    assertThat(Math.sqrt(squares / sum)).isCloseTo(2.8, within(0.15));
  }

  /** The light of a point lies on a line through it, as long as it says, in many directions. */
  @ParameterizedTest
  @CsvSource({"1, 2", "2, 3.6", "3, 6.8", "4, 12.8", "5, 24"})
  void motionDrawsPointsOutToLines(int level, double length) {
    boolean[] directions = new boolean[6];
    for (int seed = 0; seed < 60; seed++) {
      Line line = Line.of(level, seed);
      assertThat(line.light()).isCloseTo(1, within(0.05));
      assertThat(line.length()).isCloseTo(length, within(0.9));
      // A point between pixels lights them all.
      assertThat(line.variance()).isBetween(-0.02, 0.3);
      directions[(int) Math.min(5, (line.angle() / Math.PI + 0.5) * 6)] = true;
    }
    assertThat(directions).containsOnly(true);
  }

  @Test
  void motionOfASeedHasOneDirection() {
    for (int seed = 0; seed < 20; seed++) {
      double apart = Line.of(3, seed).angle() - Line.of(5, seed).angle();
      assertThat(Math.sin(apart)).isCloseTo(0, within(0.1));
    }
  }

  /**
   * What becomes of a white point in a picture of 400 x 400.
   *
   * @param length of an even line with its moment
   * @param variance across it
   * @param angle to the horizontal, -pi/2 to pi/2
   */
  private record Line(double light, double length, double variance, double angle) {
    static Line of(int level, long seed) {
      byte[] rgb = new byte[3 * 400 * 400];
      Arrays.fill(rgb, 3 * (400 * 200 + 200), 3 * (400 * 200 + 201), (byte) 255);
      byte[] line = Degradation.MOTION_BLUR.degrade(new RgbImage(400, 400, rgb), level, seed).rgb();
      double light = 0;
      double xx = 0;
      double yy = 0;
      double xy = 0;
      for (int i = 0; i < line.length; i += 3) {
        double here = DegradationTest.light(line[i]);
        int x = i / 3 % 400 - 200;
        int y = i / 3 / 400 - 200;
        light += here;
        xx += here * x * x;
        yy += here * y * y;
        xy += here * x * y;
      }
      double mean = (xx + yy) / light / 2;
      double apart = Math.hypot((xx - yy) / 2, xy) / light;
      return new Line(
          light, Math.sqrt(12 * (mean + apart)), mean - apart, Math.atan2(2 * xy, xx - yy) / 2);
    }
  }

  /** What a sample of sRGB stands for. */
  private static double light(byte sample) {
    double value = (sample & 0xFF) / 255.0;
    return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
  }

  @Test
  void noiseIsAsStrongAsItSays() {
    byte[] noisy = Degradation.NOISE.degrade(flat(256, 256, 128, 128, 128), 3, 8).rgb();
    double sum = 0;
    double squares = 0;
    for (byte sample : noisy) {
      double noise = (sample & 0xFF) - 128;
      sum += noise;
      squares += noise * noise;
    }
    assertThat(sum / noisy.length).isCloseTo(0, within(0.2));
    assertThat(Math.sqrt(squares / noisy.length)).isCloseTo(17, within(0.2));
  }

  @Test
  void exposureCountsInStopsOfLight() {
    // By sRGB's formula 188 stands for 0.5029 of the light of 255: 2.6 stops less is 0.0830.
    byte[] dark = Degradation.UNDEREXPOSURE.degrade(flat(2, 2, 188, 255, 0), 4, 1).rgb();
    assertThat(dark).startsWith(81, 113, 0);
    byte[] bright = Degradation.OVEREXPOSURE.degrade(flat(2, 2, 188, 40, 0), 3, 1).rgb();
    assertThat(bright).startsWith(255, 62, 0);
  }

  @Test
  void quantizationLeavesAsFewValuesAsItSays() {
    byte[] quantized = Degradation.QUANTIZATION.degrade(texture(100, 100, 1), 5, 1).rgb();
    assertThat(IntStream.range(0, quantized.length).map(i -> quantized[i] & 0xFF).distinct())
        .containsExactlyInAnyOrder(0, 85, 170, 255);
  }

  @Test
  void aCastTakesRedAndBlueForGreen() {
    byte[] cast = Degradation.COLOR.degrade(flat(2, 2, 128, 128, 128), 5, 1).rgb();
    assertThat(cast[0]).isEqualTo(cast[2]);
    assertThat(cast[0] & 0xFF).isLessThan(100);
    assertThat(cast[1] & 0xFF).isGreaterThan(140);
  }

  @Test
  void everyKindButMotionIsADistortionOfThePrompts() {
    for (Degradation kind : Degradation.values()) {
      String words = " with " + kind.distortion() + " artifacts";
      assertThat(Prompts.published().stream().anyMatch(prompt -> prompt.contains(words)))
          .as(words)
          .isEqualTo(kind != Degradation.MOTION_BLUR);
    }
    assertThat(Arrays.stream(Degradation.values()).map(Degradation::distortion))
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EnumSource
  void thereAreFiveLevels(Degradation kind) {
    RgbImage original = texture(9, 9, 1);
    for (int level : new int[] {0, Degradation.LEVELS + 1}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> kind.degrade(original, level, 1))
          .withMessageContaining("level " + level);
    }
  }

  @Test
  void refusesWhatNoJpegCanBe() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Degradation.JPEG_COMPRESSION.degrade(flat(65_501, 1, 0, 0, 0), 1, 1))
        .withMessageContaining("65501 x 1");
  }

  /** Waves of several lengths in every channel, with a little grain. */
  private static RgbImage texture(int width, int height, long seed) {
    Random random = new Random(seed);
    double[][] waves = new double[10][];
    for (int i = 0; i < waves.length; i++) {
      double frequency = 1.3 / (1 << i % 5);
      double angle = 2 * Math.PI * random.nextDouble();
      waves[i] =
          new double[] {
            frequency * Math.cos(angle), frequency * Math.sin(angle), 6 * random.nextDouble()
          };
    }
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i++) {
      int x = i / 3 % width;
      int y = i / 3 / width;
      double sample = 120 + 6 * random.nextGaussian();
      for (double[] wave : waves) {
        sample += 20 * Math.sin(wave[0] * x + wave[1] * y + wave[2] + 0.6 * (i % 3));
      }
      rgb[i] = (byte) Math.max(0, Math.min(255, sample));
    }
    return new RgbImage(width, height, rgb);
  }

  private static RgbImage flat(int width, int height, int red, int green, int blue) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i += 3) {
      rgb[i] = (byte) red;
      rgb[i + 1] = (byte) green;
      rgb[i + 2] = (byte) blue;
    }
    return new RgbImage(width, height, rgb);
  }

  /** Mean absolute, in 8-bit steps. */
  private static double difference(RgbImage one, RgbImage other) {
    double sum = 0;
    for (int i = 0; i < one.rgb().length; i++) {
      sum += Math.abs((one.rgb()[i] & 0xFF) - (other.rgb()[i] & 0xFF));
    }
    return sum / one.rgb().length;
  }
}
