package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackboneRecipeTest {

  @Test
  void survivesJson() {
    assertThat(BackboneRecipe.fromJson(BackboneRecipe.DEFAULT.toJson()))
        .isEqualTo(BackboneRecipe.DEFAULT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"head\": \"POOLED\"} | head",
        "{\"backbone\": \"efficientnet-b8\"} | efficientnet-b8 is no backbone",
        "{\"backbone\": null} | backbone cannot be null",
        "{\"inputSize\": 0} | inputSize cannot be 0",
        "{\"cropSize\": 31} | cropSize cannot be 31",
        "{\"partFrom\": 0} | partFrom cannot be 0.0",
        "{\"partTo\": 0.5} | partTo cannot be 0.5",
        "{\"partTo\": 1.1} | partTo cannot be 1.1",
        "{\"labelSmoothing\": 1} | labelSmoothing cannot be 1.0",
        "{\"schedule\": null} | schedule cannot be null",
        "{\"schedule\": {\"batch\": 1}} | schedule.batch cannot be 1",
        "{\"schedule\": {\"parts\": 2}} | schedule.parts cannot be more than 1"
      })
  void refusesWhatCannotBe(String json, String problem) {
    assertThatThrownBy(() -> BackboneRecipe.fromJson(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(problem);
  }
}
