package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.util.List;
import org.junit.jupiter.api.Test;

class AblationTest {
  private static final TeacherRecipe PUBLISHED =
      TeacherRecipe.preset("published-koniq10k").orElseThrow();

  @Test
  void teachersDifferFromTheRecipeInOneThing() {
    TeacherRecipe recipe = TeacherRecipe.preset("published-koniq10k").orElseThrow();
    assertThat(Ablation.teachers(recipe))
        .containsExactly(
            entry("teacher", recipe),
            entry("teacher-without-text-adapter", changed("textAdapter", "false")),
            entry("teacher-without-image-adapter", changed("imageAdapter", "false")),
            entry("teacher-up-block-0", changed("upBlocks", "[0]")),
            entry("teacher-up-block-1", changed("upBlocks", "[1]")),
            entry("teacher-up-block-2", changed("upBlocks", "[2]")),
            entry("teacher-up-block-3", changed("upBlocks", "[3]")),
            entry("teacher-timestep-100", changed("timestep", "100")),
            entry("teacher-timestep-500", changed("timestep", "500")));
  }

  private static TeacherRecipe changed(String name, String value) {
    return TeacherRecipe.fromJson(
        "{\"%s\": %s}".formatted(name, value),
        TeacherRecipe.preset("published-koniq10k").orElseThrow());
  }

  @Test
  void nothingIsTrainedTwice() {
    TeacherRecipe recipe =
        TeacherRecipe.fromJson(
            """
            {"textAdapter": false, "imageAdapter": false, "upBlocks": [2], "timestep": 100}
            """,
            TeacherRecipe.preset("small").orElseThrow());
    assertThat(Ablation.teachers(recipe).keySet())
        .containsExactly("teacher", "teacher-timestep-1", "teacher-timestep-500");
  }

  @Test
  void studentsLearnFromEachPartOfTheTeacher() {
    StudentRecipe recipe = StudentRecipe.preset("published-koniq10k").orElseThrow();
    assertThat(Ablation.students(recipe, PUBLISHED))
        .containsExactly(
            entry("student-without-teacher", taught(recipe, 0, 0)),
            entry("student-teacher-score", taught(recipe, 1, 0)),
            entry("student-feature-map", taught(recipe, 0, 1)),
            entry("student-score-and-map", taught(recipe, 1, 1)));
    assertThat(Ablation.students(recipe, PUBLISHED).values())
        .extracting(StudentRecipe::needsTeacher)
        .isEqualTo(List.of(false, true, true, true));
  }

  @Test
  void studentsWithoutAFeatureMapLearnTheScoreAlone() {
    assertThat(Ablation.students(StudentRecipe.COMPACT, PUBLISHED))
        .containsExactly(
            entry("student-without-teacher", taught(StudentRecipe.COMPACT, 0, 0)),
            entry("student-teacher-score", taught(StudentRecipe.COMPACT, 1, 0)));
  }

  @Test
  void studentsLearnNoMapThatIsNotLikeTheirs() {
    StudentRecipe recipe = StudentRecipe.preset("published-koniq10k").orElseThrow();
    TeacherRecipe smaller = TeacherRecipe.fromJson("{\"mapSize\": 16}", PUBLISHED);
    StudentRecipe parts =
        StudentRecipe.fromJson("{\"mapWeight\": 0, \"partFrom\": 0.5, \"partTo\": 1}", recipe);
    assertThat(Ablation.students(recipe, smaller).keySet())
        .isEqualTo(Ablation.students(parts, PUBLISHED).keySet())
        .containsExactly("student-without-teacher", "student-teacher-score");
  }

  @Test
  void saysThatAVariantWouldLearnNothing() {
    StudentRecipe taught =
        StudentRecipe.fromJson("{\"scoreWeight\": 0, \"teacherScoreWeight\": 1}");
    assertThatThrownBy(() -> Ablation.students(taught, PUBLISHED))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("scoreWeight");
  }

  @Test
  void variantsBeginWithNothing() {
    StudentRecipe held =
        StudentRecipe.fromJson(
            """
            {"keepStatistics": true, "loss": "SQUARED_ERROR", "initialScoreWeight": 1}
            """);
    assertThatThrownBy(() -> Ablation.students(held, PUBLISHED))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("initialScoreWeight cannot be 1.0 without weights to begin with");
  }

  private static StudentRecipe taught(StudentRecipe recipe, int score, int map) {
    String change = "{\"teacherScoreWeight\": %d, \"mapWeight\": %d}".formatted(score, map);
    return StudentRecipe.fromJson(change, recipe);
  }
}
