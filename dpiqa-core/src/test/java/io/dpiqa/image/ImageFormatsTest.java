package io.dpiqa.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import io.dpiqa.ImageException;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageWriteParam;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFormatsTest {

  private static final RgbImage PICTURE = smooth(61, 43);
  private static final RgbImage GREY = grey(PICTURE);

  @TempDir Path directory;

  static Stream<Arguments> formats() {
    return Stream.of(
        Arguments.of("JPEG", Encoded.jpeg(PICTURE), PICTURE, 2.0),
        Arguments.of("progressive JPEG", progressiveJpeg(), PICTURE, 2.0),
        Arguments.of(
            "grey JPEG", Encoded.write("jpeg", greyImage(BufferedImage.TYPE_BYTE_GRAY)), GREY, 3.0),
        Arguments.of("CMYK JPEG", cmykJpeg(), PICTURE, 6.0),
        Arguments.of("PNG", Encoded.png(PICTURE), PICTURE, 0.0),
        Arguments.of("interlaced PNG", interlacedPng(), PICTURE, 0.0),
        Arguments.of(
            "grey PNG", Encoded.write("png", greyImage(BufferedImage.TYPE_BYTE_GRAY)), GREY, 0.0),
        Arguments.of(
            "16-bit grey PNG",
            Encoded.write("png", greyImage(BufferedImage.TYPE_USHORT_GRAY)),
            GREY,
            0.0),
        Arguments.of(
            "PNG with alpha",
            Encoded.write("png", image(BufferedImage.TYPE_4BYTE_ABGR)),
            PICTURE,
            0.0),
        Arguments.of("lossless WebP", Encoded.webp(PICTURE), PICTURE, 0.0),
        Arguments.of(
            "lossy WebP", Encoded.write("webp", image(BufferedImage.TYPE_3BYTE_BGR)), PICTURE, 6.0),
        Arguments.of(
            "BMP", Encoded.write("bmp", image(BufferedImage.TYPE_3BYTE_BGR)), PICTURE, 0.0),
        Arguments.of("TIFF", Encoded.tiff(PICTURE, Map.of()), PICTURE, 0.0),
        Arguments.of("LZW TIFF", tiff("LZW"), PICTURE, 0.0),
        Arguments.of("deflated TIFF", tiff("ZLib"), PICTURE, 0.0),
        Arguments.of("JPEG in TIFF", tiff("JPEG"), PICTURE, 6.0),
        Arguments.of("CCITT TIFF", bilevelTiff(), bilevel(), 0.0),
        Arguments.of("GIF", Encoded.write("gif", palette(8)), paletteColours(8), 0.0),
        Arguments.of("8-bit palette PNG", Encoded.write("png", palette(8)), paletteColours(8), 0.0),
        Arguments.of("4-bit palette PNG", Encoded.write("png", palette(4)), paletteColours(4), 0.0),
        Arguments.of("2-bit palette PNG", Encoded.write("png", palette(2)), paletteColours(2), 0.0),
        Arguments.of("1-bit palette PNG", Encoded.write("png", palette(1)), paletteColours(1), 0.0),
        Arguments.of("palette BMP", Encoded.write("bmp", palette(8)), paletteColours(8), 0.0));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("formats")
  void decodesToTheSamePicture(String format, byte[] file, RgbImage expected, double tolerance)
      throws Exception {
    Path path = Files.write(directory.resolve("picture.jpg"), file);

    RgbImage decoded = new ImageDecoder().decode(path);

    assertThat(decoded.width()).isEqualTo(expected.width());
    assertThat(decoded.height()).isEqualTo(expected.height());
    assertThat(meanDifference(decoded, expected)).isLessThanOrEqualTo(tolerance);
    assertThat(new ImageDecoder().size(path))
        .isEqualTo(new ImageSize(expected.width(), expected.height()));
    assertThat(new ImageDecoder().decode(file, "picture").rgb()).isEqualTo(decoded.rgb());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 8, 16})
  void greySamplesOfAnyDepthAreScaledAndRoundedToTheNearest(int depth) throws Exception {
    int levels = 1 << Math.min(depth, 10);
    int highest = (1 << depth) - 1;
    byte[] data = new byte[1 + (levels * depth + 7) / 8];
    int[] values = new int[levels];
    for (int i = 0; i < levels; i++) {
      values[i] = (int) ((long) i * highest / (levels - 1));
      for (int bit = 0; bit < depth; bit++) {
        int at = i * depth + bit;
        data[1 + at / 8] =
            (byte) (data[1 + at / 8] | (values[i] >> (depth - 1 - bit) & 1) << (7 - at % 8));
      }
    }

    RgbImage decoded =
        new ImageDecoder().decode(Encoded.png(levels, 1, depth, 0, false, data), "grey");

    for (int i = 0; i < levels; i++) {
      int expected = (int) Math.round(255.0 * values[i] / highest);
      assertThat(decoded.rgb()[3 * i] & 0xFF)
          .as("%d of %d", values[i], highest)
          .isEqualTo(expected);
      assertThat(decoded.rgb()[3 * i + 2]).isEqualTo(decoded.rgb()[3 * i]);
    }
  }

  @Test
  void sixteenBitColoursAreRoundedToTheNearest() throws Exception {
    byte[] row = {0, 0, (byte) 128, 0, (byte) 129, (byte) 0xFF, (byte) 0xFF};

    RgbImage decoded = new ImageDecoder().decode(Encoded.png(1, 1, 16, 2, false, row), "deep");

    assertThat(decoded.rgb()).containsExactly(0, 1, 255);
  }

  @Test
  void transparencyIsLaidOverWhite() throws Exception {
    BufferedImage image = new BufferedImage(4, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0x00FF0000);
    image.setRGB(1, 0, 0xFF102030);
    image.setRGB(2, 0, 0x80000000);
    image.setRGB(3, 0, 0x40C80000);
    byte[] expected = bytes(255, 255, 255, 16, 32, 48, 127, 127, 127, 241, 191, 191);

    assertThat(new ImageDecoder().decode(Encoded.write("png", image), "alpha").rgb())
        .isEqualTo(expected);
    assertThat(ImageDecoder.convert(image).rgb()).isEqualTo(expected);
  }

  @Test
  void transparentWebpIsLaidOverWhite() throws Exception {
    BufferedImage image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(3, 0, 0xFF204060);
    IIOImage whole = new IIOImage(image, null, null);

    byte[] file =
        Encoded.write(
            "webp",
            whole,
            param -> {
              param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
              param.setCompressionType("Lossless");
            });
    RgbImage decoded = new ImageDecoder().decode(file, "alpha");

    assertThat(decoded.rgb())
        .startsWith(bytes(255, 255, 255, 255, 255, 255, 255, 255, 255, 0x20, 0x40, 0x60, 255));
  }

  @Test
  void transparentPaletteColourIsLaidOverWhite() throws Exception {
    byte[] colours = {0, 10, 20, 30};
    IndexColorModel model = new IndexColorModel(2, 4, colours, colours, colours, 1);
    BufferedImage image = new BufferedImage(4, 1, BufferedImage.TYPE_BYTE_INDEXED, model);
    for (int x = 0; x < 4; x++) {
      image.getRaster().setSample(x, 0, 0, x);
    }
    byte[] expected = bytes(0, 0, 0, 255, 255, 255, 20, 20, 20, 30, 30, 30);

    assertThat(new ImageDecoder().decode(Encoded.write("gif", image), "gif").rgb())
        .isEqualTo(expected);
    assertThat(new ImageDecoder().decode(Encoded.write("png", image), "png").rgb())
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        BufferedImage.TYPE_INT_RGB,
        BufferedImage.TYPE_INT_BGR,
        BufferedImage.TYPE_INT_ARGB,
        BufferedImage.TYPE_INT_ARGB_PRE,
        BufferedImage.TYPE_3BYTE_BGR,
        BufferedImage.TYPE_4BYTE_ABGR,
        BufferedImage.TYPE_4BYTE_ABGR_PRE
      })
  void convertsBufferedImagesOfAnyType(int type) {
    assertThat(ImageDecoder.convert(image(type)).rgb()).isEqualTo(PICTURE.rgb());
  }

  @Test
  void convertsPartOfABufferedImage() {
    RgbImage part =
        ImageDecoder.convert(image(BufferedImage.TYPE_3BYTE_BGR).getSubimage(5, 7, 2, 2));

    assertThat(part.rgb()[0]).isEqualTo(PICTURE.rgb()[3 * (7 * PICTURE.width() + 5)]);
  }

  @Test
  void saysWhatToDoWithFormatsThatCannotBeRead() {
    assertThat(error("\0\0\0 ftypheic\0\0\0\0mif1")).contains("photo", "HEIC", "convert");
    assertThat(error("\0\0\0 ftypavif\0\0\0\0mif1")).contains("photo", "AVIF", "convert");
    assertThat(error("\u00FF\n0123456789")).contains("photo", "JPEG XL", "convert");
    assertThat(error("<html><body>404</body></html>"))
        .contains("photo", "not a picture", "JPEG, PNG");
  }

  private static String error(String content) {
    try {
      new ImageDecoder().decode(content.getBytes(StandardCharsets.ISO_8859_1), "photo");
      return fail("decoded");
    } catch (ImageException e) {
      return e.getMessage();
    }
  }

  private static byte[] progressiveJpeg() {
    return Encoded.write(
        "jpeg",
        new IIOImage(image(BufferedImage.TYPE_3BYTE_BGR), null, null),
        param -> {
          Encoded.bestQuality(param);
          param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
        });
  }

  private static byte[] interlacedPng() {
    return Encoded.write(
        "png",
        new IIOImage(image(BufferedImage.TYPE_3BYTE_BGR), null, null),
        param -> param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT));
  }

  /** Cyan, magenta, yellow are the complements; stored inverted, as Adobe's marker announces. */
  private static byte[] cmykJpeg() {
    WritableRaster raster =
        Raster.createInterleavedRaster(
            DataBuffer.TYPE_BYTE, PICTURE.width(), PICTURE.height(), 4, null);
    for (int i = 0; i < PICTURE.width() * PICTURE.height(); i++) {
      int x = i % PICTURE.width();
      int y = i / PICTURE.width();
      for (int band = 0; band < 3; band++) {
        raster.setSample(x, y, band, PICTURE.rgb()[3 * i + band] & 0xFF);
      }
      raster.setSample(x, y, 3, 255);
    }
    byte[] jpeg = Encoded.write("jpeg", new IIOImage(raster, null, null), Encoded::bestQuality);
    byte[] adobe = {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0};
    byte[] segment = Encoded.concat(new byte[] {(byte) 0xFF, (byte) 0xEE, 0, 14}, adobe);
    byte[] start = {(byte) 0xFF, (byte) 0xD8};
    return Encoded.concat(start, segment, Arrays.copyOfRange(jpeg, 2, jpeg.length));
  }

  private static byte[] tiff(String compression) {
    return Encoded.write(
        "tiff",
        new IIOImage(image(BufferedImage.TYPE_3BYTE_BGR), null, null),
        param -> {
          param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
          param.setCompressionType(compression);
        });
  }

  private static byte[] bilevelTiff() {
    return Encoded.write(
        "tiff",
        new IIOImage(Encoded.buffered(bilevel(), BufferedImage.TYPE_BYTE_BINARY), null, null),
        param -> {
          param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
          param.setCompressionType("CCITT T.6");
        });
  }

  private static RgbImage bilevel() {
    byte[] rgb = new byte[3 * 32 * 20];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (i / 3 % 7 < 3 ? 255 : 0);
    }
    return new RgbImage(32, 20, rgb);
  }

  private static BufferedImage palette(int bits) {
    int size = 1 << bits;
    byte[] red = new byte[size];
    byte[] green = new byte[size];
    byte[] blue = new byte[size];
    for (int i = 0; i < size; i++) {
      red[i] = (byte) (i * 255 / (size - 1));
      green[i] = (byte) (255 - i);
      blue[i] = (byte) (i * 7);
    }
    IndexColorModel model = new IndexColorModel(bits, size, red, green, blue);
    BufferedImage image =
        new BufferedImage(
            19,
            11,
            bits < 8 ? BufferedImage.TYPE_BYTE_BINARY : BufferedImage.TYPE_BYTE_INDEXED,
            model);
    for (int i = 0; i < 19 * 11; i++) {
      image.getRaster().setSample(i % 19, i / 19, 0, i % size);
    }
    return image;
  }

  private static RgbImage paletteColours(int bits) {
    int size = 1 << bits;
    byte[] rgb = new byte[3 * 19 * 11];
    for (int i = 0; i < 19 * 11; i++) {
      int index = i % size;
      rgb[3 * i] = (byte) (index * 255 / (size - 1));
      rgb[3 * i + 1] = (byte) (255 - index);
      rgb[3 * i + 2] = (byte) (index * 7);
    }
    return new RgbImage(19, 11, rgb);
  }

  private static BufferedImage image(int type) {
    return Encoded.buffered(PICTURE, type);
  }

  /** Grey samples as they are, without the gamma that Java2D gives its grey pictures. */
  private static BufferedImage greyImage(int type) {
    BufferedImage image = new BufferedImage(GREY.width(), GREY.height(), type);
    int scale = type == BufferedImage.TYPE_USHORT_GRAY ? 257 : 1;
    for (int i = 0; i < GREY.width() * GREY.height(); i++) {
      image
          .getRaster()
          .setSample(i % GREY.width(), i / GREY.width(), 0, (GREY.rgb()[3 * i] & 0xFF) * scale);
    }
    return image;
  }

  private static RgbImage smooth(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < width * height; i++) {
      rgb[3 * i] = (byte) (i % width * 4);
      rgb[3 * i + 1] = (byte) (i / width * 5);
      rgb[3 * i + 2] = (byte) (200 - i % width * 2 - i / width);
    }
    return new RgbImage(width, height, rgb);
  }

  private static RgbImage grey(RgbImage picture) {
    byte[] rgb = picture.rgb().clone();
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = rgb[i - i % 3];
    }
    return new RgbImage(picture.width(), picture.height(), rgb);
  }

  private static double meanDifference(RgbImage a, RgbImage b) {
    double sum = 0;
    for (int i = 0; i < a.rgb().length; i++) {
      sum += Math.abs((a.rgb()[i] & 0xFF) - (b.rgb()[i] & 0xFF));
    }
    return sum / a.rgb().length;
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
