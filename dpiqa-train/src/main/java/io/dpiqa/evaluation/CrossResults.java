package io.dpiqa.evaluation;

import java.util.List;
import java.util.Optional;

/**
 * The cross-dataset matrix: how models, wherever they were trained, agree with people on several
 * datasets.
 *
 * @param models ids of the models
 * @param datasets what was measured on each dataset
 */
public record CrossResults(List<String> models, List<Column> datasets) {

  public CrossResults {
    models = List.copyOf(models);
    datasets = List.copyOf(datasets);
  }

  /**
   * One dataset: either results or a problem.
   *
   * @param name what the user calls it
   * @param results of all models, in their order
   * @param problem why there are none, otherwise
   */
  public record Column(String name, Optional<Results> results, Optional<String> problem) {

    public Column {
      if (results.isPresent() == problem.isPresent()) {
        throw new IllegalArgumentException("a dataset has either results or a problem");
      }
    }

    /** A dataset that was measured. */
    public static Column of(String name, Results results) {
      return new Column(name, Optional.of(results), Optional.empty());
    }

    /** A dataset that could not be measured. */
    public static Column failed(String name, String problem) {
      return new Column(name, Optional.empty(), Optional.of(problem));
    }

    /** A figure of one model, by its place among the models; NaN where there is none. */
    public double figure(Figure figure, int model) {
      return results.map(r -> figure.of(r.evaluations().get(model))).orElse(Double.NaN);
    }
  }
}
