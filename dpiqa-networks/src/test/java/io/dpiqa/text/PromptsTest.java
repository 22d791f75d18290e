package io.dpiqa.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.dpiqa.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptsTest {
  @TempDir private Path folder;

  @Test
  void publishedOnesAreInTheirOrder() throws IOException {
    List<String> golden = new ArrayList<>();
    try (InputStream in = getClass().getResourceAsStream("/golden/clip-tokens.json")) {
      new ObjectMapper()
          .readTree(in)
          .path("prompts")
          .forEach(p -> golden.add(p.path("text").asText()));
    }
    assertThat(golden).hasSize(495);
    assertThat(Prompts.published()).containsExactlyElementsOf(golden);
  }

  @Test
  void readsOneOnEachLine() throws IOException {
    Path file = folder.resolve("prompts.txt");
    Files.writeString(file, "\ufeffa good photo\r\n\r\n  ein schönes Foto \n一张好照片");
    assertThat(Prompts.read(file)).containsExactly("a good photo", "ein schönes Foto", "一张好照片");
  }

  @Test
  void saysWhyAFileCannotBeUsed() throws IOException {
    Path file = folder.resolve("prompts.txt");
    refuses(file, "no such file");
    Files.writeString(file, " \n\n");
    refuses(file, "holds no prompts; write one on each line");
    Files.writeString(file, "Grüße", StandardCharsets.ISO_8859_1);
    refuses(file, "not UTF-8");
    Files.write(file, new byte[(1 << 20) + 1]);
    refuses(file, "over 1048576 bytes");
  }

  private static void refuses(Path file, String problem) {
    assertThatThrownBy(() -> Prompts.read(file))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(problem);
  }
}
