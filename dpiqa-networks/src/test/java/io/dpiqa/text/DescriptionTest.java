package io.dpiqa.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DescriptionTest {

  @ParameterizedTest
  @CsvSource({"0, bad", "0.199, bad", "0.2, poor", "0.5, fair", "0.799, good", "0.8, perfect"})
  void scoresHaveAWordForEachFifth(double score, String quality) {
    assertThat(Description.ofScore(score)).isEqualTo(new Description(quality, "others", "other"));
  }

  @Test
  void theBestScoreIsPerfect() {
    assertThat(Description.ofScore(1).quality()).isEqualTo("perfect");
  }

  @Test
  void getsWorseWhileThereAreWordsForIt() {
    Description good = new Description("good", "night", "other");
    assertThat(good.worsened("blur", 2)).isEqualTo(new Description("poor", "night", "blur"));
    assertThat(good.worsened("noise", 5)).isEqualTo(new Description("bad", "night", "noise"));
  }

  @Test
  void refusesOtherWords() {
    assertThatThrownBy(() -> new Description("good", "beach", "blur"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("\"beach\" is no scene; it must be one of animal, ");
    assertThatThrownBy(() -> new Description("night", "night", "blur"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no quality");
  }
}
