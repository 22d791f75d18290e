package io.dpiqa.train;

import io.dpiqa.ImageException;
import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.image.BilinearResize;
import io.dpiqa.image.ImageDecoder;
import io.dpiqa.image.RgbImage;
import io.dpiqa.torch.Images;
import io.dpiqa.torch.Torch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Decoded and resized pictures in one file, {@code [N, size, size, 3]} of 8 bits, which is mapped
 * into memory: decoding is done once, and the operating system decides how much stays in memory. A
 * picture that is named several times is there once.
 */
@SuppressWarnings("try") // scopes are opened for their end
final class PixelFile {
  private static final int SEGMENT_LIMIT = 1 << 30;

  private final String key;
  private final int size;

  /** Where in the file each picture is. */
  private final int[] rows;

  private final int perSegment;

  /** How many whole pictures are in memory where one by one would do. */
  static final int AT_A_TIME = 8;

  private final List<MappedByteBuffer> segments;

  private PixelFile(
      String key, int size, int[] rows, int perSegment, List<MappedByteBuffer> segments) {
    this.key = key;
    this.size = size;
    this.rows = rows;
    this.perSegment = perSegment;
    this.segments = segments;
  }

  /**
   * The pixels of these pictures, from the file of an earlier run where there is one.
   *
   * @param folder to keep the file in; its name is a hash of the distinct pictures' files and the
   *     size
   * @throws TrainingException if a picture cannot be decoded, or the disk is too small
   */
  static PixelFile of(List<LabelledImage> images, int size, Path folder) throws IOException {
    return ofFiles(images.stream().map(LabelledImage::file).toList(), size, folder);
  }

  /** As {@link #of}, of pictures by their files. */
  static PixelFile ofFiles(List<Path> images, int size, Path folder) throws IOException {
    List<Path> distinct = images.stream().distinct().toList();
    String what = Integer.toString(size);
    Path file = folder.resolve("pixels-" + key(distinct, what) + ".bin");
    if (!isWhole(file, distinct.size(), size)) {
      build(distinct, size, file);
    }
    int perImage = 3 * size * size;
    int perSegment = Math.max(1, SEGMENT_LIMIT / perImage);
    List<MappedByteBuffer> segments = new ArrayList<>();
    try (FileChannel channel = FileChannel.open(file)) {
      for (int i = 0; i < distinct.size(); i += perSegment) {
        long length = (long) perImage * Math.min(perSegment, distinct.size() - i);
        segments.add(channel.map(FileChannel.MapMode.READ_ONLY, (long) perImage * i, length));
      }
    }
    return new PixelFile(key(images, what), size, rows(images, distinct), perSegment, segments);
  }

  private static int[] rows(List<Path> images, List<Path> distinct) {
    Map<Path, Integer> row = new HashMap<>();
    distinct.forEach(image -> row.put(image, row.size()));
    return images.stream().mapToInt(row::get).toArray();
  }

