package io.dpiqa.evaluation;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** Results for programs; docs/protocol.md describes them. */
final class ResultsJson {
  private static final JsonFactory JSON = new JsonFactory();

  private final StringWriter text = new StringWriter();
  private final JsonGenerator json;
  private final FileNames names;

  private ResultsJson(FileNames names) throws IOException {
    this.names = names;
    json = JSON.createGenerator(text).useDefaultPrettyPrinter();
  }

  static String of(Results results, FileNames names) throws IOException {
    ResultsJson json = new ResultsJson(names);
    json.json.writeStartObject();
    if (results.evaluations().size() == 1) {
      json.writeFields(results.evaluations().get(0));
    }
    json.write(results);
    json.json.writeEndObject();
    return json.finish();
  }

  static String of(CrossResults cross, FileNames names) throws IOException {
    ResultsJson json = new ResultsJson(names);
    json.json.writeStartObject();
    json.write("models", cross.models());
    json.json.writeArrayFieldStart("datasets");
    for (CrossResults.Column column : cross.datasets()) {
      json.json.writeStartObject();
      json.json.writeStringField("name", column.name());
      if (column.results().isPresent()) {
        json.write(column.results().get());
      } else {
        json.json.writeStringField("problem", column.problem().orElseThrow());
      }
      json.json.writeEndObject();
    }
    json.json.writeEndArray();
    json.json.writeEndObject();
    return json.finish();
  }

  private String finish() throws IOException {
    json.close();
    return text.append('\n').toString();
  }

  private void write(Results results) throws IOException {
    json.writeArrayFieldStart("evaluations");
    for (Evaluation evaluation : results.evaluations()) {
      json.writeStartObject();
      writeFields(evaluation);
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("comparisons");
    for (int i = 0; i < results.comparisons().size(); i++) {
      json.writeStartObject();
      json.writeStringField("model", results.evaluations().get(i + 1).model());
      json.writeStringField("with", results.evaluations().get(0).model());
      write("srcc", results.comparisons().get(i).srcc());
      write("plcc", results.comparisons().get(i).plcc());
      json.writeEndObject();
    }
    json.writeEndArray();
    if (results.overRuns().isPresent()) {
      OverRuns runs = results.overRuns().get();
      json.writeObjectFieldStart("runs");
      json.writeNumberField("n", runs.evaluations().size());
      write("median", runs::median);
      write("standard_deviation", runs::standardDeviation);
      json.writeEndObject();
    }
  }

  private void writeFields(Evaluation evaluation) throws IOException {
    json.writeStringField("model", evaluation.model());
    json.writeStringField("dataset", evaluation.dataset());
    json.writeStringField("split", evaluation.split().map(SplitFile::name).orElse(null));
    json.writeStringField("split_sha256", evaluation.split().map(SplitFile::sha256).orElse(null));
    json.writeNumberField("n", evaluation.predictions().size());
    write("left_out", evaluation.leftOut());
    for (Figure figure : Figure.values()) {
      write(figure.key(), figure.of(evaluation));
      Optional<BootstrapInterval> interval = figure.interval(evaluation);
      if (interval.isPresent()) {
        write(figure.key() + "_low", interval.get().low());
        write(figure.key() + "_high", interval.get().high());
      }
    }
    json.writeStringField("predictions", names.predictions(evaluation));
  }

  private void write(String figure, Difference difference) throws IOException {
    write(figure + "_difference", difference.value());
    write(figure + "_difference_low", difference.interval().low());
    write(figure + "_difference_high", difference.interval().high());
    write(figure + "_p", difference.p());
  }

  private void write(String name, ToDoubleFunction<Figure> figures) throws IOException {
    json.writeObjectFieldStart(name);
    for (Figure figure : Figure.values()) {
      write(figure.key(), figures.applyAsDouble(figure));
    }
    json.writeEndObject();
  }

  private void write(String name, List<String> values) throws IOException {
    json.writeArrayFieldStart(name);
    for (String value : values) {
      json.writeString(value);
    }
    json.writeEndArray();
  }

  private void write(String name, double figure) throws IOException {
    if (Double.isNaN(figure)) {
      json.writeNullField(name);
    } else {
      json.writeNumberField(name, figure);
    }
  }
}
