package io.dpiqa.train;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The course of a run as a CSV file, one line an epoch. */
final class TrainingLog {
  private TrainingLog() {}

  static void write(Path file, List<Epoch> epochs) throws IOException {
    try (CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(file)) {
      csv.writeRecord(
          "epoch",
          "loss",
          "learning_rate",
          "srcc",
          "plcc",
          "krcc",
          "rmse",
          "seconds",
          "images_per_second",
          "waiting_share");
      for (Epoch epoch : epochs) {
        csv.writeRecord(
            Integer.toString(epoch.epoch()),
            rounded("%.6f", epoch.loss()),
            rounded("%.3e", epoch.learningRate()),
            rounded("%.4f", epoch.validation().srcc()),
            rounded("%.4f", epoch.validation().plcc()),
            rounded("%.4f", epoch.validation().krcc()),
            rounded("%.4f", epoch.validation().rmse()),
            rounded("%.1f", epoch.seconds()),
            rounded("%.1f", epoch.imagesPerSecond()),
            rounded("%.3f", epoch.waitingShare()));
      }
    }
  }

  private static String rounded(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
