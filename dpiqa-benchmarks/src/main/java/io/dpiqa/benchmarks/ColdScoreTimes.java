package io.dpiqa.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code ./dpiqa score photo.jpg} from its start to its end, for a JPEG file of 12 megapixels: time
 * and peak memory, as GNU time reports them. Runs in the checkout that {@code ./dpiqa} is in.
 */
public final class ColdScoreTimes {
  private static final int WARM_UP = 1;
  private static final int RUNS = 15;

  private ColdScoreTimes() {}

  /**
   * Prints seconds and megabytes.
   *
   * @param arguments options for {@code score}, for instance {@code --model FILE}
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("dpiqa");
    Path photo = folder.resolve("photo.jpg");
    Path report = folder.resolve("time.txt");
    try {
      Photo.writeJpeg(Photo.render(), false, photo);
      List<String> command =
          new ArrayList<>(
              List.of(
                  "/usr/bin/time", "-f", "%e\n%M", "-o", report.toString(), "./dpiqa", "score"));
      command.addAll(List.of(arguments));
      command.add(photo.toString());
      double[] seconds = new double[RUNS];
      double[] megabytes = new double[RUNS];
      for (int run = -WARM_UP; run < RUNS; run++) {
        Process process =
            new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (process.waitFor() != 0) {
          throw new IllegalStateException(command + " failed");
        }
        List<String> measured = Files.readAllLines(report);
        if (run >= 0) {
          seconds[run] = Double.parseDouble(measured.get(0));
          megabytes[run] = Double.parseDouble(measured.get(1)) * 1024 / 1e6;
        }
      }
      System.out.println("photo        " + Files.size(photo) / 1000 + " kB");
      System.out.println("wall time    " + Times.of(seconds).in("s", 2));
      System.out.println("peak memory  " + Times.of(megabytes).in("MB", 0));
    } finally {
      Files.deleteIfExists(report);
      Files.deleteIfExists(photo);
      Files.delete(folder);
    }
  }
}
