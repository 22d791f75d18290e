package io.dpiqa.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OrientationTest {

  private static final int BLOCK = 16;

  @TempDir Path directory;

  /** The picture as stored is three squares wide and two high: ABC above DEF. */
  @ParameterizedTest
  @CsvSource({
    "1, ABC DEF",
    "2, CBA FED",
    "3, FED CBA",
    "4, DEF ABC",
    "5, AD BE CF",
    "6, DA EB FC",
    "7, FC EB DA",
    "8, CF BE AD",
    "0, ABC DEF",
    "9, ABC DEF"
  })
  void turnsPicturesUpright(int orientation, String expected) throws Exception {
    RgbImage stored = squares();
    byte[] exif = Encoded.exif(orientation);

    assertThat(shown(Encoded.withExif("jpeg", Encoded.jpeg(stored), exif)))
        .as("JPEG")
        .isEqualTo(expected);
    assertThat(shown(Encoded.withExif("png", Encoded.png(stored), exif)))
        .as("PNG")
        .isEqualTo(expected);
    assertThat(shown(Encoded.withExif("webp", Encoded.webp(stored), exif)))
        .as("WebP")
        .isEqualTo(expected);
    assertThat(shown(Encoded.tiff(stored, Map.of(274, new int[] {orientation}))))
        .as("TIFF")
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 10, 20})
  void brokenExifCountsAsUpright(int length) throws Exception {
    byte[] exif = Arrays.copyOf(Encoded.exif(6), length);

    assertThat(shown(Encoded.withExif("jpeg", Encoded.jpeg(squares()), exif))).isEqualTo("ABC DEF");
    assertThat(shown(Encoded.withExif("png", Encoded.png(squares()), exif))).isEqualTo("ABC DEF");
  }

  private static RgbImage squares() {
    int width = 3 * BLOCK;
    byte[] rgb = new byte[3 * width * 2 * BLOCK];
    for (int i = 0; i < rgb.length; i++) {
      int x = i / 3 % width;
      int y = i / 3 / width;
      rgb[i] = (byte) (40 * (x / BLOCK + 3 * (y / BLOCK)));
    }
    return new RgbImage(width, 2 * BLOCK, rgb);
  }

  private String shown(byte[] file) throws Exception {
    Path path = Files.write(directory.resolve("picture"), file);
    RgbImage picture = new ImageDecoder().decode(path);
    assertThat(new ImageDecoder().size(path))
        .isEqualTo(new ImageSize(picture.width(), picture.height()));
    StringBuilder squares = new StringBuilder();
    for (int y = BLOCK / 2; y < picture.height(); y += BLOCK) {
      for (int x = BLOCK / 2; x < picture.width(); x += BLOCK) {
        int level = picture.rgb()[3 * (y * picture.width() + x)] & 0xFF;
        squares.append((char) ('A' + (level + 20) / 40));
      }
      squares.append(' ');
    }
    return squares.toString().strip();
  }
}
