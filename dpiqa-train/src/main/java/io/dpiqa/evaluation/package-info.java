/**
 * How well predictions agree with people's opinions.
 *
 * <p>{@link io.dpiqa.evaluation.Evaluation} is of one model and the pictures of one dataset, {@link
 * io.dpiqa.evaluation.Results} of several models or splits, {@link
 * io.dpiqa.evaluation.CrossResults} of several datasets; {@link io.dpiqa.evaluation.ResultFiles}
 * writes them with plots and a report. {@link io.dpiqa.evaluation.Agreement}, {@link
 * io.dpiqa.evaluation.LogisticFit}, {@link io.dpiqa.evaluation.BootstrapInterval} and {@link
 * io.dpiqa.evaluation.Comparison} take plain arrays of scores.
 */
package io.dpiqa.evaluation;
