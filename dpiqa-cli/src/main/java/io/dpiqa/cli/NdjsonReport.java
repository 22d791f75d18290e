package io.dpiqa.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.dpiqa.Interval;
import io.dpiqa.Outcome;
import io.dpiqa.Score;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/** One JSON object a line; docs/output.md describes it. */
final class NdjsonReport implements Report {
  private static final JsonFactory JSON = new JsonFactory();

  private final PrintWriter out;

  NdjsonReport(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void add(Outcome outcome) {
    StringWriter line = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(line)) {
      json.writeStartObject();
      json.writeStringField("path", outcome.path().toString());
      if (outcome.score().isPresent()) {
        write(outcome.score().get(), json);
      } else {
        json.writeStringField("error", outcome.error().orElseThrow().getMessage());
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    out.print(line.append('\n'));
  }

  private static void write(Score score, JsonGenerator json) throws IOException {
    json.writeNumberField("score", Decimals.score(score.value()));
    json.writeNumberField("raw", (float) score.raw());
    if (score.percentile().isPresent()) {
      json.writeNumberField("percentile", Decimals.percentile(score.percentile().getAsDouble()));
    } else {
      json.writeNullField("percentile");
    }
    json.writeStringField("model", score.model());
    json.writeNumberField("width", score.width());
    json.writeNumberField("height", score.height());
    if (score.interval().isPresent()) {
      Interval interval = score.interval().get();
      json.writeNumberField("low", Decimals.score(interval.low()));
      json.writeNumberField("high", Decimals.score(interval.high()));
      json.writeNumberField("coverage", interval.coverage());
    }
  }

  @Override
  public void finish() {}
}
