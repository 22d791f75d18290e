package io.dpiqa.image;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.bmp.BMPImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import com.twelvemonkeys.imageio.stream.BufferedFileImageInputStreamSpi;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import io.dpiqa.ImageException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStream;

/**
 * Reads photographs: JPEG, PNG, WebP, BMP, GIF (the first picture) and TIFF (the first page),
 * whatever the file is called.
 *
 * <p>The result is upright (EXIF orientation is applied) and in sRGB of 8 bits (an embedded ICC
 * profile is converted; CMYK too). Samples of other depths are scaled and rounded to the nearest,
 * grey is repeated three times, and a picture with transparency is laid over white. A broken
 * profile is ignored.
 *
 * <p>The size is read from the file's header and checked before anything of that size is allocated.
 * A file that is empty, truncated, damaged or hostile is an {@link ImageException} and nothing
 * else. Instances are immutable and may be shared.
 */
public final class ImageDecoder {

  /** Pictures of more pixels than this are refused unless the caller says otherwise. */
  public static final int DEFAULT_PIXEL_LIMIT = 100_000_000;

  /** To widen a hundred million rows of one pixel takes minutes, and no photograph has them. */
  private static final int MOST_ELONGATED = 10_000;

  /** The largest limit that there can be: more pixels are more bytes than an array holds. */
  public static final int HIGHEST_PIXEL_LIMIT = (Integer.MAX_VALUE - 8) / 3;

  /** The decoder of WebP reads the whole file into memory before it looks at its header. */
  private static final long MAX_WEBP_BYTES = 256 << 20;

  private final int pixelLimit;

  /** A decoder for pictures of up to {@link #DEFAULT_PIXEL_LIMIT} pixels. */
  public ImageDecoder() {
    this(DEFAULT_PIXEL_LIMIT);
  }

  /**
   * @param pixelLimit the most pixels that a picture may have, 1 to 715,827,879
   */
  public ImageDecoder(int pixelLimit) {
    if (pixelLimit < 1 || pixelLimit > HIGHEST_PIXEL_LIMIT) {
      throw new IllegalArgumentException(
          "pixel limit " + pixelLimit + " is not within 1 to " + HIGHEST_PIXEL_LIMIT);
    }
    this.pixelLimit = pixelLimit;
  }

  /**
   * Decodes a file.
   *
   * @throws ImageException if it cannot be read as a picture, or has too many pixels
   * @throws CancellationException if the thread is interrupted while the file is read; it stays
   *     marked as interrupted
   */
  public RgbImage decode(Path file) throws ImageException {
    return read(file, this::decode);
  }

  /**
   * Decodes a picture in memory.
   *
   * @param encoded a whole file
   * @param name what to call the picture in error messages
   * @throws ImageException if it cannot be read as a picture, or has too many pixels
   */
  public RgbImage decode(byte[] encoded, String name) throws ImageException {
    return read(encoded, name, this::decode);
  }

  /**
   * Reads no more than a file's header.
   *
   * @throws ImageException if it cannot be read as a picture, or has too many pixels
   */
  public ImageSize size(Path file) throws ImageException {
    return read(file, ImageDecoder::size);
  }

  /**
   * Reads no more than the header of a picture in memory.
   *
   * @param encoded a whole file
   * @param name what to call the picture in error messages
   * @throws ImageException if it cannot be read as a picture, or has too many pixels
   */
  public ImageSize size(byte[] encoded, String name) throws ImageException {
    return read(encoded, name, ImageDecoder::size);
  }

  /** Converts a decoded picture by the same rules: grey, depth, palette, transparency. */
  public static RgbImage convert(BufferedImage image) {
    return RgbConverter.convert(image, colourSpaceProfile(image.getColorModel()).orElse(null));
  }

  @FunctionalInterface
  private interface Reading<T> {
    T of(Source source) throws IOException, ImageException;
  }

  /** An open picture whose size is known and allowed. */
  private record Source(
      String name,
      ImageReader reader,
      int width,
      int height,
      Orientation orientation,
      Optional<byte[]> icc) {}

