package io.dpiqa.image;

import com.drew.imaging.jpeg.JpegProcessingException;
import com.drew.imaging.jpeg.JpegSegmentReader;
import com.drew.imaging.jpeg.JpegSegmentType;
import com.drew.lang.ByteArrayReader;
import com.drew.lang.StreamReader;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import com.twelvemonkeys.imageio.util.IIOUtil;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.zip.InflaterInputStream;
import javax.imageio.stream.ImageInputStream;

/**
 * What stands beside the pixels of a picture and matters to how they look.
 *
 * <p>What is broken or too large is left out: a picture is not refused for its metadata.
 */
final class EmbeddedMetadata {

  /** Larger than any profile in use; a profile beyond it is taken for a decompression bomb. */
  private static final int MAX_BLOCK_BYTES = 4 << 20;

  /** More chunks than any real picture has. */
  private static final int MAX_CHUNKS = 1 << 20;

  private static final byte[] EXIF_PREAMBLE = {'E', 'x', 'i', 'f', 0, 0};

  private byte[] exif;
  private byte[] icc;

  private EmbeddedMetadata() {}

  /** Reads from the beginning of the stream, which may be left anywhere. */
  static EmbeddedMetadata of(ImageFormat format, ImageInputStream in) {
    EmbeddedMetadata metadata = new EmbeddedMetadata();
    try {
      switch (format) {
        case JPEG -> metadata.readJpeg(in);
        case PNG -> metadata.readPng(in);
        case WEBP -> metadata.readWebp(in);
        default -> {
          // GIF and BMP have none; TIFF's is among the tags that its decoder reads.
        }
      }
    } catch (IOException | JpegProcessingException e) {
      // Whether the pixels are whole is for the decoder to find out.
    }
    return metadata;
  }

  /** The ICC profile of a PNG or WebP picture, or null; a JPEG's is for its decoder to find. */
  byte[] icc() {
    return icc;
  }

  /** EXIF orientation, 1 to 8; 1 if there is none. */
  int orientation() {
    if (exif == null) {
      return 1;
    }
    Metadata metadata = new Metadata();
    new ExifReader()
        .extract(
            new ByteArrayReader(exif),
            metadata,
            startsWithPreamble(exif) ? EXIF_PREAMBLE.length : 0);
    ExifIFD0Directory directory = metadata.getFirstDirectoryOfType(ExifIFD0Directory.class);
    Integer orientation =
        directory == null ? null : directory.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
    return orientation == null ? 1 : orientation;
  }

  private static boolean startsWithPreamble(byte[] block) {
    return block.length >= EXIF_PREAMBLE.length
        && Arrays.equals(block, 0, EXIF_PREAMBLE.length, EXIF_PREAMBLE, 0, EXIF_PREAMBLE.length);
  }

  private void readJpeg(ImageInputStream in) throws IOException, JpegProcessingException {
    in.seek(0);
    StreamReader reader = new StreamReader(IIOUtil.createStreamAdapter(in));
    for (byte[] segment :
        JpegSegmentReader.readSegments(reader, List.of(JpegSegmentType.APP1))
            .getSegments(JpegSegmentType.APP1)) {
      if (startsWithPreamble(segment)) {
        exif = segment;
        return;
      }
    }
  }

  private void readPng(ImageInputStream in) throws IOException {
    in.seek(8);
    in.setByteOrder(ByteOrder.BIG_ENDIAN);
    for (int chunk = 0; chunk < MAX_CHUNKS; chunk++) {
      long length = in.readUnsignedInt();
      int type = in.readInt();
      long next = in.getStreamPosition() + length + 4;
      switch (type) {
        case 0x69434350 -> icc = inflateProfile(block(in, length)); // iCCP
        case 0x65584966 -> exif = block(in, length); // eXIf
        case 0x49454E44 -> { // IEND
          return;
        }
        default -> {}
      }
      in.seek(next);
    }
  }

  private void readWebp(ImageInputStream in) throws IOException {
    in.seek(12);
    in.setByteOrder(ByteOrder.LITTLE_ENDIAN);
    for (int chunk = 0; chunk < MAX_CHUNKS; chunk++) {
      int type = in.readInt();
      long length = in.readUnsignedInt();
      long next = in.getStreamPosition() + length + length % 2;
      switch (type) {
        case 0x50434349 -> icc = block(in, length); // ICCP
        case 0x46495845 -> exif = block(in, length); // EXIF
        default -> {}
      }
      in.seek(next);
    }
  }

  private static byte[] block(ImageInputStream in, long length) throws IOException {
    if (length > MAX_BLOCK_BYTES) {
      return null;
    }
    byte[] block = new byte[(int) length];
    in.readFully(block);
    return block;
  }

  /** An iCCP chunk is a name, a zero byte, a method byte and the deflated profile. */
  private static byte[] inflateProfile(byte[] chunk) throws IOException {
    int name = 0;
    while (chunk != null && name < chunk.length && chunk[name] != 0) {
      name++;
    }
    if (chunk == null || name + 2 > chunk.length) {
      return null;
    }
    try (var inflater =
        new InflaterInputStream(
            new ByteArrayInputStream(chunk, name + 2, chunk.length - name - 2))) {
      byte[] profile = inflater.readNBytes(MAX_BLOCK_BYTES + 1);
      return profile.length > MAX_BLOCK_BYTES ? null : profile;
    }
  }
}
