package io.dpiqa.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BilinearResizeTest {

  static Stream<JsonNode> golden() throws IOException {
    try (InputStream json =
        BilinearResizeTest.class.getResourceAsStream("/golden/resize-bilinear.json")) {
      return StreamSupport.stream(new ObjectMapper().readTree(json).spliterator(), false);
    }
  }

  @ParameterizedTest
  @MethodSource("golden")
  void equalsPillowBitForBit(JsonNode golden) {
    RgbImage picture =
        Pattern.of(
            golden.get("width").asInt(), golden.get("height").asInt(), golden.get("seed").asInt());
    assertThat(sha256(picture))
        .as("the pattern itself")
        .isEqualTo(golden.get("source_sha256").asText());

    RgbImage resized =
        BilinearResize.resize(
            picture, golden.get("to").get(0).asInt(), golden.get("to").get(1).asInt());

    assertThat(sha256(resized)).isEqualTo(golden.get("sha256").asText());
  }

  @Property(tries = 200)
  void constantPictureStaysConstant(
      @ForAll @IntRange(min = 1, max = 200) int width,
      @ForAll @IntRange(min = 1, max = 200) int height,
      @ForAll @IntRange(min = 1, max = 200) int newWidth,
      @ForAll @IntRange(min = 1, max = 200) int newHeight,
      @ForAll byte sample) {
    byte[] rgb = new byte[3 * width * height];
    Arrays.fill(rgb, sample);

    RgbImage resized = BilinearResize.resize(new RgbImage(width, height, rgb), newWidth, newHeight);

    assertThat(resized.width()).isEqualTo(newWidth);
    assertThat(resized.height()).isEqualTo(newHeight);
    assertThat(resized.rgb()).containsOnly(sample);
  }

  /** What the rows are resized to would take more bytes than an array holds. */
  @Test
  void onePixelWideAndEndlesslyHigh() {
    int height = 2_000_000;
    byte[] rgb = new byte[3 * height];
    Arrays.fill(rgb, rgb.length / 2, rgb.length, (byte) 200);

    RgbImage resized = BilinearResize.resize(new RgbImage(1, height, rgb), 416, 416);

    int half = resized.rgb().length / 2;
    int row = 3 * 416;
    assertThat(Arrays.copyOf(resized.rgb(), half - row)).containsOnly(0);
    assertThat(Arrays.copyOfRange(resized.rgb(), half + row, 2 * half)).containsOnly((byte) 200);
  }

  @Property(tries = 200)
  void samplesStayWithinTheirRange(
      @ForAll @IntRange(min = 1, max = 200) int width,
      @ForAll @IntRange(min = 1, max = 200) int height,
      @ForAll @IntRange(min = 1, max = 200) int newWidth,
      @ForAll @IntRange(min = 1, max = 200) int newHeight,
      @ForAll @IntRange(max = 1000) int seed) {
    RgbImage picture = Pattern.of(width, height, seed);

    RgbImage resized = BilinearResize.resize(picture, newWidth, newHeight);

    for (int channel = 0; channel < 3; channel++) {
      assertThat(extremes(resized, channel)[0])
          .isGreaterThanOrEqualTo(extremes(picture, channel)[0]);
      assertThat(extremes(resized, channel)[1]).isLessThanOrEqualTo(extremes(picture, channel)[1]);
    }
  }

  private static int[] extremes(RgbImage image, int channel) {
    int low = 255;
    int high = 0;
    for (int i = channel; i < image.rgb().length; i += 3) {
      low = Math.min(low, image.rgb()[i] & 0xFF);
      high = Math.max(high, image.rgb()[i] & 0xFF);
    }
    return new int[] {low, high};
  }

  private static String sha256(RgbImage image) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(image.rgb()));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