  /** A hash of pictures' files and of what is made of them. */
  static String key(List<Path> images, String what) throws IOException {
    StringBuilder text = new StringBuilder().append(what);
    for (Path image : images) {
      text.append('\n').append(image.toAbsolutePath().normalize());
      text.append('\t').append(Files.size(image));
      text.append('\t').append(Files.getLastModifiedTime(image));
    }
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(text.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }

  /** How large the file of so many pictures is. */
  static long bytes(int images, int size) {
    return 3L * size * size * images;
  }

  /** How large all files are in a folder and below it. */
  static long bytesIn(Path folder) throws IOException {
    try (Stream<Path> content = Files.walk(folder)) {
      return content
          .filter(file -> file.getFileName().toString().matches("pixels-.*\\.bin"))
          .mapToLong(file -> file.toFile().length())
          .sum();
    }
  }

  /** One at a time, as other runs may want the same file in a shared folder. */
  private static synchronized void build(List<Path> images, int size, Path file)
      throws IOException {
    // Of the same name each time, so that what a killed process left does not stay.
    Path partial = file.resolveSibling(file.getFileName() + ".partial");
    try (FileChannel channel =
            FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.lock()) {
      if (isWhole(file, images.size(), size)) {
        return; // another process made it meanwhile
      }
      channel.truncate(0);
      long length = bytes(images.size(), size);
      if (Files.getFileStore(partial).getUsableSpace() < length) {
        throw new TrainingException(
            "%s: the decoded pictures take %d MB, more than is free there"
                .formatted(file.getParent(), length >> 20));
      }
      ImageDecoder decoder = new ImageDecoder();
      IntStream.range(0, images.size())
          .parallel()
          .forEach(i -> write(decode(decoder, images.get(i), size), channel, i));
      channel.force(false);
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  private static boolean isWhole(Path file, int images, int size) throws IOException {
    return Files.exists(file) && Files.size(file) == bytes(images, size);
  }

  /**
   * A picture as a network reads it, {@code [size, size, 3]}.
   *
   * @throws TrainingException if it cannot be decoded
   */
  static byte[] decode(ImageDecoder decoder, Path image, int size) {
    try {
      RgbImage decoded = decoder.decode(image);
      return BilinearResize.resize(decoded, size, size).rgb();
    } catch (ImageException e) {
      throw new TrainingException(e.getMessage(), e);
    }
  }

  private static void write(byte[] rgb, FileChannel channel, int index) {
    ByteBuffer bytes = ByteBuffer.wrap(rgb);
    long start = (long) index * rgb.length;
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes, start + bytes.position());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A hash of the pictures' files, as often as they are named, and the size. */
  String key() {
    return key;
  }

  /** Whole pictures as the networks read them, {@code [images, 3, size, size]}. */
  Tensor load(int[] images, Device device) {
    int perImage = 3 * size * size;
    byte[] rgb = new byte[Math.multiplyExact(images.length, perImage)];
    for (int i = 0; i < images.length; i++) {
      read(images[i], rgb, i * perImage);
    }
    return Torch.on(device, Images.toTensor(rgb, images.length, size));
  }

  /**
   * Gives whole pictures to a reader, {@value #AT_A_TIME} at a time.
   *
   * @param reader told of {@code [images, 3, size, size]}, which are freed afterwards, and of where
   *     in the array they begin
   */
  void forEach(int[] images, Device device, ObjIntConsumer<Tensor> reader) {
    for (int first = 0; first < images.length; first += AT_A_TIME) {
      int end = Math.min(first + AT_A_TIME, images.length);
      try (PointerScope temporary = new PointerScope()) {
        reader.accept(load(Arrays.copyOfRange(images, first, end), device), first);
      }
    }
  }

  /** Copies a whole picture, {@code [size, size, 3]}, to a place in an array. */
  void read(int image, byte[] to, int offset) {
    int perImage = 3 * size * size;
    segment(image).get(start(image), to, offset, perImage);
  }

  /** A whole picture. */
  RgbImage picture(int image) {
    return part(image, new Region(0, 0, size, size));
  }

  /** A part of a picture. */
  RgbImage part(int image, Region part) {
    MappedByteBuffer segment = segment(image);
    int start = start(image);
    int row = 3 * part.width();
    byte[] rgb = new byte[row * part.height()];
    for (int y = 0; y < part.height(); y++) {
      segment.get(start + 3 * ((part.top() + y) * size + part.left()), rgb, row * y, row);
    }
    return new RgbImage(part.width(), part.height(), rgb);
  }

  private MappedByteBuffer segment(int image) {
    return segments.get(rows[image] / perSegment);
  }

  /** Where in its segment a picture starts. */
  private int start(int image) {
    return rows[image] % perSegment * 3 * size * size;
  }

  /** Mirrors a square picture {@code [side, side, 3]} that lies in an array, left to right. */
  static void mirror(byte[] rgb, int offset, int side) {
    for (int y = 0; y < side; y++) {
      mirrorRow(rgb, offset + 3 * side * y, side);
    }
  }

  /** Reverses the order of a row's pixels. */
  private static void mirrorRow(byte[] rgb, int row, int width) {
    for (int left = row, right = row + 3 * (width - 1); left < right; left += 3, right -= 3) {
      for (int channel = 0; channel < 3; channel++) {
        byte swapped = rgb[left + channel];
        rgb[left + channel] = rgb[right + channel];
        rgb[right + channel] = swapped;
      }
    }
  }
}
