package io.dpiqa;

import io.dpiqa.image.ImageDecoder;
import java.util.Objects;

/**
 * How to score. But for the device, and for the last bits with low memory, no option changes a
 * score.
 *
 * @param pixelLimit pictures of more pixels than this are refused before memory is taken for them,
 *     1 to 715,827,879
 * @param threads how many processor cores to use, at least 1
 * @param lowMemory whether weights that a model stores as 16-bit floats stay so in memory, and
 *     others in the file: less memory, and more time for each picture
 * @param device what the network runs on
 */
public record ScoringOptions(int pixelLimit, int threads, boolean lowMemory, Device device) {

  /** What a network can run on. */
  public enum Device {
    /** The processor. */
    CPU,
    /**
     * The first NVIDIA GPU. This needs ONNX Runtime's CUDA build on the class path, in place of the
     * usual one.
     */
    CUDA
  }

  /** Pictures of up to {@value ImageDecoder#DEFAULT_PIXEL_LIMIT} pixels, on all cores. */
  public static final ScoringOptions DEFAULT =
      new ScoringOptions(
          ImageDecoder.DEFAULT_PIXEL_LIMIT,
          Runtime.getRuntime().availableProcessors(),
          false,
          Device.CPU);

  /**
   * @throws IllegalArgumentException if the limit or the threads are out of range
   */
  public ScoringOptions {
    Objects.requireNonNull(device);
    if (pixelLimit < 1 || pixelLimit > ImageDecoder.HIGHEST_PIXEL_LIMIT) {
      throw new IllegalArgumentException(
          "pixel limit %d is not within 1 to %d"
              .formatted(pixelLimit, ImageDecoder.HIGHEST_PIXEL_LIMIT));
    }
    if (threads < 1) {
      throw new IllegalArgumentException(threads + " threads are fewer than 1");
    }
  }

  /** The same with another limit on the pixels of one picture. */
  public ScoringOptions withPixelLimit(int pixels) {
    return new ScoringOptions(pixels, threads, lowMemory, device);
  }

  /** The same on so many processor cores. */
  public ScoringOptions withThreads(int count) {
    return new ScoringOptions(pixelLimit, count, lowMemory, device);
  }

  /** The same in less memory, or not. */
  public ScoringOptions withLowMemory(boolean low) {
    return new ScoringOptions(pixelLimit, threads, low, device);
  }

  /** The same on another device. */
  public ScoringOptions withDevice(Device newDevice) {
    return new ScoringOptions(pixelLimit, threads, lowMemory, newDevice);
  }
}
