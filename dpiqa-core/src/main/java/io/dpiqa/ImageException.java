package io.dpiqa;

/**
 * One picture cannot be read.
 *
 * <p>The message is one line that names the picture, says what is wrong with it and what to do
 * about it; it is fit to be shown to people as it is.
 */
public final class ImageException extends Exception {

  private static final long serialVersionUID = 1;

  /**
   * @param image the file name, or whatever else the caller knows the picture by
   * @param problem what is wrong and what to do about it
   */
  public ImageException(String image, String problem) {
    this(image, problem, null);
  }

  /**
   * @param image the file name, or whatever else the caller knows the picture by
   * @param problem what is wrong and what to do about it
   * @param cause what the decoder or the file system threw, or null
   */
  public ImageException(String image, String problem, Throwable cause) {
    super((image + ": " + problem).replaceAll("\\R", " "), cause);
  }
}
