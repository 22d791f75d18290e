package io.dpiqa.train;

import java.util.List;

/** How the model in the box is made; {@code docs/model-card.md} says what each stage brings. */
public final class BuiltInModel {
  private static final StudentRecipe TWINS =
      StudentRecipe.fromJson(
          """
          {"keepStatistics": true, "loss": "SQUARED_ERROR", "scoreWeight": 5, "degradationWeight": 1,
           "inputSize": 384, "cropSize": 144, "twinSize": 512, "initialShare": 0.5,
           "schedule": {"epochs": 2, "warmupEpochs": 0, "learningRate": 3e-4}}
          """);

  /**
   * A part of the training, which begins with the model that came of the one before, or with random
   * weights.
   *
   * @param name of its folder, and of the model that the next begins with
   * @param recipe what is done
   */
  public record Stage(String name, StudentRecipe recipe) {}

  /**
   * The stages in their order: people's scores alone, on small pictures, where a network learns
   * fast; degraded twins beside them, on larger ones, with BatchNorm folded; people's scores again,
   * with BatchNorm unfolded; twins again.
   */
  public static final List<Stage> STAGES =
      List.of(
          new Stage("beginning", StudentRecipe.COMPACT),
          new Stage("twins", TWINS),
          new Stage(
              "continuation",
              StudentRecipe.fromJson(
                  """
                  {"inputSize": 288, "cropSize": 144,
                   "schedule": {"epochs": 8, "warmupEpochs": 0.3, "learningRate": 8e-4,
                                "averageDecay": 0.998}}
                  """)),
          new Stage("twins-again", TWINS));

  private BuiltInModel() {}
}
