package io.dpiqa.benchmarks;

import io.dpiqa.ImageException;
import io.dpiqa.image.ImageDecoder;
import io.dpiqa.image.RgbImage;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A JPEG file of 12 megapixels (4032 x 3024) to pixels: the project's decoder against plain {@link
 * ImageIO}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class DecodeBenchmark {

  /** Whether the file is a progressive JPEG. */
  @Param({"false", "true"})
  public boolean progressive;

  private final ImageDecoder decoder = new ImageDecoder();
  private Path file;

  /** Writes the photograph. */
  @Setup
  public void write() throws IOException {
    file = Files.createTempFile("dpiqa", ".jpg");
    Photo.writeJpeg(Photo.render(), progressive, file);
  }

  /** Removes it. */
  @TearDown
  public void delete() throws IOException {
    Files.delete(file);
  }

  /** {@link ImageDecoder}. */
  @Benchmark
  public RgbImage dpiqa() throws ImageException {
    return decoder.decode(file);
  }

  /** {@link ImageIO}, with the plugins on the class path. */
  @Benchmark
  public BufferedImage imageIo() throws IOException {
    return ImageIO.read(file.toFile());
  }
}
