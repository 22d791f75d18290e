package io.dpiqa.cli;

import io.dpiqa.train.Epoch;
import io.dpiqa.train.Preparation;
import io.dpiqa.train.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;

/** Tells on standard error how a training run goes: a line an epoch and, on a terminal, a bar. */
final class TrainingProgress implements AutoCloseable {
  private static final int BAR = 12;

  /** A line that wraps is not cleared whole. */
  private static final int WIDTH = 79;

  private static final String CLEAR = "\r%s\r".formatted(" ".repeat(WIDTH));

  private final PrintWriter err;

  TrainingProgress(PrintWriter err) {
    this.err = err;
  }

  /** Says, on a terminal, what is done before the first step. */
  void tell(String task) {
    if (Terminal.showsProgress()) {
      err.print(CLEAR + task + " ");
      err.flush();
    }
  }

  /** Says, on a terminal, how far that is. */
  void show(Preparation preparation) {
    tell(
        "%s: picture %d of %d"
            .formatted(preparation.task(), preparation.done(), preparation.total()));
  }

  void show(Progress progress) {
    if (Terminal.showsProgress()) {
      err.print(CLEAR);
    }
    if (progress.epochEnds()) {
      err.println(line(progress.epochs().get(progress.epochs().size() - 1)));
    }
    if (Terminal.showsProgress() && progress.step() < progress.steps()) {
      String bar = bar(progress);
      err.print(bar.substring(0, Math.min(bar.length(), WIDTH)));
    }
    err.flush();
  }

  private static String line(Epoch epoch) {
    String figures =
        epoch.validation().entrySet().stream()
            .map(
                figure ->
                    String.format(
                        Locale.ROOT, "%s %.4f", label(figure.getKey()), figure.getValue()))
            .collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT,
        "epoch %d: loss %.4f, validation %s, %.1f images/s, %.1f %% waiting",
        epoch.epoch(),
        epoch.loss(),
        figures,
        epoch.imagesPerSecond(),
        100 * epoch.waitingShare());
  }

  private static String label(String figure) {
    return figure.contains("_") ? figure.replace('_', ' ') : figure.toUpperCase(Locale.ROOT);
  }

  private static String bar(Progress progress) {
    int done = (int) (BAR * progress.step() / progress.steps());
    return String.format(
        Locale.ROOT,
        "[%s%s] %d of %d, loss %.4f, %.1f images/s, %s left",
        "=".repeat(done),
        " ".repeat(BAR - done),
        progress.step(),
        progress.steps(),
        progress.loss(),
        progress.imagesPerSecond(),
        text(progress.timeLeft()));
  }

  private static String text(Duration time) {
    return time.toHours() > 0
        ? "%d h %02d min".formatted(time.toHours(), time.toMinutesPart())
        : "%d:%02d min".formatted(time.toMinutes(), time.toSecondsPart());
  }

  @Override
  public void close() {
    if (Terminal.showsProgress()) {
      err.print(CLEAR);
      err.flush();
    }
  }
}
