package io.dpiqa.train;

import io.dpiqa.network.Student;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a part of the method is worth: the same training with and without it (Fu et al., arXiv
 * 2405.19996, section 4.4). Variants are trained in the order of the maps, by the names of their
 * folders.
 */
public final class Ablation {
  private static final List<Integer> TIMESTEPS = List.of(1, 100, 500);

  private Ablation() {}

  /**
   * How a variant went.
   *
   * @param variant its name
   * @param best its best epoch by the validation's SRCC
   * @param epochs how many there were
   */
  public record Row(String variant, Epoch best, int epochs) {

    /**
     * Of a run that is complete.
     *
     * @param folder of the run
     * @param pretrainEpochs how many come first that are never the best
     * @throws TrainingException if there is none, or no further epoch is complete
     */
    public static Row of(String variant, Path folder, int pretrainEpochs) {
      List<Epoch> epochs = Run.epochs(folder);
      Epoch best =
          epochs.stream()
              .skip(pretrainEpochs)
              .max(Comparator.comparingDouble(epoch -> orWorst(epoch.validation().get("srcc"))))
              .orElseThrow(
                  () ->
                      new TrainingException(folder + ": no epoch is complete, pre-training apart"));
      return new Row(variant, best, epochs.size());
    }

    private static double orWorst(double srcc) {
      return Double.isNaN(srcc) ? -2 : srcc;
    }
  }

  /**
   * Teachers: as the recipe says; without each adapter; with each up block alone; at other
   * timesteps.
   */
  public static Map<String, TeacherRecipe> teachers(TeacherRecipe recipe) {
    Map<String, TeacherRecipe> variants = new LinkedHashMap<>();
    variants.put("teacher", recipe);
    if (recipe.textAdapter()) {
      variants.put("teacher-without-text-adapter", changed(recipe, "{\"textAdapter\": false}"));
    }
    if (recipe.imageAdapter()) {
      variants.put("teacher-without-image-adapter", changed(recipe, "{\"imageAdapter\": false}"));
    }
    if (recipe.upBlocks().size() > 1) {
      for (int block : recipe.upBlocks()) {
        variants.put(
            "teacher-up-block-" + block, changed(recipe, "{\"upBlocks\": [%d]}".formatted(block)));
      }
    }
    for (int timestep : TIMESTEPS) {
      if (timestep != recipe.timestep()) {
        variants.put(
            "teacher-timestep-" + timestep,
            changed(recipe, "{\"timestep\": %d}".formatted(timestep)));
      }
    }
    return variants;
  }

  private static TeacherRecipe changed(TeacherRecipe recipe, String change) {
    return TeacherRecipe.fromJson(change, recipe);
  }

  /**
   * Students: from people's scores alone; with the teacher's score; with its feature map, where
   * both have one of the same size and the student sees whole pictures; with both.
   *
   * @throws IllegalArgumentException if a variant learns from nothing, or for no epoch, or asks for
   *     weights to begin with, which none has
   */
  public static Map<String, StudentRecipe> students(StudentRecipe recipe, TeacherRecipe teacher) {
    RecipeJson.require(recipe.schedule().epochs() > 0, "schedule.epochs", 0);
    requireNone("initialShare", recipe.initialShare());
    requireNone("initialScoreWeight", recipe.initialScoreWeight());
    Map<String, StudentRecipe> variants = new LinkedHashMap<>();
    variants.put("student-without-teacher", taught(recipe, 0, 0));
    variants.put("student-teacher-score", taught(recipe, 1, 0));
    boolean seesWholePictures = recipe.cropSize() == recipe.inputSize() && !recipe.seesParts();
    if (recipe.head() == Student.Head.FEATURE_MAP
        && seesWholePictures
        && teacher.mapSize() == Student.MAP_SIZE) {
      variants.put("student-feature-map", taught(recipe, 0, 1));
      variants.put("student-score-and-map", taught(recipe, 1, 1));
    }
    return variants;
  }

  private static void requireNone(String name, double share) {
    RecipeJson.require(share == 0, name, share + " without weights to begin with");
  }

  private static StudentRecipe taught(StudentRecipe recipe, int score, int map) {
    String change = "{\"teacherScoreWeight\": %d, \"mapWeight\": %d}".formatted(score, map);
    return StudentRecipe.fromJson(change, recipe);
  }

  /** The rows as a CSV file, under a header. */
  public static String csv(List<Row> rows) {
    List<String> figures = new ArrayList<>(rows.get(0).best().validation().keySet());
    return TrainingLog.csv(
        csv -> {
          List<String> header = new ArrayList<>(List.of("variant", "best_epoch", "epochs"));
          header.addAll(figures);
          csv.writeRecord(header);
          for (Row row : rows) {
            List<String> values = new ArrayList<>();
            values.add(row.variant());
            values.add(Integer.toString(row.best().epoch()));
            values.add(Integer.toString(row.epochs()));
            figures.forEach(
                figure ->
                    values.add(TrainingLog.rounded("%.4f", row.best().validation().get(figure))));
            csv.writeRecord(values);
          }
        });
  }
}
