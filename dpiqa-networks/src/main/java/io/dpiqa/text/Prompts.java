package io.dpiqa.text;

import io.dpiqa.ModelException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** The sentences that a teacher compares a photograph with. */
public final class Prompts {
  private Prompts() {}

  private static final long MAX_FILE_SIZE = 1 << 20;

  /**
   * The 495 of the published system: each quality with each scene with each distortion, the
   * distortion changing fastest. A published teacher was trained with them in this order.
   */
  public static List<String> published() {
    return Description.all().stream().map(Description::sentence).toList();
  }

  /**
   * The prompts of a text file: one a line, in UTF-8. Empty lines and spaces around a prompt do not
   * count.
   *
   * @throws ModelException if the file is missing, not UTF-8, over 1 MiB, or has no prompt
   */
  public static List<String> read(Path file) {
    try {
      if (Files.size(file) > MAX_FILE_SIZE) {
        throw new ModelException(
            file.toString(), "no file of prompts: it is over %d bytes".formatted(MAX_FILE_SIZE));
      }
      String text = Files.readString(file, StandardCharsets.UTF_8);
      // Some editors begin UTF-8 with a byte-order mark.
      List<String> prompts =
          text.replaceFirst("^\ufeff", "")
              .lines()
              .map(String::strip)
              .filter(line -> !line.isEmpty())
              .toList();
      if (prompts.isEmpty()) {
        throw new ModelException(file.toString(), "holds no prompts; write one on each line");
      }
      return prompts;
    } catch (NoSuchFileException e) {
      throw new ModelException(file.toString(), "no such file", e);
    } catch (CharacterCodingException e) {
      throw new ModelException(file.toString(), "not UTF-8 text; save it as UTF-8", e);
    } catch (IOException e) {
      throw new ModelException(file.toString(), "cannot be read: " + e.getMessage(), e);
    }
  }
}
