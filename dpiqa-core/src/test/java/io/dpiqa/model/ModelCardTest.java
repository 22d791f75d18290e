package io.dpiqa.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.dpiqa.TinyModel;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelCardTest {

  private static final String JSON = TinyModel.card().toJson();

  @Test
  void jsonKeepsTheCard() {
    assertThat(ModelCard.fromJson(JSON)).isEqualTo(TinyModel.card());
  }

  @Test
  void jsonKeepsAnErrorBand() {
    ErrorBand band = new ErrorBand(0.9, List.of(0.5), List.of(-0.2), List.of(0.1));
    ModelCard card =
        ModelCard.fromJson(
            JSON.replaceFirst(
                "}$",
                ",\"errorBand\":"
                    + """
        {"coverage": 0.9, "scores": [0.5], "low": [-0.2], "high": [0.1]}}"""));
    assertThat(card.errorBand()).contains(band);
    assertThat(ModelCard.fromJson(card.toJson())).isEqualTo(card);
  }

  @Test
  void fieldsOfLaterVersionsAreIgnored() {
    assertThat(ModelCard.fromJson(JSON.replaceFirst("\\{", "{\"later\": [1, {}],")))
        .isEqualTo(TinyModel.card());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "7",
        "{}",
        "{",
        "{\"format\": 1}",
        "{\"format\": 1, \"provenance\": {\"a\": {}}}",
        "{\"format\": 2, \"name\": [\"of another type\"]}",
        "{\"format\": 99999999999999999999}"
      })
  void refusesWhatIsNoCard(String json) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelCard.fromJson(json))
        .withMessageContaining("model card");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"format\":1            | \"format\":2            | format 2",
        "\"name\":\"tiny\"       | \"name\":\" \"          | name",
        "\"inputSize\":96        | \"inputSize\":0         | input of 0 pixels",
        "\"inputSize\":96        | \"inputSize\":2000000000| input of 2000000000 pixels",
        "\"parameters\":1000     | \"parameters\":-1       | negative",
        "\"licence\":\"Apache-2.0\" | \"licence\":null     | /licence",
        "\"random numbers\"     | null                      | /provenance/source",
        "\"referenceScores\":[0.0,0.01 | \"referenceScores\":[-1e999,0.01 | ascend",
        "\"referenceScores\":[0.0,0.01 | \"referenceScores\":[0.02,0.01 | ascend",
        "\"referenceScores\":[0.0,0.01 | \"referenceScores\":[\"NaN\",0.01 | not numeric",
        "\"referenceScores\":[0.0,0.01 | \"referenceScores\":[null,0.01 | not numeric",
        "\"referenceScores\":[0.0, | \"referenceScores\":[ | 100 reference scores"
      })
  void refusesImpossibleValues(String right, String wrong, String message) {
    assertThat(JSON).contains(right);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelCard.fromJson(JSON.replace(right, wrong)))
        .withMessageContaining(message);
  }

  @Test
  void refusesDeepNesting() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelCard.fromJson("{\"a\":".repeat(100_000)));
  }

  @ParameterizedTest
  @CsvSource({
    "-5, 0",
    "0, 0",
    "0.25, 5",
    "0.5, 10",
    "4.999, 99.98",
    "5, 100",
    "7, 100",
  })
  void percentileInterpolatesBetweenQuantiles(double raw, double expected) {
    ModelCard card = withReference(IntStream.rangeClosed(0, 100).mapToObj(q -> q / 20.0).toList());
    assertThat(card.percentile(raw).orElseThrow()).isCloseTo(expected, within(1e-9));
  }

  @Test
  void percentileOfEqualQuantilesIsANumber() {
    ModelCard card = withReference(Collections.nCopies(101, 0.5));
    assertThat(card.percentile(0.4)).hasValue(0);
    assertThat(card.percentile(0.5)).hasValue(0);
    assertThat(card.percentile(0.6)).hasValue(100);
  }

  @Test
  void noPercentileWithoutReference() {
    assertThat(withReference(List.of()).percentile(0.5)).isEmpty();
  }

  private static ModelCard withReference(List<Double> scores) {
    ModelCard card = TinyModel.card();
    return new ModelCard(
        card.format(),
        card.name(),
        card.network(),
        card.inputSize(),
        card.parameters(),
        card.multiplyAdds(),
        card.licence(),
        card.provenance(),
        scores,
        card.errorBand());
  }
}
