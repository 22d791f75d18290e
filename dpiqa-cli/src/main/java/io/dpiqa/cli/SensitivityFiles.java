package io.dpiqa.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import io.dpiqa.cli.Sensitivity.Rise;
import io.dpiqa.cli.Sensitivity.Series;
import io.dpiqa.degradation.Degradation;
import io.dpiqa.file.WholeFile;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A sensitivity as files for programs; docs/sensitivity.md describes them. */
final class SensitivityFiles {
  private static final JsonFactory JSON = new JsonFactory();

  private SensitivityFiles() {}

  /** Writes sensitivity.csv and sensitivity.json, each whole or not at all. */
  static void write(Sensitivity sensitivity, Path folder) throws IOException {
    WholeFile.write(folder.resolve("sensitivity.csv"), scores(sensitivity));
    WholeFile.write(folder.resolve("sensitivity.json"), summary(sensitivity));
  }

  private static String scores(Sensitivity sensitivity) throws IOException {
    StringWriter text = new StringWriter();
    try (CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(text)) {
      csv.writeRecord("path", "kind", "level", "score");
      for (Series series : sensitivity.series()) {
        for (int level = 0; level <= Degradation.LEVELS; level++) {
          csv.writeRecord(
              CsvReport.harmless(series.photograph()),
              series.kind().distortion(),
              Integer.toString(level),
              Double.toString(series.scores().get(level)));
        }
      }
    }
    return text.toString();
  }

  private static String summary(Sensitivity sensitivity) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text).useDefaultPrettyPrinter()) {
      json.writeStartObject();
      json.writeStringField("model", sensitivity.model());
      json.writeBooleanField("bar_met", sensitivity.meetsBar());
      json.writeFieldName("all");
      write(json, sensitivity.series());
      for (Degradation kind : Degradation.values()) {
        json.writeFieldName(kind.distortion());
        write(json, sensitivity.of(kind));
      }
      json.writeEndObject();
    }
    return text.append('\n').toString();
  }

  private static void write(JsonGenerator json, List<Series> series) throws IOException {
    json.writeStartObject();
    json.writeNumberField("pairs", Sensitivity.pairs(series));
    json.writeNumberField("in_order", Sensitivity.inOrder(series));
    json.writeArrayFieldStart("mean_drop");
    for (int level = 1; level <= Degradation.LEVELS; level++) {
      json.writeNumber(Sensitivity.meanDrop(series, level));
    }
    json.writeEndArray();
    Optional<Rise> rise = Sensitivity.largestRise(series);
    if (rise.isPresent()) {
      json.writeObjectFieldStart("largest_rise");
      json.writeNumberField("points", rise.get().points());
      json.writeStringField("path", rise.get().photograph());
      json.writeStringField("kind", rise.get().kind().distortion());
      json.writeNumberField("level", rise.get().level());
      json.writeEndObject();
    } else {
      json.writeNullField("largest_rise");
    }
    json.writeEndObject();
  }
}
