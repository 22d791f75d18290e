package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.dpiqa.network.Student;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StudentRecipeTest {

  @Test
  void survivesJson() {
    assertThat(StudentRecipe.fromJson(StudentRecipe.COMPACT.toJson()))
        .isEqualTo(StudentRecipe.COMPACT);
  }

  @Test
  void survivesJsonWithAllThatTwinsHave() {
    StudentRecipe recipe =
        StudentRecipe.fromJson(
            """
            {"twins": {"weight": 2, "count": 2, "adjacent": true, "size": 512, "margin": 0.02,
                       "margins": {"motion blur": 0.1}, "shares": {"noise": 3, "blur": 0}}}
            """);
    assertThat(recipe.twins())
        .isEqualTo(
            new Twins(
                2, 2, true, 512, 0.02, Map.of("motion blur", 0.1), Map.of("blur", 0, "noise", 3)));
    assertThat(StudentRecipe.fromJson(recipe.toJson())).isEqualTo(recipe);
  }

  @Test
  void takesFromTheCompactRecipeWhatTheTextLeavesOut() {
    StudentRecipe recipe =
        StudentRecipe.fromJson("{\"schedule\": {\"epochs\": 7}, \"head\": \"FEATURE_MAP\"}");
    assertThat(recipe.schedule().epochs()).isEqualTo(7);
    assertThat(recipe.schedule().learningRate())
        .isEqualTo(StudentRecipe.COMPACT.schedule().learningRate());
    assertThat(recipe.student()).hasToString("student efficientnet-b0");
  }

  @ParameterizedTest
  @CsvSource({
    "published-clive, 10 25",
    "published-koniq10k, 5",
    "published-livefb, 4",
    "published-spaq, 6"
  })
  void knowsThePublishedRecipes(String name, String decayAfter) {
    StudentRecipe recipe = StudentRecipe.preset(name).orElseThrow();
    assertThat(recipe.student()).isEqualTo(Student.published(7));
    assertThat(recipe.mapWeight()).isEqualTo(1);
    assertThat(recipe.schedule().decayAfter())
        .map(String::valueOf)
        .isEqualTo(List.of(decayAfter.split(" ")));
    assertThat(StudentRecipe.fromJson(recipe.toJson())).isEqualTo(recipe);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"schedule\": {\"epoch\": 7}} | epoch",
        "{\"epochs\": 7} | epochs",
        "{\"keepStatistics\": true} | loss cannot be CORRELATION with keepStatistics",
        "{\"initialShare\": 0.5} | initialShare cannot be 0.5 without keepStatistics",
        "{\"twins\": {\"size\": 100}} | twins.size cannot be 100",
        "{\"twins\": {\"count\": 2}} | twins.count cannot be 2 without twins.weight",
        "{\"twins\": {\"count\": 3, \"weight\": 1}} | twins.count cannot be 3",
        "{\"twins\": {\"adjacent\": true}} | twins.adjacent cannot be true unless twins.count is 2",
        "{\"twins\": {\"margin\": 0}} | twins.margin cannot be 0",
        "{\"twins\": {\"margins\": {\"fog\": 0.1}}} | twins.margins cannot be fog; kinds are blur,",
        "{\"twins\": {\"margins\": {\"blur\": 0}}} | twins.margins cannot be 0.0 for blur",
        "{\"twins\": {\"margins\": null}} | recipe's twins.margins cannot be null; write {",
        "{\"twins\": {\"shares\": {\"fog\": 2}}} | twins.shares cannot be fog; kinds are blur, color,",
        "{\"twins\": {\"shares\": {\"blur\": -1}}} | twins.shares cannot be -1 for blur",
        "{\"twins\": {\"shares\": {\"blur\": 0.5}}} | twins.shares.blur must be a whole number",
        "{\"twins\": {\"shares\": {\"blur\": 1001}}} | twins.shares cannot be 1001 for blur",
        "{\"twins\": {\"weight\": null}} | twins.weight must be a number",
        "{\"twins\": 2} | recipe's twins cannot be 2; write {",
        "{\"twins\": null} | twins cannot be null",
        "{\"partFrom\": 0.6, \"partTo\": 0.5} | partFrom cannot be 0.6, with partTo 0.5",
        "{\"partTo\": 0.5} | partFrom cannot be 0.0, with partTo 0.5",
        "{\"partFrom\": 0.5, \"partTo\": 1.5} | partTo cannot be 1.5",
        "{\"backbone\": \"efficientnet-b8\"} | efficientnet-b8 is no backbone",
        "{\"cropSize\": 513} | cropSize cannot be 513",
        "{\"schedule\": {\"learningRate\": 0}} | schedule.learningRate cannot be 0.0",
        "{\"schedule\": {\"averageDecay\": 1}} | schedule.averageDecay cannot be 1.0",
        "{\"schedule\": {\"parts\": 3}} | schedule.parts cannot be 3",
        "{\"schedule\": {\"decayAfter\": [\"soon\"]}} | schedule.decayAfter must be a whole number",
        "{\"schedule\": {\"parts\": 2}} | schedule.parts cannot be more than 1 without keepStat",
        "{\"schedule\": {\"parts\": 2}, \"keepStatistics\": true, \"loss\": \"SQUARED_ERROR\", "
            + "\"rankingWeight\": 1} | schedule.parts cannot be more than 1 with rankingWeight",
        "{\"schedule\": {\"decayAfter\": [null, 3]}} | recipe's schedule.decayAfter cannot be [null,3]",
        "{\"schedule\": {\"decayAfter\": [0]}} | schedule.decayAfter cannot be [0]",
        "{\"schedule\": {\"epochs\": \"many\"}} | schedule.epochs must be a whole number",
        "{\"schedule\": {\"decayAfter\": 3}} | schedule.decayAfter must be a list",
        "{\"schedule\": {\"batch\": 3000000000}} | schedule.batch is out of range",
        "{\"schedule\": {\"batch\": -3000000000}} | schedule.batch is out of range",
        "{\"schedule\": {\"decayAfter\": [3000000000]}} | schedule.decayAfter is out of range",
        "{\"schedule\": {\"decayAfter\": [null]}} | schedule.decayAfter cannot be [null]",
        "{\"loss\": 1} | loss must be SQUARED_ERROR or CORRELATION",
        "{\"backbone\": [\"x\"]} | backbone must be a text",
        "{\"keepStatistics\": 1} | keepStatistics must be true or false",
        "{\"loss\": \"MSE\"} | loss must be SQUARED_ERROR or CORRELATION",
        "{\"schedule\": {\"bach\": 3}} | it has no schedule.bach; there are averageDecay, batch,",
        "{\"schedule\": null} | schedule cannot be null",
        "{\"scoreWeight\": 0} | scoreWeight cannot be 0 unless teacherScoreWeight is more, or initialScoreWeight and twins.weight are",
        "{\"scoreWeight\": 0, \"initialScoreWeight\": 1, \"keepStatistics\": true, \"loss\": \"SQUARED_ERROR\"} | scoreWeight cannot be 0 unless",
        "{\"initialScoreWeight\": 1} | initialScoreWeight cannot be 1.0 without keepStatistics",
        "{\"initialScoreWeight\": 1, \"keepStatistics\": true, \"loss\": \"SQUARED_ERROR\", \"pretrainEpochs\": 1} | initialScoreWeight cannot be 1.0 with pretrainEpochs",
        "{\"twins\": {\"weight\": -1}} | twins.weight cannot be -1.0",
        "{\"pretrainEpochs\": -1} | pretrainEpochs cannot be -1",
        "{\"mapWeight\": 1} | mapWeight cannot be 1.0, as head POOLED has no feature map",
        "{\"mapWeight\": 1, \"head\": \"FEATURE_MAP\"} | make cropSize the inputSize, 256",
        "{\"head\": | not a recipe: no JSON at line 1, column ",
        "7 | not a recipe"
      })
  void refusesWhatMakesNoSense(String json, String problem) {
    assertThatThrownBy(() -> StudentRecipe.fromJson(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(problem)
        .hasMessageNotContaining("\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"inputSize\": 1024}",
        "{\"cropSize\": 256}",
        "{\"twins\": {\"weight\": 1}}",
        "{\"pretrainEpochs\": 1}",
        "{\"schedule\": {\"batch\": 64}}",
        "{\"backbone\": \"efficientnet-b3\"}"
      })
  void takesMoreMemoryForMore(String json) {
    assertThat(StudentLearner.bytes(StudentRecipe.fromJson(json)))
        .isGreaterThan(StudentLearner.bytes(StudentRecipe.COMPACT) * 5 / 4);
  }

  @Test
  void aSecondTwinTakesAsMuchMemoryAsTheFirst() {
    long[] bytes =
        IntStream.of(1, 2)
            .mapToObj("{\"twins\": {\"weight\": 1, \"count\": %d}}"::formatted)
            .mapToLong(json -> StudentLearner.bytes(StudentRecipe.fromJson(json)))
            .toArray();
    long first = bytes[0] - StudentLearner.bytes(StudentRecipe.COMPACT);
    assertThat(bytes[1] - bytes[0]).isCloseTo(first, withinPercentage(1));
  }

  @Test
  void warmsUpAndFallsAlongACosine() {
    Schedule schedule = schedule("{\"epochs\": 10, \"warmupEpochs\": 2, \"learningRate\": 0.001}");
    assertThat(schedule.learningRate(0, 100)).isCloseTo(0.001 / 201, within(1e-12));
    assertThat(schedule.learningRate(99, 100)).isLessThan(schedule.learningRate(199, 100));
    assertThat(schedule.learningRate(200, 100)).isCloseTo(0.001, within(1e-12));
    assertThat(schedule.learningRate(600, 100)).isCloseTo(0.0005, within(1e-12));
    assertThat(schedule.learningRate(999, 100)).isBetween(0.0, 1e-8);
  }

  @Test
  void fallsToAFifthAfterPublishedEpochs() {
    Schedule schedule =
        schedule(
            """
            {"epochs": 30, "warmupEpochs": 0, "learningRate": 0.0001, "decayAfter": [10, 25]}
            """);
    assertThat(schedule.learningRate(10 * 100 - 1, 100)).isEqualTo(1e-4);
    assertThat(schedule.learningRate(10 * 100, 100)).isCloseTo(2e-5, within(1e-12));
    assertThat(schedule.learningRate(25 * 100, 100)).isCloseTo(4e-6, within(1e-12));
  }

  private static Schedule schedule(String json) {
    return StudentRecipe.fromJson("{\"schedule\": %s}".formatted(json)).schedule();
  }

  @Test
  void twinsAloneAreEnoughWhereScoresAreHeld() {
    String twins =
        """
        {"keepStatistics": true, "loss": "SQUARED_ERROR", "scoreWeight": 0,
         "initialScoreWeight": 10, "twins": {"weight": 8}}
        """;
    assertThat(StudentRecipe.fromJson(twins).needsTeacher()).isFalse();
  }
}
