package io.dpiqa.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AgreementTest {

  static Stream<JsonNode> golden() throws IOException {
    try (InputStream json = AgreementTest.class.getResourceAsStream("/golden/metrics.json")) {
      return StreamSupport.stream(new ObjectMapper().readTree(json).spliterator(), false);
    }
  }

  @ParameterizedTest
  @MethodSource("golden")
  void equalsThePublishedValues(JsonNode golden) {
    Agreement agreement = Agreement.between(doubles(golden, "prediction"), doubles(golden, "mos"));
    assertThat(agreement.plcc()).isCloseTo(golden.get("plcc").doubleValue(), within(1e-12));
    assertThat(agreement.srcc()).isCloseTo(golden.get("srcc").doubleValue(), within(1e-12));
    assertThat(agreement.krcc()).isCloseTo(golden.get("krcc").doubleValue(), within(1e-12));
    assertThat(agreement.rmse()).isCloseTo(golden.get("rmse").doubleValue(), within(1e-10));
  }

  @ParameterizedTest
  @MethodSource("golden")
  void fitsTheLogisticCurveAsWell(JsonNode golden) {
    LogisticFit fit = LogisticFit.of(doubles(golden, "prediction"), doubles(golden, "mos"));
    JsonNode expected = golden.get("logistic4");
    assertThat(fit.plcc()).isCloseTo(expected.get("plcc").doubleValue(), within(1e-4));
    assertThat(fit.rmse() / expected.get("rmse").doubleValue()).isCloseTo(1, within(1e-3));
  }

  @Test
  void findsTheCurveThatScoresLieOn() {
    LogisticFit curve = new LogisticFit(80, 20, 0.4, 0.1, 1, 0);
    double[] predictions = {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8};
    double[] opinions = java.util.Arrays.stream(predictions).map(curve::map).toArray();
    LogisticFit fit = LogisticFit.of(predictions, opinions);
    assertThat(fit.high()).isCloseTo(80, within(1e-4));
    assertThat(fit.low()).isCloseTo(20, within(1e-4));
    assertThat(fit.middle()).isCloseTo(0.4, within(1e-6));
    assertThat(fit.width()).isCloseTo(0.1, within(1e-6));
    assertThat(curve.map(0.4)).isEqualTo(50);
  }

  @Test
  void refusesWhatCannotBeCompared() {
    assertThatThrownBy(() -> Agreement.between(new double[3], new double[2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 predictions")
        .hasMessageContaining("2 opinions");
    assertThatThrownBy(() -> LogisticFit.of(new double[9], new double[9]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static double[] doubles(JsonNode node, String field) {
    return StreamSupport.stream(node.get(field).spliterator(), false)
        .mapToDouble(JsonNode::doubleValue)
        .toArray();
  }
}
