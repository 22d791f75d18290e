package io.dpiqa.evaluation;

import java.util.List;
import java.util.Optional;

/**
 * What was measured on one dataset: several models on the same pictures, or several runs of one
 * recipe.
 *
 * @param evaluations one or more
 * @param comparisons of the second and every further model with the first, in their order; none
 *     over runs
 * @param overRuns absent where models are compared
 */
public record Results(
    List<Evaluation> evaluations, List<Comparison> comparisons, Optional<OverRuns> overRuns) {

  public Results {
    evaluations = List.copyOf(evaluations);
    comparisons = List.copyOf(comparisons);
  }

  /**
   * Compares models on the same pictures with the first of them.
   *
   * @throws IllegalArgumentException if there is none, or they were given different pictures
   */
  public static Results ofModels(List<Evaluation> evaluations) {
    if (evaluations.isEmpty()) {
      throw new IllegalArgumentException("there is no evaluation");
    }
    Evaluation first = evaluations.get(0);
    List<Comparison> comparisons =
        evaluations.stream().skip(1).map(evaluation -> evaluation.comparedWith(first)).toList();
    return new Results(evaluations, comparisons, Optional.empty());
  }

  /**
   * Sums up what was measured of several runs of one recipe.
   *
   * @throws IllegalArgumentException if there are fewer than two
   */
  public static Results ofRuns(List<Evaluation> evaluations) {
    return new Results(evaluations, List.of(), Optional.of(new OverRuns(evaluations)));
  }
}
