package io.dpiqa.importer;

/** Is told how far an import is, which takes minutes for a teacher. */
@FunctionalInterface
public interface ImportListener {

  /** For whoever does not want to know. */
  ImportListener NONE = (task, total) -> {};

  /**
   * A step of a task is done; a task's steps come one after another.
   *
   * @param task for instance {@code Checking tensors}
   * @param total steps of the task
   */
  void step(String task, long total);
}
