package io.dpiqa.benchmarks;

import io.dpiqa.QualityModel;
import io.dpiqa.ScoringOptions;
import java.awt.image.BufferedImage;

/**
 * Models on 2 cores, one decoded picture of 512 x 512 at a time. That the picture is resized to
 * what the network reads is in the times.
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
    BufferedImage picture = Photo.render().getSubimage(SIZE, SIZE, SIZE, SIZE);
    // One at a time: threads of several would fight for the cores.
    for (String nameOrFile : arguments) {
      double[] times = new double[ROUNDS];
      try (QualityModel model =
          QualityModel.load(nameOrFile, ScoringOptions.DEFAULT.withThreads(THREADS))) {
        for (int round = -WARM_UP; round < ROUNDS; round++) {
          long start = System.nanoTime();
          model.score(picture);
          if (round >= 0) {
            times[round] = (System.nanoTime() - start) / 1e6;
          }
        }
      }
      System.out.printf("%-30s %s%n", nameOrFile, Times.of(times).in("ms", 1));
    }
  }
}
