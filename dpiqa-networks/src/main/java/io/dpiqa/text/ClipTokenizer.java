package io.dpiqa.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dpiqa.ModelException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Turns text into the tokens that CLIP's text tower reads, as CLIP does: lower case, split into
 * words, single digits and punctuation, each joined from its bytes by the merges of a vocabulary
 * (byte-pair encoding). The vocabulary is not part of dpiqa; it lies beside CLIP's weights.
 */
public final class ClipTokenizer implements AutoCloseable {

  /** The most tokens that the text tower reads. */
  public static final int POSITIONS = 77;

  private static final String START = "<|startoftext|>";
  private static final String END = "<|endoftext|>";
  private static final String VOCABULARY_FILE = "vocab.json";
  private static final String MERGES_FILE = "merges.txt";
  private static final String TOKENIZER_FILE = "tokenizer.json";
  private static final long MAX_FILE_SIZE = 16 << 20;

  private static final String WORDS =
      "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HuggingFaceTokenizer tokenizer;

  private ClipTokenizer(HuggingFaceTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /**
   * Opens a tokenizer.
   *
   * @param folder one with {@code vocab.json} and {@code merges.txt}, or with {@code
   *     tokenizer.json}; CLIP's, or Stable Diffusion's, which has them in {@code tokenizer}
   * @throws ModelException if it has none of them, or they are damaged or of another tokenizer
   */
  public static ClipTokenizer open(Path folder) {
    Path inside = folder.resolve("tokenizer");
    Path files = Files.isDirectory(inside) ? inside : folder;
    Path vocabularyFile = files.resolve(VOCABULARY_FILE);
    Path mergesFile = files.resolve(MERGES_FILE);
    Path tokenizerFile = files.resolve(TOKENIZER_FILE);
    if (Files.exists(vocabularyFile) && Files.exists(mergesFile)) {
      return of(vocabularyFile, json(vocabularyFile), merges(mergesFile));
    }
    if (Files.exists(tokenizerFile)) {
      JsonNode model = json(tokenizerFile).path("model");
      return of(tokenizerFile, model.path("vocab"), model.path("merges"));
    }
    throw new ModelException(
        folder.toString(),
        "holds no tokenizer: neither %s and %s nor %s; take those of openai/clip-vit-large-patch14"
            .formatted(VOCABULARY_FILE, MERGES_FILE, TOKENIZER_FILE));
  }

  private static JsonNode json(Path file) {
    try {
      return JSON.readTree(text(file));
    } catch (JacksonException e) {
      throw new ModelException(file.toString(), "damaged: " + e.getOriginalMessage(), e);
    }
  }

  /** One merge a line, after a line with the version. */
  private static JsonNode merges(Path file) {
    ArrayNode merges = JSON.createArrayNode();
    text(file)
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith("#version"))
        .forEach(merges::add);
    return merges;
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > MAX_FILE_SIZE) {
        throw new ModelException(
            file.toString(), "no tokenizer: it is over %d bytes".formatted(MAX_FILE_SIZE));
      }
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new ModelException(file.toString(), "cannot be read: " + e, e);
    }
  }

  private static ClipTokenizer of(Path file, JsonNode vocabulary, JsonNode merges) {
    if (!vocabulary.path(START).isInt() || !vocabulary.path(END).isInt()) {
      throw new ModelException(
          file.toString(), "not CLIP's vocabulary: it lacks %s or %s".formatted(START, END));
    }
    TokenizerLibrary.load();
    try {
      byte[] json = JSON.writeValueAsBytes(description(vocabulary, merges));
      return new ClipTokenizer(
          HuggingFaceTokenizer.newInstance(
              new ByteArrayInputStream(json),
              Map.of("padding", "do_not_pad", "truncation", "do_not_truncate")));
    } catch (IOException | RuntimeException e) {
      throw new ModelException(
          file.toString(), "not CLIP's vocabulary and merges: " + e.getMessage(), e);
    }
  }

  /** CLIP's tokenizer, in the format of Hugging Face's library. */
  private static ObjectNode description(JsonNode vocabulary, JsonNode merges) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    ObjectNode root = json.objectNode();
    root.put("version", "1.0");
    for (String token : List.of(START, END)) {
      root.withArray("added_tokens")
          .addObject()
          .put("id", vocabulary.path(token).intValue())
          .put("content", token)
          .put("special", true)
          .put("normalized", false)
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false);
    }

    ObjectNode normalizer = root.putObject("normalizer").put("type", "Sequence");
    ArrayNode normalizers = normalizer.putArray("normalizers");
    normalizers.addObject().put("type", "NFC");
    normalizers
        .addObject()
        .put("type", "Replace")
        .put("content", " ")
        .set("pattern", json.objectNode().put("Regex", "\\s+"));
    normalizers.addObject().put("type", "Lowercase");

    ObjectNode preTokenizer = root.putObject("pre_tokenizer").put("type", "Sequence");
    ArrayNode preTokenizers = preTokenizer.putArray("pretokenizers");
    preTokenizers
        .addObject()
        .put("type", "Split")
        .put("behavior", "Removed")
        .put("invert", true)
        .set("pattern", json.objectNode().put("Regex", WORDS));
    preTokenizers
        .addObject()
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", true)
        .put("use_regex", false);

    ObjectNode postProcessor = root.putObject("post_processor");
    postProcessor
        .put("type", "RobertaProcessing")
        .put("add_prefix_space", false)
        .put("trim_offsets", false);
    postProcessor.putArray("cls").add(START).add(vocabulary.path(START).intValue());
    postProcessor.putArray("sep").add(END).add(vocabulary.path(END).intValue());

    ObjectNode model = root.putObject("model");
    model
        .put("type", "BPE")
        .put("unk_token", END)
        .put("continuing_subword_prefix", "")
        .put("end_of_word_suffix", "</w>")
        .put("fuse_unk", false);
    model.set("vocab", vocabulary);
    model.set("merges", merges);
    return root;
  }

  /**
   * The tokens of a prompt: the start token, those of the text, and the end token. Nothing fills
   * the positions after it; the text tower's attention is causal and would not see it.
   *
   * @return 2 to {@link #POSITIONS} ids
   * @throws ModelException if the prompt has more tokens than that
   * @throws IllegalArgumentException if it is no Unicode text: has half a surrogate pair
   */
  public int[] encode(String prompt) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(prompt)) {
      throw new IllegalArgumentException("half a surrogate pair in: " + prompt);
    }
    int[] ids =
        Arrays.stream(tokenizer.encode(prompt).getIds()).mapToInt(Math::toIntExact).toArray();
    if (ids.length > POSITIONS) {
      throw new ModelException(
          "prompt \"%.40s…\"".formatted(prompt),
          "has %d tokens, start and end included, but CLIP reads %d; shorten it"
              .formatted(ids.length, POSITIONS));
    }
    return ids;
  }

  /** Frees native memory. */
  @Override
  public void close() {
    tokenizer.close();
  }
}
