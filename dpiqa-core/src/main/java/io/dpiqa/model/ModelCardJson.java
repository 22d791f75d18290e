package io.dpiqa.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model card, and parts of it, as JSON. Streamed, because a model is loaded at every start and
 * setting up Jackson's data binding would take longer than loading it.
 */
final class ModelCardJson {

  private static final JsonFactory JSON = new JsonFactory();

  private ModelCardJson() {}

  @FunctionalInterface
  private interface Fields {
    void write(JsonGenerator json) throws IOException;
  }

  private static String object(Fields fields) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      fields.write(json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  static String write(ModelCard card) {
    return object(json -> write(card, json));
  }

  private static void write(ModelCard card, JsonGenerator json) throws IOException {
    json.writeNumberField("format", card.format());
    json.writeStringField("name", card.name());
    json.writeStringField("network", card.network());
    json.writeNumberField("inputSize", card.inputSize());
    json.writeNumberField("parameters", card.parameters());
    json.writeNumberField("multiplyAdds", card.multiplyAdds());
    json.writeStringField("licence", card.licence());
    json.writeObjectFieldStart("provenance");
    for (Map.Entry<String, String> entry : card.provenance().entrySet()) {
      json.writeStringField(entry.getKey(), entry.getValue());
    }
    json.writeEndObject();
    write(card.referenceScores(), card.errorBand(), json);
  }

  /**
   * @throws IllegalArgumentException if the text is no card, or one of another format
   */
  static ModelCard read(String text) {
    int format = 0;
    String name = null;
    String network = null;
    int inputSize = 0;
    long parameters = 0;
    long multiplyAdds = 0;
    String licence = null;
    Map<String, String> provenance = null;
    List<Double> referenceScores = null;
    Optional<ErrorBand> errorBand = Optional.empty();
    try (JsonParser json = JSON.createParser(text)) {
      expect(json, json.nextToken(), JsonToken.START_OBJECT);
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.currentName();
        json.nextToken();
        switch (field) {
          // It comes first, and the rest may be different in another format.
          case "format" -> format = supported(json.getIntValue());
          case "name" -> name = string(json);
          case "network" -> network = string(json);
          case "inputSize" -> inputSize = json.getIntValue();
          case "parameters" -> parameters = json.getLongValue();
          case "multiplyAdds" -> multiplyAdds = json.getLongValue();
          case "licence" -> licence = string(json);
          case "provenance" -> provenance = strings(json);
          case "referenceScores" -> referenceScores = numbers(json);
          case "errorBand" -> errorBand = Optional.of(errorBand(json));
          default -> json.skipChildren();
        }
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a dpiqa model card: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new ModelCard(
        supported(format),
        name,
        network,
        inputSize,
        parameters,
        multiplyAdds,
        licence,
        provenance,
        referenceScores,
        errorBand);
  }

  static String write(Calibration calibration) {
    return object(json -> write(calibration.referenceScores(), calibration.errorBand(), json));
  }

  /**
   * @throws IllegalArgumentException if the text is no calibration
   */
  static Calibration readCalibration(String text) {
    List<Double> referenceScores = List.of();
    Optional<ErrorBand> errorBand = Optional.empty();
    try (JsonParser json = JSON.createParser(text)) {
      expect(json, json.nextToken(), JsonToken.START_OBJECT);
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.currentName();
        json.nextToken();
        switch (field) {
          case "referenceScores" -> referenceScores = numbers(json);
          case "errorBand" -> errorBand = Optional.of(errorBand(json));
          default -> json.skipChildren();
        }
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a calibration: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Calibration(referenceScores, errorBand);
  }

  private static void write(
      List<Double> referenceScores, Optional<ErrorBand> errorBand, JsonGenerator json)
      throws IOException {
    write("referenceScores", referenceScores, json);
    if (errorBand.isPresent()) {
      json.writeFieldName("errorBand");
      write(errorBand.get(), json);
    }
  }

  private static void write(ErrorBand band, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeNumberField("coverage", band.coverage());
    write("scores", band.scores(), json);
    write("low", band.low(), json);
    write("high", band.high(), json);
    json.writeEndObject();
  }

  private static void write(String name, List<Double> numbers, JsonGenerator json)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (double number : numbers) {
      json.writeNumber(number);
    }
    json.writeEndArray();
  }

  private static ErrorBand errorBand(JsonParser json) throws IOException {
    expect(json, json.currentToken(), JsonToken.START_OBJECT);
    double coverage = 0;
    List<Double> scores = null;
    List<Double> low = null;
    List<Double> high = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "coverage" -> coverage = json.getDoubleValue();
        case "scores" -> scores = numbers(json);
        case "low" -> low = numbers(json);
        case "high" -> high = numbers(json);
        default -> json.skipChildren();
      }
    }
    return new ErrorBand(coverage, scores, low, high);
  }

  private static int supported(int format) {
    if (format != ModelCard.FORMAT) {
      throw new IllegalArgumentException(
          "model card format "
              + format
              + " is not supported; this dpiqa reads "
              + ModelCard.FORMAT);
    }
    return format;
  }

  private static void expect(JsonParser json, JsonToken found, JsonToken expected)
      throws IOException {
    if (found != expected) {
      throw new IllegalArgumentException(
          "not a dpiqa model card or calibration: '%s' is %s and should be %s"
              .formatted(json.getParsingContext().pathAsPointer(), found, expected));
    }
  }

  private static String string(JsonParser json) throws IOException {
    expect(json, json.currentToken(), JsonToken.VALUE_STRING);
    return json.getText();
  }

  private static Map<String, String> strings(JsonParser json) throws IOException {
    expect(json, json.currentToken(), JsonToken.START_OBJECT);
    Map<String, String> strings = new LinkedHashMap<>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      json.nextToken();
      strings.put(key, string(json));
    }
    return strings;
  }

  private static List<Double> numbers(JsonParser json) throws IOException {
    expect(json, json.currentToken(), JsonToken.START_ARRAY);
    List<Double> numbers = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      numbers.add(json.getDoubleValue());
    }
    return numbers;
  }
}
