package io.dpiqa.image;

import java.awt.image.BufferedImage;
import java.awt.image.RenderedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.assertj.core.api.Assertions;

/**
 * Makes picture files in memory: what the writers at hand can make, and blocks put into them by
 * hand.
 */
final class Encoded {

  private Encoded() {}

  static BufferedImage buffered(RgbImage picture, int type) {
    BufferedImage image = new BufferedImage(picture.width(), picture.height(), type);
    byte[] rgb = picture.rgb();
    for (int i = 0; i < rgb.length; i += 3) {
      image.setRGB(
          i / 3 % picture.width(),
          i / 3 / picture.width(),
          0xFF000000 | (rgb[i] & 0xFF) << 16 | (rgb[i + 1] & 0xFF) << 8 | (rgb[i + 2] & 0xFF));
    }
    return image;
  }

  static byte[] write(String format, RenderedImage image) {
    return write(format, new IIOImage(image, null, null), param -> {});
  }

  static byte[] write(String format, IIOImage image, Consumer<ImageWriteParam> settings) {
    Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName(format);
    Assertions.assertThat(writers.hasNext()).as("a writer for " + format).isTrue();
    ImageWriter writer = writers.next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      settings.accept(param);
      writer.setOutput(out);
      writer.write(null, image, param);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  static byte[] jpeg(RgbImage picture) {
    IIOImage image = new IIOImage(buffered(picture, BufferedImage.TYPE_3BYTE_BGR), null, null);
    return write("jpeg", image, Encoded::bestQuality);
  }

  static void bestQuality(ImageWriteParam param) {
    param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    param.setCompressionQuality(1);
  }

  static byte[] png(RgbImage picture) {
    return write("png", buffered(picture, BufferedImage.TYPE_3BYTE_BGR));
  }

  static byte[] webp(RgbImage picture) {
    return write(
        "webp",
        new IIOImage(buffered(picture, BufferedImage.TYPE_3BYTE_BGR), null, null),
        param -> {
          param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
          param.setCompressionType("Lossless");
        });
  }

  static byte[] withExif(String format, byte[] file, byte[] exif) {
    return switch (format) {
      case "jpeg" ->
          withJpegSegment(
              file, 0xE1, concat("Exif\0\0".getBytes(StandardCharsets.ISO_8859_1), exif));
      case "png" -> withPngChunk(file, "eXIf", exif);
      case "webp" -> withWebpChunk(file, "EXIF", exif);
      default -> throw new IllegalArgumentException(format);
    };
  }

  static byte[] withProfile(String format, byte[] file, byte[] icc) {
    return switch (format) {
      case "jpeg" -> {
        byte[] head = "ICC_PROFILE\0\1\1".getBytes(StandardCharsets.ISO_8859_1);
        yield withJpegSegment(file, 0xE2, concat(head, icc));
      }
      case "png" -> withPngChunk(file, "iCCP", concat(new byte[] {'x', 0, 0}, deflate(icc)));
      case "webp" -> withWebpChunk(file, "ICCP", icc);
      default -> throw new IllegalArgumentException(format);
    };
  }

  /** After the JFIF segment, which comes first. */
  static byte[] withJpegSegment(byte[] jpeg, int marker, byte[] content) {
    int at = 4 + ByteBuffer.wrap(jpeg).getShort(4);
    ByteBuffer segment = ByteBuffer.allocate(4 + content.length);
    segment.putShort((short) (0xFF00 | marker)).putShort((short) (2 + content.length)).put(content);
    return insert(jpeg, at, segment.array());
  }

  /** After IHDR. */
  static byte[] withPngChunk(byte[] png, String type, byte[] content) {
    return insert(png, 33, pngChunk(type, content));
  }

  static byte[] pngChunk(String type, byte[] content) {
    byte[] name = type.getBytes(StandardCharsets.ISO_8859_1);
    CRC32 crc = new CRC32();
    crc.update(name);
    crc.update(content);
    return ByteBuffer.allocate(12 + content.length)
        .putInt(content.length)
        .put(name)
        .put(content)
        .putInt((int) crc.getValue())
        .array();
  }

  /** A PNG file of the given header and (not yet deflated) data. */
  static byte[] png(
      int width, int height, int depth, int colourType, boolean interlaced, byte[] data) {
    byte[] header =
        ByteBuffer.allocate(13)
            .putInt(width)
            .putInt(height)
            .put((byte) depth)
            .put((byte) colourType)
            .put((byte) 0)
            .put((byte) 0)
            .put((byte) (interlaced ? 1 : 0))
            .array();
    return concat(
        "\u0089PNG\r\n\u001A\n".getBytes(StandardCharsets.ISO_8859_1),
        pngChunk("IHDR", header),
        pngChunk("IDAT", deflate(data)),
        pngChunk("IEND", new byte[0]));
  }

  /**
   * Makes a simple WebP file an extended one and adds a chunk, ICCP before the pixels and EXIF
   * after them.
   */
  private static byte[] withWebpChunk(byte[] webp, String type, byte[] content) {
    BufferedImage size = decode(webp);
    byte[] pixels = Arrays.copyOfRange(webp, 12, webp.length);
    ByteBuffer extended = ByteBuffer.allocate(10);
    extended.put((byte) (type.equals("ICCP") ? 0x20 : 0x08)).put(new byte[3]);
    put24(extended, size.getWidth() - 1);
    put24(extended, size.getHeight() - 1);
    byte[] chunk = riffChunk(type, content);
    byte[] header = riffChunk("VP8X", extended.array());
    byte[] body =
        type.equals("ICCP") ? concat(header, chunk, pixels) : concat(header, pixels, chunk);
    return riffChunk("RIFF", concat("WEBP".getBytes(StandardCharsets.ISO_8859_1), body));
  }

  private static BufferedImage decode(byte[] file) {
    try {
      return ImageIO.read(new ByteArrayInputStream(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void put24(ByteBuffer buffer, int value) {
    buffer.put((byte) value).put((byte) (value >> 8)).put((byte) (value >> 16));
  }

  static byte[] riffChunk(String type, byte[] content) {
    return ByteBuffer.allocate(8 + content.length + content.length % 2)
        .put(type.getBytes(StandardCharsets.ISO_8859_1))
        .putInt(Integer.reverseBytes(content.length))
        .put(content)
        .array();
  }

  /** An EXIF block (a TIFF file without pixels) that says how to turn the picture. */
  static byte[] exif(int orientation) {
    return tiff(new TreeMap<>(Map.of(274, new int[] {orientation})), new byte[0]);
  }

  /** An uncompressed RGB TIFF file. */
  static byte[] tiff(RgbImage picture, Map<Integer, int[]> more) {
    TreeMap<Integer, int[]> tags = new TreeMap<>();
    tags.put(256, new int[] {picture.width()});
    tags.put(257, new int[] {picture.height()});
    tags.put(258, new int[] {8, 8, 8});
    tags.put(259, new int[] {1});
    tags.put(262, new int[] {2});
    tags.put(273, new int[] {8});
    tags.put(277, new int[] {3});
    tags.put(278, new int[] {picture.height()});
    tags.put(279, new int[] {picture.rgb().length});
    tags.putAll(more);
    return tiff(tags, picture.rgb());
  }

  /** A TIFF file: pixels at byte 8, then one directory, then the values that do not fit it. */
  static byte[] tiff(SortedMap<Integer, int[]> tags, byte[] pixels) {
    int directory = 8 + pixels.length;
    int outside = directory + 2 + 12 * tags.size() + 4;
    int size = outside + tags.values().stream().mapToInt(values -> 4 * values.length).sum();
    ByteBuffer file = ByteBuffer.allocate(size);
    file.order(ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(directory).put(pixels);
    file.putShort((short) tags.size());
    for (Map.Entry<Integer, int[]> tag : tags.entrySet()) {
      int[] values = tag.getValue();
      boolean bytes = tag.getKey() == 34675;
      boolean shorts = tag.getKey() == 258 || tag.getKey() == 274;
      file.putShort(tag.getKey().shortValue())
          .putShort((short) (bytes ? 7 : shorts ? 3 : 4))
          .putInt(values.length);
      int width = bytes ? 1 : shorts ? 2 : 4;
      int at = values.length * width <= 4 ? file.position() : outside;
      for (int i = 0; i < values.length; i++) {
        switch (width) {
          case 1 -> file.put(at + i, (byte) values[i]);
          case 2 -> file.putShort(at + 2 * i, (short) values[i]);
          default -> file.putInt(at + 4 * i, values[i]);
        }
      }
      if (at == outside) {
        file.putInt(file.position(), outside);
        outside += values.length * width;
      }
      file.position(file.position() + 4);
    }
    return file.array();
  }

  static byte[] deflate(byte[] data) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(bytes)) {
      out.write(data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }

  private static byte[] insert(byte[] file, int at, byte[] block) {
    return concat(Arrays.copyOf(file, at), block, Arrays.copyOfRange(file, at, file.length));
  }
}
