package io.dpiqa;

/**
 * A model or its weights cannot be used.
 *
 * <p>The message is one line that names the model or its file, says what is wrong with it and what
 * to do about it; it is fit to be shown to people as it is.
 */
public final class ModelException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /**
   * @param model the model's name or its file
   * @param problem what is wrong and what to do about it
   */
  public ModelException(String model, String problem) {
    this(model, problem, null);
  }

  /**
   * @param model the model's name or its file
   * @param problem what is wrong and what to do about it
   * @param cause what the runtime or the file system threw, or null
   */
  public ModelException(String model, String problem, Throwable cause) {
    // Names inside a hostile file must not write over the user's terminal.
    super((model + ": " + problem).replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]+", " "), cause);
  }
}
