package io.dpiqa.cli;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** One line on a terminal that says how far a long run is; short runs do without. */
final class Progress implements AutoCloseable {
  private static final long PATIENCE_NANOS = 2_000_000_000L;
  private static final int LINE = 78;

  private final String task;
  private final long total;
  private final long begin = System.nanoTime();
  private long done;
  private ProgressBar bar;

  /**
   * @param task what is done
   * @param total how many steps there will be, or -1
   */
  Progress(String task, long total) {
    this.task = task;
    this.total = total;
  }

  /** Tells of a step; nothing is shown where standard error goes to no terminal. */
  void step() {
    done++;
    if (bar == null && Terminal.showsProgress() && System.nanoTime() - begin > PATIENCE_NANOS) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(task)
              .setInitialMax(total)
              .setStyle(ProgressBarStyle.ASCII)
              .showSpeed()
              .setConsumer(new ConsoleProgressBarConsumer(System.err, LINE))
              .clearDisplayOnFinish()
              .build();
    }
    if (bar != null) {
      bar.stepTo(done);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
