package io.dpiqa.cli;

import io.dpiqa.importer.ImportListener;

/** Shows how far an import is, one task after another. */
final class ImportProgress implements ImportListener, AutoCloseable {
  private String task = "";
  private Progress progress = new Progress(task, 0);

  @Override
  public void step(String newTask, long total) {
    if (!newTask.equals(task)) {
      progress.close();
      task = newTask;
      progress = new Progress(task, total);
    }
    progress.step();
  }

  @Override
  public void close() {
    progress.close();
  }
}
