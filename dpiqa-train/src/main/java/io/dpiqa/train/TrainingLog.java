package io.dpiqa.train;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import io.dpiqa.file.WholeFile;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** The course of a run as a CSV file, one line an epoch. */
final class TrainingLog {
  private TrainingLog() {}

  /**
   * Writes the file.
   *
   * @param epochs at least one
   */
  static void write(Path file, List<Epoch> epochs) throws IOException {
    WholeFile.write(file, csv(csv -> write(csv, epochs)));
  }

  private static void write(CsvWriter csv, List<Epoch> epochs) {
    List<String> figures = List.copyOf(epochs.get(0).validation().keySet());
    List<String> header = new ArrayList<>(List.of("epoch", "loss", "learning_rate"));
    header.addAll(figures);
    header.addAll(List.of("seconds", "images_per_second", "waiting_share"));
    csv.writeRecord(header);
    for (Epoch epoch : epochs) {
      List<String> row = new ArrayList<>();
      row.add(Integer.toString(epoch.epoch()));
      row.add(rounded("%.6f", epoch.loss()));
      row.add(rounded("%.3e", epoch.learningRate()));
      figures.forEach(figure -> row.add(rounded("%.4f", epoch.validation().get(figure))));
      row.add(rounded("%.1f", epoch.seconds()));
      row.add(rounded("%.1f", epoch.imagesPerSecond()));
      row.add(rounded("%.3f", epoch.waitingShare()));
      csv.writeRecord(row);
    }
  }

  /** What is written as text. */
  static String csv(Consumer<CsvWriter> writing) {
    StringWriter text = new StringWriter();
    try (CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(text)) {
      writing.accept(csv);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a StringWriter does not fail
    }
    return text.toString();
  }

  static String rounded(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
