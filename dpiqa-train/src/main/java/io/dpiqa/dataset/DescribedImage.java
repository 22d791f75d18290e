package io.dpiqa.dataset;

import io.dpiqa.text.Description;
import java.nio.file.Path;

/**
 * A picture and what is known of it.
 *
 * @param name as the dataset's annotations have it
 * @param file where the picture is
 * @param description of the picture as it is in the file
 */
public record DescribedImage(String name, Path file, Description description) {

  /** A picture of which people's score is known. */
  public static DescribedImage of(LabelledImage image) {
    return new DescribedImage(image.name(), image.file(), Description.ofScore(image.score()));
  }
}
