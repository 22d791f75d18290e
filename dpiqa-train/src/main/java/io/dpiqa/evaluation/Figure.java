package io.dpiqa.evaluation;

import java.util.Optional;

/** The figures that an {@link Evaluation} has; docs/protocol.md defines them. */
public enum Figure {
  /** Spearman's rank correlation. */
  SRCC("srcc", "SRCC"),
  /** Pearson's correlation. */
  PLCC("plcc", "PLCC"),
  /** Pearson's correlation after the logistic fit. */
  PLCC_FITTED("plcc_logistic", "PLCC fitted"),
  /** Kendall's rank correlation. */
  KRCC("krcc", "KRCC"),
  /** Root mean squared error. */
  RMSE("rmse", "RMSE"),
  /** Root mean squared error after the logistic fit. */
  RMSE_FITTED("rmse_logistic", "RMSE fitted"),
  /** Share of opinions within the model's own intervals. */
  COVERAGE("coverage", "covered");

  private final String key;
  private final String label;

  Figure(String key, String label) {
    this.key = key;
    this.label = label;
  }

  /** The figure's name in files. */
  public String key() {
    return key;
  }

  /** The figure's name for people. */
  public String label() {
    return label;
  }

  /** The figure of one model; NaN where it is not defined. */
  public double of(Evaluation evaluation) {
    return switch (this) {
      case SRCC -> evaluation.agreement().srcc();
      case PLCC -> evaluation.agreement().plcc();
      case PLCC_FITTED -> evaluation.logisticFit().map(LogisticFit::plcc).orElse(Double.NaN);
      case KRCC -> evaluation.agreement().krcc();
      case RMSE -> evaluation.agreement().rmse();
      case RMSE_FITTED -> evaluation.logisticFit().map(LogisticFit::rmse).orElse(Double.NaN);
      case COVERAGE -> evaluation.coverage().orElse(Double.NaN);
    };
  }

  /** Where the figure probably lies; absent for what resamples are not measured for. */
  public Optional<BootstrapInterval> interval(Evaluation evaluation) {
    return switch (this) {
      case SRCC -> Optional.of(evaluation.intervals().srcc());
      case PLCC -> Optional.of(evaluation.intervals().plcc());
      case KRCC -> Optional.of(evaluation.intervals().krcc());
      case RMSE -> Optional.of(evaluation.intervals().rmse());
      case PLCC_FITTED, RMSE_FITTED, COVERAGE -> Optional.empty();
    };
  }
}
