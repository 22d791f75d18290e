package io.dpiqa.dataset;

/**
 * A dataset cannot be used. The message is one line that names the file, says what is wrong with it
 * and where.
 */
public final class DatasetException extends RuntimeException {
  private static final long serialVersionUID = 1;

  DatasetException(String message) {
    super(message);
  }

  DatasetException(String message, Throwable cause) {
    super(message, cause);
  }
}
