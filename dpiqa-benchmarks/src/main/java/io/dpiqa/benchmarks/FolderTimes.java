package io.dpiqa.benchmarks;

import io.dpiqa.ImageException;
import io.dpiqa.QualityModel;
import io.dpiqa.ScoringOptions;
import io.dpiqa.image.BilinearResize;
import io.dpiqa.image.ImageDecoder;
import io.dpiqa.image.RgbImage;
import io.dpiqa.model.ModelStore;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code ./dpiqa score} of a folder of 200 JPEG files of 12 megapixels: pictures a second and the
 * memory it holds along the way; then, in one thread, which share of the time each stage takes.
 * Runs in the checkout that {@code ./dpiqa} is in, on Linux.
 */
public final class FolderTimes {
  private static final int PHOTOS = 200;
  private static final int DIFFERENT_PHOTOS = 8;
  private static final int MEMORY_EVERY = 50;
  private static final int STAGED_PHOTOS = 24;
  private static final int WARM_UP = 8;

  private FolderTimes() {}

  /**
   * Prints pictures a second, megabytes and shares.
   *
   * @param arguments name or file of the model; the built-in one if there is none
   */
  public static void main(String[] arguments) throws Exception {
    String model = arguments.length == 0 ? ModelStore.BUILT_IN : arguments[0];
    Path folder = Files.createTempDirectory("dpiqa");
    List<Path> photos = new ArrayList<>();
    try {
      for (int i = 0; i < PHOTOS; i++) {
        Path photo = folder.resolve("%03d.jpg".formatted(i));
        photos.add(photo);
        if (i < DIFFERENT_PHOTOS) {
          Photo.writeJpeg(Photo.render(i), false, photo);
        } else {
          Files.copy(photos.get(i % DIFFERENT_PHOTOS), photo);
        }
      }
      scoreFolder(folder, model);
      timeStages(photos.subList(0, STAGED_PHOTOS), model);
    } finally {
      for (Path photo : photos) {
        Files.deleteIfExists(photo);
      }
      Files.delete(folder);
    }
  }

  private static void scoreFolder(Path folder, String model)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    Process process =
        new ProcessBuilder(
                "./dpiqa", "score", "--format", "ndjson", "--model", model, folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int scored = 0;
    try (BufferedReader lines = process.inputReader()) {
      while (lines.readLine() != null) {
        scored++;
        if (scored % MEMORY_EVERY == 0) {
          System.out.printf("after photo %3d  %.0f MB%n", scored, residentMegabytes(process));
        }
      }
    }
    if (process.waitFor() != 0 || scored != PHOTOS) {
      throw new IllegalStateException(scored + " photos were scored");
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf("%.2f photos/s (%d in %.1f s)%n", PHOTOS / seconds, PHOTOS, seconds);
  }

  /** The launcher becomes the JVM, so the process is the one to look at. */
  private static double residentMegabytes(Process process) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")) * 1024 / 1e6)
        .findFirst()
        .orElse(Double.NaN);
  }

  private static void timeStages(List<Path> photos, String nameOrFile) throws ImageException {
    ImageDecoder decoder = new ImageDecoder();
    double[] decode = new double[photos.size()];
    double[] resize = new double[photos.size()];
    double[] network = new double[photos.size()];
    try (QualityModel model =
        QualityModel.load(nameOrFile, ScoringOptions.DEFAULT.withThreads(1))) {
      int side = model.card().inputSize();
      for (int i = -WARM_UP; i < photos.size(); i++) {
        int slot = Math.floorMod(i, photos.size());
        long start = System.nanoTime();
        RgbImage photo = decoder.decode(photos.get(slot));
        long decoded = System.nanoTime();
        RgbImage input = BilinearResize.resize(photo, side, side);
        long resized = System.nanoTime();
        BufferedImage picture = buffered(input);
        long ready = System.nanoTime();
        model.score(picture);
        network[slot] = (System.nanoTime() - ready) / 1e6;
        decode[slot] = (decoded - start) / 1e6;
        resize[slot] = (resized - decoded) / 1e6;
      }
    }
    double total =
        Times.of(decode).median() + Times.of(resize).median() + Times.of(network).median();
    print("decode", Times.of(decode), total);
    print("resize", Times.of(resize), total);
    print("network", Times.of(network), total);
  }

  private static void print(String stage, Times times, double total) {
    System.out.printf("%-8s %.0f %%  %s%n", stage, 100 * times.median() / total, times.in("ms", 1));
  }

  private static BufferedImage buffered(RgbImage image) {
    BufferedImage buffered =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_3BYTE_BGR);
    buffered.getRaster().setDataElements(0, 0, image.width(), image.height(), image.rgb());
    return buffered;
  }
}
