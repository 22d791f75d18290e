package io.dpiqa.benchmarks;

import io.dpiqa.QualityModel;
import io.dpiqa.ScoringOptions;
import java.awt.image.BufferedImage;

/**
 * Models on 2 cores, one decoded picture at a time: of 512 x 512, where resizing it to what the
 * network reads is in the times, and of just what the network reads.
 */
public final class NetworkTimes {
  private static final int SIZE = 512;
  private static final int THREADS = 2;
  private static final int WARM_UP = 10;
  private static final int ROUNDS = 60;

  private NetworkTimes() {}

  /**
   * Prints milliseconds a picture.
   *
   * @param arguments {@code built-in}, names of models in the store, or ONNX files
   */
  public static void main(String[] arguments) {
    BufferedImage photo = Photo.render();
    // One at a time: threads of several would fight for the cores.
    for (String nameOrFile : arguments) {
      try (QualityModel model =
          QualityModel.load(nameOrFile, ScoringOptions.DEFAULT.withThreads(THREADS))) {
        for (int size : new int[] {SIZE, model.card().inputSize()}) {
          Times times = times(model, photo.getSubimage(SIZE, SIZE, size, size));
          System.out.printf("%-30s %4d x %-4d %s%n", nameOrFile, size, size, times.in("ms", 1));
        }
      }
    }
  }

  private static Times times(QualityModel model, BufferedImage picture) {
    double[] times = new double[ROUNDS];
    for (int round = -WARM_UP; round < ROUNDS; round++) {
      long start = System.nanoTime();
      model.score(picture);
      if (round >= 0) {
        times[round] = (System.nanoTime() - start) / 1e6;
      }
    }
    return Times.of(times);
  }
}
