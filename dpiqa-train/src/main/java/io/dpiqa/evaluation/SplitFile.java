package io.dpiqa.evaluation;

import io.dpiqa.dataset.Split;

/**
 * The file that said which pictures a model was evaluated on.
 *
 * @param name of the file
 * @param sha256 in hexadecimal: {@link Split#sha256()}, which does not depend on the order of lines
 */
public record SplitFile(String name, String sha256) {
  private static final int SHORT = 12;

  /**
   * @throws IllegalArgumentException if the hash is none
   */
  public SplitFile {
    if (!sha256.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException(sha256 + " is no SHA-256");
    }
  }

  /** As much of the hash as tells one split from another. */
  String shortHash() {
    return sha256.substring(0, SHORT);
  }
}
