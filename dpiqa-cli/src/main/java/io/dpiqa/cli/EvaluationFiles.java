package io.dpiqa.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;

/** Evaluations as files for programs; docs/protocol.md describes them. */
final class EvaluationFiles {
  private static final JsonFactory JSON = new JsonFactory();

  private EvaluationFiles() {}

  /** Writes the results and every model's predictions, each file whole or not at all. */
  static void write(List<Evaluation> evaluations, Path folder) throws IOException {
    for (Evaluation evaluation : evaluations) {
      String model = evaluation.model().replaceAll("[^A-Za-z0-9._@-]", "_");
      WholeFile.write(folder.resolve("predictions-" + model + ".csv"), predictions(evaluation));
    }
    WholeFile.write(folder.resolve("results.json"), results(evaluations));
  }

  private static String predictions(Evaluation evaluation) throws IOException {
    StringWriter text = new StringWriter();
    try (CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(text)) {
      csv.writeRecord("name", "opinion", "prediction");
      for (Evaluation.Prediction prediction : evaluation.predictions()) {
        csv.writeRecord(
            prediction.name(),
            Double.toString(prediction.opinion()),
            Float.toString((float) prediction.prediction()));
      }
    }
    return text.toString();
  }

  private static String results(List<Evaluation> evaluations) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text).useDefaultPrettyPrinter()) {
      json.writeStartArray();
      for (Evaluation evaluation : evaluations) {
        json.writeStartObject();
        json.writeStringField("model", evaluation.model());
        json.writeStringField("dataset", evaluation.dataset());
        json.writeNumberField("n", evaluation.predictions().size());
        write(json, "srcc", evaluation.agreement().srcc());
        write(json, "srcc_low", evaluation.srccInterval().low());
        write(json, "srcc_high", evaluation.srccInterval().high());
        write(json, "plcc", evaluation.agreement().plcc());
        write(json, "plcc_logistic", evaluation.plccLogistic());
        write(json, "krcc", evaluation.agreement().krcc());
        write(json, "rmse", evaluation.agreement().rmse());
        write(json, "rmse_logistic", evaluation.rmseLogistic());
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    return text.append('\n').toString();
  }

  private static void write(JsonGenerator json, String name, double figure) throws IOException {
    if (Double.isNaN(figure)) {
      json.writeNullField(name);
    } else {
      json.writeNumberField(name, figure);
    }
  }
}
