package io.dpiqa.image;

import com.twelvemonkeys.imageio.metadata.Entry;
import com.twelvemonkeys.imageio.metadata.tiff.TIFF;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageMetadata;
import java.io.EOFException;
import java.io.IOException;
import java.lang.reflect.Array;
import javax.imageio.IIOException;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;

/** The tags of a TIFF file's first page that its decoder leaves to others. */
final class TiffDirectory {

  private static final int DNG_VERSION = 50706;
  private static final int REDUCED_RESOLUTION = 1;
  private static final int MAX_SAMPLES = 8;
  private static final int MAX_TILE_PADDING = 1024;

  private final TIFFImageMetadata metadata;

  TiffDirectory(ImageReader reader) throws IOException {
    metadata = (TIFFImageMetadata) reader.getImageMetadata(0);
  }

  int orientation() {
    return (int) number(TIFF.TAG_ORIENTATION, 1);
  }

  /**
   * Camera raw files are TIFF files too; what a TIFF decoder sees of them is a thumbnail or
   * undeveloped sensor values.
   */
  boolean isCameraRaw() {
    return metadata.getTIFFField(DNG_VERSION) != null
        || (number(TIFF.TAG_SUBFILE_TYPE, 0) & REDUCED_RESOLUTION) != 0;
  }

  /**
   * Refuses what would make the decoder allocate much more than the picture needs, or read outside
   * the file.
   */
  void validate(ImageInputStream in, int width, int height) throws IOException {
    long samples = number(TIFF.TAG_SAMPLES_PER_PIXEL, 1);
    if (samples < 1 || samples > MAX_SAMPLES) {
      throw new IIOException(samples + " samples a pixel");
    }
    long tileWidth = number(TIFF.TAG_TILE_WIDTH, 0);
    long tileHeight = number(TIFF.TAG_TILE_HEIGTH, 0);
    if (tileWidth > width + MAX_TILE_PADDING || tileHeight > height + MAX_TILE_PADDING) {
      throw new IIOException("tiles of " + tileWidth + " x " + tileHeight + " pixels");
    }
    for (int tag : new int[] {TIFF.TAG_STRIP_OFFSETS, TIFF.TAG_TILE_OFFSETS}) {
      for (long offset : numbers(tag)) {
        if (offset < 0 || offset >= in.length()) {
          throw new EOFException();
        }
      }
    }
  }

  private long number(int tag, long otherwise) {
    long[] numbers = numbers(tag);
    return numbers.length == 0 ? otherwise : numbers[0];
  }

  private long[] numbers(int tag) {
    Entry entry = metadata.getTIFFField(tag);
    Object value = entry == null ? null : entry.getValue();
    if (value instanceof Number number) {
      return new long[] {number.longValue()};
    }
    if (value == null || !value.getClass().isArray()) {
      return new long[0];
    }
    long[] numbers = new long[Array.getLength(value)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = Array.getLong(value, i);
    }
    return numbers;
  }
}
