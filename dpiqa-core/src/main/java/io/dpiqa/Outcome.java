package io.dpiqa;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What became of one file of many: exactly one of a score and an error.
 *
 * @param path the file, as it was given
 * @param score of the picture, if it could be read
 * @param error why it could not be read, otherwise
 */
public record Outcome(Path path, Optional<Score> score, Optional<ImageException> error) {

  public Outcome {
    if (score.isPresent() == error.isPresent()) {
      throw new IllegalArgumentException("an outcome is either a score or an error");
    }
  }

  static Outcome of(Path path, Score score) {
    return new Outcome(path, Optional.of(score), Optional.empty());
  }

  static Outcome of(Path path, ImageException error) {
    return new Outcome(path, Optional.empty(), Optional.of(error));
  }
}
