package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipeTest {

  @Test
  void survivesJson() {
    assertThat(Recipe.fromJson(Recipe.COMPACT.toJson())).isEqualTo(Recipe.COMPACT);
  }

  @Test
  void takesFromTheCompactRecipeWhatTheTextLeavesOut() {
    Recipe recipe = Recipe.fromJson("{\"epochs\": 7, \"head\": \"FEATURE_MAP\"}");
    assertThat(recipe.epochs()).isEqualTo(7);
    assertThat(recipe.learningRate()).isEqualTo(Recipe.COMPACT.learningRate());
    assertThat(recipe.student()).hasToString("student efficientnet-b0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"epoch\": 7} | epoch",
        "{\"variant\": 8} | B8",
        "{\"cropSize\": 513} | cropSize cannot be 513",
        "{\"learningRate\": 0} | learningRate cannot be 0.0",
        "{\"averageDecay\": 1} | averageDecay cannot be 1.0",
        "{\"epochs\": \"many\"} | many",
        "{\"epochs\": | not a recipe",
        "7 | not a recipe"
      })
  void refusesWhatMakesNoSense(String json, String problem) {
    assertThatThrownBy(() -> Recipe.fromJson(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(problem)
        .hasMessageNotContaining("\n");
  }

  @Test
  void warmsUpAndFallsAlongACosine() {
    Recipe recipe =
        Recipe.fromJson("{\"epochs\": 10, \"warmupEpochs\": 2, \"learningRate\": 0.001}");
    assertThat(recipe.learningRate(0, 100)).isCloseTo(0.001 / 201, within(1e-12));
    assertThat(recipe.learningRate(99, 100)).isLessThan(recipe.learningRate(199, 100));
    assertThat(recipe.learningRate(200, 100)).isCloseTo(0.001, within(1e-12));
    assertThat(recipe.learningRate(600, 100)).isCloseTo(0.0005, within(1e-12));
    assertThat(recipe.learningRate(999, 100)).isBetween(0.0, 1e-8);
  }
}
