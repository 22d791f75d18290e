package io.dpiqa.train;

import io.dpiqa.weights.FreeMemory;
import java.util.List;

/** The recipe of the model in the box; {@code docs/model-card.md} says how it was made. */
public final class BuiltInModel {
  /** First, what the pictures of Tiny ImageNet show. */
  public static final BackboneRecipe BACKBONE =
      BackboneRecipe.fromJson(
          """
          {"cropSize": 128, "schedule": {"batch": 512, "epochs": 20, "learningRate": 2e-3}}
          """,
          BackboneRecipe.DEFAULT);

  private static final StudentRecipe SCORES =
      StudentRecipe.fromJson(
          """
          {"inputSize": 384, "cropSize": 224, "partFrom": 0.45, "partTo": 0.85,
           "twins": {"weight": 3, "count": 2, "size": 512},
           "schedule": {"batch": 64, "epochs": 34, "learningRate": 1e-3, "averageDecay": 0.998}}
          """);

  private static final StudentRecipe SETTLING =
      StudentRecipe.fromJson(
          """
          {"keepStatistics": true, "loss": "SQUARED_ERROR", "scoreWeight": 5, "twins": {"weight": 1},
           "schedule": {"epochs": 6, "warmupEpochs": 0.1, "learningRate": 3e-4}}
          """,
          SCORES);

  /**
   * A part of the training of a student, which begins with the weights of the one before, the first
   * with the backbone's.
   *
   * @param name of its folder
   * @param recipe what is done
   */
  public record Stage(String name, StudentRecipe recipe) {}

  /**
   * The stages in their order: people's scores and degraded twins together; the same with
   * BatchNorm's statistics of whole pictures.
   */
  public static final List<Stage> STAGES =
      List.of(new Stage("scores", SCORES), new Stage("settling", SETTLING));

  private BuiltInModel() {}

  /**
   * Makes sure that every stage fits into memory on a CPU: the last ones come after hours.
   *
   * @param kinds how many kinds of pictures the backbone is to know
   * @throws TrainingException if one does not
   */
  public static void requireMemory(int kinds) {
    long needed =
        STAGES.stream()
            .mapToLong(stage -> StudentLearner.bytes(stage.recipe()))
            .reduce(BackboneTrainer.bytes(BACKBONE, kinds), Math::max);
    Memory.require(needed, FreeMemory.bytes(), List.of(), change -> needed);
  }
}