  private <T> T read(Path file, Reading<T> reading) throws ImageException {
    String name = file.toString();
    if (Files.isDirectory(file)) {
      throw new ImageException(name, "is a directory; name the pictures in it");
    }
    if (!Files.exists(file)) {
      throw new ImageException(name, "does not exist; check its name");
    }
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new ImageException(
          name, "is not a file that can be read; check its type and permissions");
    }
    try (ImageInputStream in = stream(file)) {
      if (in == null) {
        throw new ImageException(
            name, "cannot be opened; its name is no text in this locale, or it is gone: rename it");
      }
      return read(in, name, reading);
    } catch (IOException e) {
      throw unreadable(name, "cannot be read (" + e.getMessage() + ")", e);
    } catch (OutOfMemoryError e) {
      throw tooLarge(name, e);
    }
  }

  /** Null if there is no such file by the name that Java makes of it. */
  private static ImageInputStream stream(Path file) throws IOException {
    // What is in an archive, for instance, is no file to the image libraries.
    return file.getFileSystem().equals(FileSystems.getDefault())
        ? new BufferedFileImageInputStreamSpi().createInputStreamInstance(file.toFile())
        : new ByteArrayImageInputStream(Files.readAllBytes(file));
  }

  /**
   * The error to throw.
   *
   * @throws CancellationException if it is not about the picture: the thread was interrupted
   */
  private static ImageException unreadable(String name, String problem, Throwable cause) {
    for (Throwable e = cause; e != null; e = e.getCause()) {
      if (e instanceof ClosedByInterruptException) {
        CancellationException interrupted =
            new CancellationException("reading " + name + " was interrupted");
        interrupted.initCause(cause);
        throw interrupted;
      }
    }
    return new ImageException(name, problem, cause);
  }

  private static ImageException tooLarge(String name, OutOfMemoryError cause) {
    return new ImageException(
        name, "needs more memory than Java has left; raise -Xmx or make it smaller", cause);
  }

  private <T> T read(byte[] encoded, String name, Reading<T> reading) throws ImageException {
    try (ImageInputStream in = new ByteArrayImageInputStream(encoded)) {
      return read(in, name, reading);
    } catch (IOException e) {
      throw new ImageException(name, "cannot be read (" + e.getMessage() + ")", e);
    }
  }

  private <T> T read(ImageInputStream in, String name, Reading<T> reading)
      throws IOException, ImageException {
    byte[] head = new byte[ImageFormat.HEAD_BYTES];
    int length = Math.max(0, in.read(head));
    if (length == 0) {
      throw new ImageException(name, "is empty; copy or download it again");
    }
    byte[] magic = Arrays.copyOf(head, length);
    ImageFormat format =
        ImageFormat.of(magic)
            .orElseThrow(() -> new ImageException(name, ImageFormat.explain(magic)));
    if (format == ImageFormat.WEBP && in.length() > MAX_WEBP_BYTES) {
      throw new ImageException(
          name,
          "has %d bytes, more than the limit of %d for WebP; convert it first"
              .formatted(in.length(), MAX_WEBP_BYTES));
    }
    ImageReader reader = null;
    try {
      EmbeddedMetadata metadata = EmbeddedMetadata.of(format, in);
      in.seek(0);
      reader = reader(format);
      reader.setInput(in, true, format != ImageFormat.TIFF);
      return reading.of(open(name, format, in, reader, metadata));
    } catch (LinkageError e) {
      throw new ImageException(
          name,
          "is a "
              + format.label()
              + " picture, whose decoder does not run on this platform; convert it to PNG first",
          e);
    } catch (OutOfMemoryError e) {
      throw tooLarge(name, e);
    } catch (IOException | RuntimeException | StackOverflowError e) {
      throw unreadable(name, problem(format, e), e);
    } finally {
      if (reader != null) {
        reader.dispose();
      }
    }
  }

  private Source open(
      String name,
      ImageFormat format,
      ImageInputStream in,
      ImageReader reader,
      EmbeddedMetadata metadata)
      throws IOException, ImageException {
    int width = reader.getWidth(0);
    int height = reader.getHeight(0);
    if (width < 1 || height < 1) {
      throw new ImageException(
          name, "says that it is %d x %d pixels; it is damaged".formatted(width, height));
    }
    if ((long) width * height > pixelLimit) {
      throw new ImageException(
          name,
          "has %d x %d pixels, more than the limit of %d; %smake it smaller"
              .formatted(
                  width,
                  height,
                  pixelLimit,
                  (long) width * height > HIGHEST_PIXEL_LIMIT ? "" : "raise the limit or "));
    }
    if (Math.max(width, height) > (long) MOST_ELONGATED * Math.min(width, height)) {
      throw new ImageException(
          name,
          "has %d x %d pixels, one side more than %d times the other; cut it into parts"
              .formatted(width, height, MOST_ELONGATED));
    }
    int orientation = metadata.orientation();
    if (format == ImageFormat.JPEG) {
      JpegScans.validate(in, (long) width * height);
      in.seek(0);
    } else if (format == ImageFormat.TIFF) {
      TiffDirectory directory = new TiffDirectory(reader);
      if (directory.isCameraRaw()) {
        throw new ImageException(
            name, "is a camera raw file; develop it to JPEG, PNG or TIFF first");
      }
      directory.validate(in, width, height);
      orientation = directory.orientation();
    }
    return new Source(
        name,
        reader,
        width,
        height,
        Orientation.of(orientation, width, height),
        Optional.ofNullable(metadata.icc()));
  }

  private static String problem(ImageFormat format, Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof EOFException) {
        return "is truncated; copy or download it again";
      }
    }
    String detail =
        thrown instanceof IOException && thrown.getMessage() != null
            ? " (" + thrown.getMessage() + ")"
            : "";
    return isUnknownKind(detail)
        ? "is a %s file of a kind that is not read here%s; convert it to PNG first"
            .formatted(format.label(), detail)
        : "is a damaged %s file%s; copy or download it again".formatted(format.label(), detail);
  }

  /** Animated WebP, and TIFF compressed by a newer method: by what the decoders say of them. */
  private static boolean isUnknownKind(String detail) {
    return detail.contains("UNSUPPORTED_FEATURE")
        || detail.contains("Unknown TIFF Compression value");
  }

  private static ImageSize size(Source source) {
    return new ImageSize(source.orientation.width(), source.orientation.height());
  }

  private RgbImage decode(Source source) throws IOException, ImageException {
    ImageReader reader = source.reader;
    StringBuilder truncation = new StringBuilder();
    reader.addIIOReadWarningListener(
        (from, warning) -> {
          if (warning.contains("remature end")) {
            truncation.append(warning);
          }
        });
    ImageReadParam param = reader.getDefaultReadParam();
    byte[] rgb = null;
    if (isRgb(firstType(reader))) {
      rgb = new byte[3 * source.width * source.height];
      param.setDestination(wrap(rgb, source.width, source.height));
    }
    BufferedImage image = reader.read(0, param);
    if (truncation.length() > 0) {
      throw new ImageException(source.name, "is truncated; copy or download it again");
    }
    ColorModel colours = image.getColorModel();
    Optional<ColorProfile> profile =
        source.icc.isPresent()
            ? source.icc.flatMap(icc -> ColorProfile.of(icc, colours.getNumColorComponents()))
            : colourSpaceProfile(colours);
    RgbImage stored =
        rgb != null && profile.isEmpty()
            ? new RgbImage(source.width, source.height, rgb)
            : RgbConverter.convert(image, profile.orElse(null));
    return source.orientation.turn(stored);
  }

  /**
   * Java's own grey is left alone: it claims to be linear light, and decoders give it to every grey
   * picture.
   */
  private static Optional<ColorProfile> colourSpaceProfile(ColorModel model) {
    ColorSpace space = model.getColorSpace();
    boolean embedded =
        !space.isCS_sRGB() && !space.equals(ColorSpace.getInstance(ColorSpace.CS_GRAY));
    return embedded && model instanceof ComponentColorModel && space instanceof ICC_ColorSpace icc
        ? ColorProfile.of(icc.getProfile(), model.getNumColorComponents())
        : Optional.empty();
  }

  private static ColorModel firstType(ImageReader reader) throws IOException {
    Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
    return types.hasNext() ? types.next().getColorModel() : null;
  }

  private static boolean isRgb(ColorModel model) {
    return model instanceof ComponentColorModel
        && model.getColorSpace().isCS_sRGB()
        && model.getNumComponents() == 3
        && model.getTransferType() == DataBuffer.TYPE_BYTE;
  }

  /** A picture over an RGB array: decoders write into it and nothing has to be copied. */
  private static BufferedImage wrap(byte[] rgb, int width, int height) {
    WritableRaster raster =
        Raster.createInterleavedRaster(
            new DataBufferByte(rgb, rgb.length),
            width,
            height,
            3 * width,
            3,
            new int[] {0, 1, 2},
            null);
    ColorModel model =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            false,
            false,
            ColorModel.OPAQUE,
            DataBuffer.TYPE_BYTE);
    return new BufferedImage(model, raster, false, null);
  }

  private static ImageReader reader(ImageFormat format) throws IOException {
    return switch (format) {
      case JPEG -> registered(JPEGImageReaderSpi.class);
      case TIFF -> new TIFFImageReaderSpi().createReaderInstance(null);
      case BMP -> new BMPImageReaderSpi().createReaderInstance(null);
      case WEBP -> new WebPImageReaderSpi().createReaderInstance(null);
      case PNG -> ImageIO.getImageReadersByFormatName("png").next();
      case GIF -> ImageIO.getImageReadersByFormatName("gif").next();
    };
  }

  /** TwelveMonkeys' JPEG reader works through the JDK's, which only the registry can give it. */
  private static ImageReader registered(Class<? extends ImageReaderSpi> type) throws IOException {
    return IIORegistry.getDefaultInstance()
        .getServiceProviderByClass(type)
        .createReaderInstance(null);
  }
}
