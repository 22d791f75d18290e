package io.dpiqa.train;

/**
 * The recipes of the model in the box, in the order in which they are used; {@code
 * docs/model-card.md} says what each of them brings.
 */
public final class BuiltInModel {

  /** From random weights, on people's scores alone and on small pictures, where it learns fast. */
  public static final StudentRecipe BEGINNING = StudentRecipe.COMPACT;

  /**
   * From the model that came of the first, on larger pictures, and beside people's scores on twins
   * that were degraded. BatchNorm, which a model has folded, keeps its statistics.
   */
  public static final StudentRecipe FINE_TUNING =
      StudentRecipe.fromJson(
          """
          {"keepStatistics": true, "loss": "SQUARED_ERROR", "scoreWeight": 5, "degradationWeight": 1,
           "inputSize": 384, "cropSize": 144, "twinSize": 512, "initialShare": 0.5,
           "schedule": {"epochs": 2, "warmupEpochs": 0, "learningRate": 3e-4}}
          """,
          BEGINNING);

  private BuiltInModel() {}
}
