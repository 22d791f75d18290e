package io.dpiqa.image;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.sun.management.ThreadMXBean;
import io.dpiqa.ImageException;
import java.awt.image.BufferedImage;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.IIOImage;
import javax.imageio.ImageWriteParam;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class HostileImageTest {

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final long MEMORY = 64 << 20;

  private static final RgbImage PICTURE = Pattern.of(97, 61, 1);

  @TempDir Path directory;

  /** A picture as the only frame of an animation. */
  private static byte[] animatedWebp(byte[] webp) {
    byte[] frame = Arrays.copyOfRange(webp, 12, webp.length);
    ByteBuffer file = ByteBuffer.allocate(74 + frame.length).order(ByteOrder.LITTLE_ENDIAN);
    file.put("RIFF".getBytes(ISO_8859_1)).putInt(66 + frame.length);
    file.put("WEBPVP8X".getBytes(ISO_8859_1)).putInt(10).putInt(2); // has an animation
    put24(file, PICTURE.width() - 1);
    put24(file, PICTURE.height() - 1);
    file.put("ANIM".getBytes(ISO_8859_1)).putInt(6).putInt(0).putShort((short) 0);
    file.put("ANMF".getBytes(ISO_8859_1)).putInt(16 + frame.length);
    put24(file, 0);
    put24(file, 0);
    put24(file, PICTURE.width() - 1);
    put24(file, PICTURE.height() - 1);
    put24(file, 100); // milliseconds
    return file.put((byte) 0).put(frame).array();
  }

  private static void put24(ByteBuffer file, int value) {
    file.putShort((short) value).put((byte) (value >> 16));
  }

  static Stream<Arguments> hostile() {
    byte[] jpeg = Encoded.jpeg(PICTURE);
    byte[] png = Encoded.png(PICTURE);
    byte[] gif = Encoded.write("gif", Encoded.buffered(PICTURE, BufferedImage.TYPE_BYTE_INDEXED));
    byte[] bmp = Encoded.write("bmp", Encoded.buffered(PICTURE, BufferedImage.TYPE_3BYTE_BGR));
    byte[] webp = Encoded.webp(PICTURE);
    int huge = Integer.MAX_VALUE;
    return Stream.of(
        Arguments.of(
            "endlessly narrow PNG",
            Encoded.png(1, 90_000_000, 8, 2, false, new byte[10]),
            "one side more than 10000 times the other"),
        Arguments.of("animated WebP", animatedWebp(webp), "is not read here"),
        Arguments.of("huge JPEG", patched(jpeg, sizeOfJpeg(jpeg), 0xFF, 0xFF, 0xFF, 0xFF), "limit"),
        Arguments.of("JPEG of no height", patched(jpeg, sizeOfJpeg(jpeg), 0, 0), "damaged"),
        Arguments.of("JPEG of no width", patched(jpeg, sizeOfJpeg(jpeg) + 2, 0, 0), "damaged"),
        Arguments.of("JPEG of endless scans", manyScans(), "scans"),
        Arguments.of("huge PNG", Encoded.png(huge, huge, 8, 2, false, new byte[10]), "limit"),
        Arguments.of("PNG of no size", Encoded.png(0, 0, 8, 2, false, new byte[10]), "damaged"),
        Arguments.of(
            "PNG of negative size", Encoded.png(-1, 5, 8, 2, false, new byte[10]), "damaged"),
        Arguments.of(
            "PNG of an unknown kind", Encoded.png(5, 5, 7, 9, false, new byte[10]), "damaged"),
        Arguments.of(
            "PNG without pixels", Encoded.png(50, 50, 8, 2, false, new byte[10]), "truncated"),
        Arguments.of("PNG with nothing but a signature", Arrays.copyOf(png, 8), "truncated"),
        Arguments.of("PNG whose chunk is endless", patched(png, 33, 0x7F, 0xFF, 0xFF, 0xFF), ""),
        Arguments.of("huge GIF", patched(gif, sizeOfGif(gif), 0xFF, 0xFF, 0xFF, 0xFF), "limit"),
        Arguments.of("GIF of no size", patched(gif, sizeOfGif(gif), 0, 0, 0, 0), "damaged"),
        Arguments.of(
            "GIF without a picture", Encoded.concat(Arrays.copyOf(gif, 13), new byte[] {0x3B}), ""),
        Arguments.of("GIF of endless extensions", endlessGif(), ""),
        Arguments.of(
            "huge BMP", patched(bmp, 18, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0x7F), "limit"),
        Arguments.of("BMP of no size", patched(bmp, 18, 0, 0, 0, 0), "damaged"),
        Arguments.of("BMP of negative width", patched(bmp, 18, 0xFF, 0xFF, 0xFF, 0xFF), "damaged"),
        Arguments.of("BMP of least height", patched(bmp, 22, 0, 0, 0, 0x80), ""),
        Arguments.of("huge WebP", hugeWebp(webp), "limit"),
        Arguments.of(
            "WebP of nothing", Encoded.riffChunk("RIFF", "WEBP".getBytes(ISO_8859_1)), "damaged"),
        Arguments.of("huge TIFF", tiff(256, huge, 257, huge), "limit"),
        Arguments.of("TIFF of no size", tiff(256, 0), "damaged"),
        Arguments.of("TIFF without strips", tiff(273, -1), ""),
        Arguments.of("TIFF with a huge compressed strip", tiff(259, 5, 279, huge), ""),
        Arguments.of("TIFF of huge tiles", tiff(322, 1 << 15, 323, 1 << 15, 324, 8, 325, huge), ""),
        Arguments.of("TIFF of large tiles", tiff(322, 20000, 323, 20000, 324, 8, 325, 400), ""),
        Arguments.of("TIFF of thousands of samples", tiff(277, 65535), ""),
        Arguments.of("TIFF that is only a directory loop", loop(false), ""),
        Arguments.of(
            "BigTIFF of zeros", Encoded.concat("II+\0".getBytes(ISO_8859_1), new byte[60]), ""));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostile")
  void isOneClearLine(String kind, byte[] file, String problem) throws Exception {
    Path path = Files.write(directory.resolve("hostile.jpg"), file);

    for (boolean headerOnly : new boolean[] {false, true}) {
      Attempt attempt = attempt(path, headerOnly);

      assertThat(attempt.allocated).as("allocated bytes").isLessThan(MEMORY);
      if (!headerOnly) {
        assertThat(attempt.error).isInstanceOf(ImageException.class);
      }
      if (attempt.error != null) {
        assertThat(attempt.error)
            .isInstanceOf(ImageException.class)
            .hasMessageStartingWith(path + ": ")
            .hasMessageContaining(problem)
            .message()
            .hasLineCount(1)
            .doesNotContain("null");
      }
    }
  }

  static Stream<Arguments> formats() {
    return Stream.of(
        Arguments.of("JPEG", Encoded.jpeg(PICTURE)),
        Arguments.of("PNG", Encoded.png(PICTURE)),
        Arguments.of("WebP", Encoded.webp(PICTURE)),
        Arguments.of(
            "BMP", Encoded.write("bmp", Encoded.buffered(PICTURE, BufferedImage.TYPE_3BYTE_BGR))),
        Arguments.of(
            "GIF",
            Encoded.write("gif", Encoded.buffered(PICTURE, BufferedImage.TYPE_BYTE_INDEXED))),
        Arguments.of("TIFF", Encoded.tiff(PICTURE, Map.of())),
        Arguments.of(
            "compressed TIFF",
            Encoded.write("tiff", Encoded.buffered(PICTURE, BufferedImage.TYPE_3BYTE_BGR))));
  }

  /** Half a picture must not be taken for a whole one. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("formats")
  void truncatedFileIsAnErrorOrStillTheWholePicture(String format, byte[] file) throws Exception {
    byte[] whole = new ImageDecoder().decode(file, format).rgb();
    List<Integer> lengths = new ArrayList<>();
    for (int i = 1; i < 40; i++) {
      lengths.add(file.length * i / 40);
      lengths.add(i);
    }
    lengths.add(file.length - 40);
    for (int length : lengths) {
      Attempt attempt =
          attempt(Files.write(directory.resolve("cut"), Arrays.copyOf(file, length)), false);
      if (attempt.error == null) {
        assertThat(attempt.picture.rgb())
            .as("%d of %d bytes", length, file.length)
            .isEqualTo(whole);
      } else {
        assertThat(attempt.error)
            .as("%d of %d bytes", length, file.length)
            .isInstanceOf(ImageException.class);
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("formats")
  void damagedFileIsAPictureOrOneClearLine(String format, byte[] file) throws Exception {
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      byte[] damaged = file.clone();
      int reach = i % 2 == 0 ? Math.min(200, file.length) : file.length;
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        damaged[random.nextInt(reach)] = (byte) random.nextInt(256);
      }
      Attempt attempt = attempt(Files.write(directory.resolve("damaged"), damaged), false);
      if (attempt.error != null) {
        assertThat(attempt.error)
            .as("%s, damage %d", format, i)
            .isInstanceOf(ImageException.class)
            .message()
            .hasLineCount(1);
      }
    }
  }

  @Test
  void profileBombIsIgnored() throws Exception {
    byte[] bomb = Encoded.withProfile("png", Encoded.png(PICTURE), new byte[100 << 20]);

    Attempt attempt = attempt(Files.write(directory.resolve("bomb.png"), bomb), false);

    assertThat(attempt.picture.rgb()).isEqualTo(PICTURE.rgb());
    assertThat(attempt.allocated).isLessThan(MEMORY);
  }

  @ParameterizedTest
  @MethodSource("textBombs")
  void textBombIsIgnored(String type, byte[] head) throws Exception {
    byte[] data = new byte[4];
    byte[] palette = Encoded.png(3, 1, 8, 3, false, data);
    byte[] withColours = Encoded.withPngChunk(palette, "PLTE", new byte[] {1, 2, 3});
    byte[] bomb =
        Encoded.withPngChunk(
            withColours, type, Encoded.concat(head, Encoded.deflate(new byte[100 << 20])));

    Attempt attempt = attempt(Files.write(directory.resolve("bomb.png"), bomb), false);

    assertThat(attempt.picture.rgb()).isEqualTo(new byte[] {1, 2, 3, 1, 2, 3, 1, 2, 3});
    assertThat(attempt.allocated).isLessThan(MEMORY);
  }

  static Stream<Arguments> textBombs() {
    return Stream.of(
        Arguments.of("zTXt", new byte[] {'x', 0, 0}),
        Arguments.of("iTXt", new byte[] {'x', 0, 1, 0, 0, 0}));
  }

  @Test
  void directoryLoopsInTiffEnd() throws Exception {
    Attempt attempt = attempt(Files.write(directory.resolve("loop.tiff"), loop(true)), false);

    assertThat(attempt.picture.rgb()).isEqualTo(PICTURE.rgb());
    assertThat(attempt.allocated).isLessThan(MEMORY);
  }

  @Test
  void rawFilesAndPreviewsAreNotTakenForPhotographs() throws Exception {
    assertThatThrownBy(
            () ->
                new ImageDecoder()
                    .decode(Encoded.tiff(PICTURE, Map.of(254, new int[] {1})), "a.nef"))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("raw");
    assertThatThrownBy(
            () ->
                new ImageDecoder()
                    .decode(Encoded.tiff(PICTURE, Map.of(50706, new int[] {1})), "a.dng"))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("raw");
  }

  @Test
  void enormousWebpIsNotReadIntoMemory() throws Exception {
    Path file = Files.write(directory.resolve("large.webp"), Encoded.webp(PICTURE));
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 30);
    }

    Attempt attempt = attempt(file, false);

    assertThat(attempt.error).isInstanceOf(ImageException.class).hasMessageContaining("limit");
    assertThat(attempt.allocated).isLessThan(MEMORY);
  }

  @Test
  void pixelLimitIsTheCallersChoice() throws Exception {
    byte[] file = Encoded.png(PICTURE);
    int pixels = PICTURE.width() * PICTURE.height();

    assertThat(new ImageDecoder(pixels).decode(file, "just").rgb()).isEqualTo(PICTURE.rgb());
    assertThatThrownBy(() -> new ImageDecoder(pixels - 1).decode(file, "over"))
        .isInstanceOf(ImageException.class)
        .hasMessage(
            "over: has 97 x 61 pixels, more than the limit of 5916; raise the limit or make it smaller");
    assertThatThrownBy(() -> new ImageDecoder(0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void thingsThatAreNoPicturesAreNamed() throws Exception {
    ImageDecoder decoder = new ImageDecoder();
    Path empty = Files.createFile(directory.resolve("empty.jpg"));

    assertThatThrownBy(() -> decoder.decode(empty))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("is empty");
    assertThatThrownBy(() -> decoder.decode(directory))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("is a directory");
    assertThatThrownBy(() -> decoder.decode(directory.resolve("none.jpg")))
        .isInstanceOf(ImageException.class)
        .hasMessageContaining("does not exist");
    assertThatThrownBy(() -> decoder.decode(new byte[0], "nothing"))
        .isInstanceOf(ImageException.class);
  }

  @Test
  @DisabledOnOs({OS.WINDOWS, OS.MAC})
  void fileWhoseNameIsNoTextIsOneClearLine() throws Exception {
    Path folder = Files.createDirectory(directory.resolve("names"));
    Process touch =
        new ProcessBuilder("sh", "-c", "echo x >\"$1/$(printf 'a\\377.jpg')\"", "sh", folder + "")
            .start();
    assertThat(touch.waitFor()).isZero();
    try (Stream<Path> files = Files.list(folder)) {
      Path file = files.findFirst().orElseThrow();
      assertThatThrownBy(() -> new ImageDecoder().decode(file))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("cannot be opened");
    }
  }

  private record Attempt(RgbImage picture, Throwable error, long allocated) {}

  private static Attempt attempt(Path file, boolean headerOnly) {
    return assertTimeoutPreemptively(
        PATIENCE,
        () -> {
          ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
          long before = threads.getCurrentThreadAllocatedBytes();
          RgbImage picture = null;
          Throwable error = null;
          try {
            if (headerOnly) {
              new ImageDecoder().size(file);
            } else {
              picture = new ImageDecoder().decode(file);
            }
          } catch (Throwable e) {
            error = e;
          }
          return new Attempt(picture, error, threads.getCurrentThreadAllocatedBytes() - before);
        });
  }

  private static byte[] patched(byte[] file, int at, int... values) {
    byte[] patched = file.clone();
    for (int i = 0; i < values.length; i++) {
      patched[at + i] = (byte) values[i];
    }
    return patched;
  }

  private static int sizeOfJpeg(byte[] jpeg) {
    int at = 2;
    while ((jpeg[at + 1] & 0xFD) != 0xC0) {
      at += 2 + (ByteBuffer.wrap(jpeg).getShort(at + 2) & 0xFFFF);
    }
    return at + 5;
  }

  /** A progressive JPEG of nearly 100 megapixels whose first scan is there 300 times. */
  private static byte[] manyScans() {
    byte[] jpeg =
        Encoded.write(
            "jpeg",
            new IIOImage(Encoded.buffered(PICTURE, BufferedImage.TYPE_3BYTE_BGR), null, null),
            param -> param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT));
    byte[] huge = patched(jpeg, sizeOfJpeg(jpeg), 9999 >> 8, 9999 & 0xFF, 9999 >> 8, 9999 & 0xFF);
    int first = marker(huge, 0, 0xDA);
    byte[] scan =
        Arrays.copyOfRange(huge, first, marker(huge, marker(huge, first + 1, 0xC4), 0xC4));
    byte[][] parts = new byte[301][];
    Arrays.fill(parts, scan);
    parts[0] = Arrays.copyOf(huge, first);
    return Encoded.concat(parts);
  }

  private static int marker(byte[] jpeg, int from, int marker) {
    int at = from;
    while ((jpeg[at] & 0xFF) != 0xFF || (jpeg[at + 1] & 0xFF) != marker) {
      at++;
    }
    return at;
  }

  private static int sizeOfGif(byte[] gif) {
    int at = 13 + 3 * 256;
    while (gif[at] == 0x21) {
      at += 2;
      while (gif[at] != 0) {
        at += 1 + (gif[at] & 0xFF);
      }
      at++;
    }
    return at + 5;
  }

  private static byte[] endlessGif() {
    byte[] file = new byte[1 << 20];
    for (int i = 0; i + 5 <= file.length; i += 5) {
      System.arraycopy(new byte[] {0x21, (byte) 0xFE, 1, 'x', 0}, 0, file, i, 5);
    }
    return Encoded.concat("GIF89a\5\0\5\0\0\0\0".getBytes(ISO_8859_1), file);
  }

  /**
   * The lossless bitstream begins with a byte 2F and 14 bits each of width and height, less one.
   */
  private static byte[] hugeWebp(byte[] webp) {
    return patched(webp, 21, 0xFF, 0xFF, 0xFF, 0x0F);
  }

  private static byte[] tiff(int... tagsAndValues) {
    Map<Integer, int[]> tags = new HashMap<>();
    for (int i = 0; i < tagsAndValues.length; i += 2) {
      tags.put(tagsAndValues[i], new int[] {tagsAndValues[i + 1]});
    }
    return Encoded.tiff(PICTURE, tags);
  }

  /** Its directory names itself as the next one. */
  private static byte[] loop(boolean withPicture) {
    byte[] file = Encoded.tiff(PICTURE, withPicture ? Map.of() : Map.of(273, new int[] {1 << 30}));
    ByteBuffer buffer = ByteBuffer.wrap(file);
    buffer.order(ByteOrder.LITTLE_ENDIAN);
    int first = buffer.getInt(4);
    buffer.putInt(first + 2 + 12 * buffer.getShort(first), first);
    return file;
  }
}
