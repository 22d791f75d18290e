package io.dpiqa.benchmarks;

import io.dpiqa.image.BilinearResize;
import io.dpiqa.image.ImageDecoder;
import io.dpiqa.image.RgbImage;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A photograph of 12 megapixels (4032 x 3024) to the 512 x 512 that the network reads: Pillow's
 * antialiased filter against Java2D's bilinear, which looks at four pixels for each that it writes
 * and skips the rest. Megapixels a second are 12.19 over the seconds.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class ResizeBenchmark {

  private static final int SIDE = 512;

  private RgbImage photo;
  private BufferedImage buffered;

  /** Renders the photograph. */
  @Setup
  public void render() {
    buffered = Photo.render();
    photo = ImageDecoder.convert(buffered);
  }

  /** {@link BilinearResize}. */
  @Benchmark
  public RgbImage pillow() {
    return BilinearResize.resize(photo, SIDE, SIDE);
  }

  /** Java2D. */
  @Benchmark
  public BufferedImage graphics2d() {
    BufferedImage resized = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_3BYTE_BGR);
    Graphics2D graphics = resized.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(buffered, 0, 0, SIDE, SIDE, null);
    graphics.dispose();
    return resized;
  }
}
