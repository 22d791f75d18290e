package io.dpiqa.train;

/**
 * The recipes of the model in the box, in the order in which they are used; {@code
 * docs/model-card.md} says what each of them brings.
 */
public final class BuiltInModel {

  /** A teacher, of people's scores alone. It never leaves the house: it is larger and slower. */
  public static final StudentRecipe TEACHER = StudentRecipe.COMPACT;

  /** The student, of people's scores alone, on small pictures, where it learns fast. */
  public static final StudentRecipe BEGINNING =
      StudentRecipe.fromJson("{\"backbone\": \"resnet18-32\", \"schedule\": {\"epochs\": 12}}");

  /**
   * The student that goes on from there, on larger pictures, with the teacher's scores beside
   * people's, and with twins that were degraded.
   */
  public static final StudentRecipe STUDENT =
      StudentRecipe.fromJson(
          """
          {"inputSize": 320, "cropSize": 160, "twinSize": 512,
           "teacherScoreWeight": 10, "degradationWeight": 2,
           "schedule": {"epochs": 8, "warmupEpochs": 0, "learningRate": 6e-4}}
          """,
          BEGINNING);

  private BuiltInModel() {}
}
