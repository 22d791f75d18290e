package io.dpiqa.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dpiqa.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** With a vocabulary made up as CLIP's is: bytes, bytes that end a word, merges, two more. */
class ClipTokenizerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String START = "<|startoftext|>";
  private static final String END = "<|endoftext|>";
  private static final List<String> MERGES =
      List.of("t h", "th e</w>", "c a", "ca t</w>", "n o", "' t</w>");
  private static final List<String> VOCABULARY = vocabulary();

  @TempDir private Path folder;

  @BeforeEach
  void writeVocabulary() throws IOException {
    write(folder, ids(VOCABULARY), MERGES);
  }

  @Test
  void joinsTheBytesOfWordsBetweenStartAndEnd() {
    try (ClipTokenizer tokenizer = ClipTokenizer.open(folder)) {
      assertThat(tokenizer.encode("the cat")).containsExactly(518, 513, 515, 519);
      assertThat(VOCABULARY.get(513)).isEqualTo("the</w>");
    }
  }

  @ParameterizedTest
  @MethodSource
  void splitsAsClipDoes(String text, List<String> tokens) {
    assertThat(tokens(text)).isEqualTo(tokens);
  }

  static Stream<Arguments> splitsAsClipDoes() {
    return Stream.of(
        Arguments.of("  ThE\t\n CAT ", List.of("the</w>", "cat</w>")),
        Arguments.of("", List.of()),
        Arguments.of(" ", List.of()),
        Arguments.of(
            "cat's2the!?", List.of("cat</w>", "'", "s</w>", "2</w>", "the</w>", "!", "?</w>")),
        Arguments.of("12", List.of("1</w>", "2</w>")),
        Arguments.of("not", List.of("no", "t</w>")),
        Arguments.of("no't", List.of("n", "o</w>", "'t</w>")),
        Arguments.of("é", List.of("Ã", "©</w>")),
        Arguments.of("e\u0301", List.of("Ã", "©</w>")),
        Arguments.of(END + " the", List.of(END, "the</w>")));
  }

  @Test
  void refusesWhatClipCannotRead() {
    try (ClipTokenizer tokenizer = ClipTokenizer.open(folder)) {
      assertThat(tokenizer.encode("1".repeat(75))).hasSize(77).endsWith(519);
      assertThatThrownBy(() -> tokenizer.encode("1".repeat(76)))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("has 78 tokens, start and end included, but CLIP reads 77");
      assertThatThrownBy(() -> tokenizer.encode("a\ud83d"))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void readsTheFilesOfTransformersAndOfStableDiffusion() throws IOException {
    int[] expected;
    try (ClipTokenizer tokenizer = ClipTokenizer.open(folder)) {
      expected = tokenizer.encode("the cat, not 12");
    }
    Path stableDiffusion = Files.createDirectories(folder.resolve("sd/tokenizer"));
    write(stableDiffusion, ids(VOCABULARY), MERGES);
    Path transformers = Files.createDirectories(folder.resolve("clip"));
    List<Object> models =
        List.of(
            Map.of("vocab", ids(VOCABULARY), "merges", MERGES),
            Map.of(
                "vocab",
                ids(VOCABULARY),
                "merges",
                MERGES.stream().map(merge -> merge.split(" ")).toList()));
    try (ClipTokenizer tokenizer = ClipTokenizer.open(folder.resolve("sd"))) {
      assertThat(tokenizer.encode("the cat, not 12")).isEqualTo(expected);
    }
    for (Object model : models) {
      JSON.writeValue(transformers.resolve("tokenizer.json").toFile(), Map.of("model", model));
      try (ClipTokenizer tokenizer = ClipTokenizer.open(transformers)) {
        assertThat(tokenizer.encode("the cat, not 12")).isEqualTo(expected);
      }
    }
  }

  @Test
  void saysWhatIsWrongWithAVocabulary() throws IOException {
    write(folder, ids(VOCABULARY.subList(0, 518)), MERGES);
    refuses(folder, "vocab.json: not CLIP's vocabulary: it lacks <|startoftext|>");
    write(folder, ids(VOCABULARY), List.of("xyz w"));
    refuses(folder, "vocab.json: not CLIP's vocabulary and merges: ");
    Files.writeString(folder.resolve("vocab.json"), "{\"a\": ");
    refuses(folder, "vocab.json: damaged");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    refuses(empty, "holds no tokenizer: neither vocab.json and merges.txt nor tokenizer.json");
  }

  private static void refuses(Path folder, String problem) {
    assertThatThrownBy(() -> ClipTokenizer.open(folder))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(folder.toString())
        .hasMessageContaining(problem);
  }

  /**
   * Runs where the variable names a folder with CLIP's own vocabulary, which dpiqa has no copy of.
   */
  @Test
  @EnabledIfEnvironmentVariable(named = "DPIQA_CLIP_TOKENIZER", matches = ".+")
  void givesTheTokensOfThePublishedSystem() throws IOException {
    JsonNode golden;
    try (InputStream in = getClass().getResourceAsStream("/golden/clip-tokens.json")) {
      golden = JSON.readTree(in);
    }
    List<JsonNode> samples = new ArrayList<>();
    golden.path("prompts").forEach(samples::add);
    golden.path("extra").forEach(samples::add);
    assertThat(samples).hasSize(515);
    try (ClipTokenizer tokenizer =
        ClipTokenizer.open(Path.of(System.getenv("DPIQA_CLIP_TOKENIZER")))) {
      for (JsonNode sample : samples) {
        assertThat(tokenizer.encode(sample.path("text").asText()))
            .as(sample.path("text").asText())
            .isEqualTo(JSON.convertValue(sample.path("ids"), int[].class));
      }
    }
  }

  /** The tokens between start and end, as the vocabulary spells them. */
  private List<String> tokens(String text) {
    try (ClipTokenizer tokenizer = ClipTokenizer.open(folder)) {
      List<String> tokens = new ArrayList<>();
      for (int id : tokenizer.encode(text)) {
        tokens.add(VOCABULARY.get(id));
      }
      assertThat(tokens).startsWith(START).endsWith(END);
      return tokens.subList(1, tokens.size() - 1);
    }
  }

  /** Printable bytes stand for themselves, and characters from 256 on for the others. */
  private static List<String> vocabulary() {
    List<String> tokens = new ArrayList<>();
    for (int b = 0; b < 256; b++) {
      if (isPrintable(b)) {
        tokens.add(String.valueOf((char) b));
      }
    }
    for (int other = 256; tokens.size() < 256; other++) {
      tokens.add(String.valueOf((char) other));
    }
    tokens.addAll(tokens.stream().map(token -> token + "</w>").toList());
    MERGES.forEach(merge -> tokens.add(merge.replace(" ", "")));
    tokens.addAll(List.of(START, END));
    return tokens;
  }

  private static boolean isPrintable(int b) {
    return (b >= '!' && b <= '~') || (b >= 0xa1 && b != 0xad);
  }

  private static Map<String, Integer> ids(List<String> tokens) {
    Map<String, Integer> ids = new LinkedHashMap<>();
    tokens.forEach(token -> ids.put(token, ids.size()));
    return ids;
  }

  private static void write(Path folder, Map<String, Integer> ids, List<String> merges)
      throws IOException {
    JSON.writeValue(folder.resolve("vocab.json").toFile(), ids);
    Files.writeString(
        folder.resolve("merges.txt"), "#version: 0.2\n" + String.join("\n", merges) + "\n");
  }
}
