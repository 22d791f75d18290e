package io.dpiqa.network;

import io.dpiqa.ModelException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The text tower of CLIP (Radford et al., arXiv 2103.00020), with the parameter names of Hugging
 * Face's CLIPTextModelWithProjection.
 *
 * <pre>
 * tokens [N, L]
 *   embeddings         of tokens and of positions
 *   layers             causal attention and a feed-forward layer, each normalised before
 *   normalised, the end token of each text, projected
 * embeddings [N, projection]
 * </pre>
 *
 * @param vocabulary tokens that there are
 * @param positions longest text in tokens
 * @param width features of a token
 * @param hidden features within the feed-forward layers
 * @param layers of attention
 * @param heads of each attention
 * @param projection features of a text
 */
public record ClipText(
    int vocabulary, int positions, int width, int hidden, int layers, int heads, int projection) {

  private static final double EPSILON = 1e-5;

  /** Factor in quick-GELU, {@code x * sigmoid(1.702 x)}, with which CLIP was trained. */
  private static final double QUICK_GELU = 1.702;

  public ClipText {
    if (width % heads != 0) {
      throw new IllegalArgumentException(
          heads + " heads cannot share a width of " + width + " equally");
    }
  }

  /** CLIP ViT-L/14, which Stable Diffusion 1.x reads prompts with: 123.7 M parameters. */
  public static ClipText vitL14() {
    return new ClipText(49_408, 77, 768, 3072, 12, 12, 768);
  }

  /**
   * A text tower by its {@code config.json}: that of a {@code text_encoder} folder, or that of a
   * whole CLIP, which has the tower's settings under {@code text_config}.
   *
   * @throws ModelException if it asks for what is not supported
   */
  public static ClipText read(Path config) {
    Settings settings = Settings.read(config).within("text_config");
    int width = settings.size("hidden_size");
    ClipText text;
    try {
      text =
          new ClipText(
              settings.size("vocab_size"),
              settings.size("max_position_embeddings"),
              width,
              settings.size("intermediate_size"),
              settings.size("num_hidden_layers"),
              settings.size("num_attention_heads"),
              settings.size("projection_dim", width));
    } catch (IllegalArgumentException e) {
      throw new ModelException(config.toString(), "num_attention_heads: " + e.getMessage(), e);
    }
    // The other settings of Hugging Face's models, dozens, are about training and generation.
    settings.require(Map.of("model_type", "clip_text_model", "hidden_act", "quick_gelu"));
    settings.require(Map.of("layer_norm_eps", EPSILON));
    return text;
  }

  /**
   * The embeddings of texts, not normalised.
   *
   * @param texts tokens of each, from the start token to the end token, at most {@code positions}
   * @return {@code [N, projection]}
   * @throws IllegalArgumentException if a text is empty or too long
   */
  public <T> T embeddings(Operations<T> net, List<int[]> texts) {
    int longest = texts.stream().mapToInt(text -> text.length).max().orElse(0);
    if (longest > positions || texts.stream().anyMatch(text -> text.length == 0)) {
      throw new IllegalArgumentException(
          "texts have 1 to %d tokens, start and end included".formatted(positions));
    }
    // What follows an end token does not matter to it: attention is causal.
    int[][] tokens = texts.stream().map(text -> Arrays.copyOf(text, longest)).toArray(int[][]::new);
    int[] ends = texts.stream().mapToInt(text -> text.length - 1).toArray();

    String model = "text_model";
    T x = net.embedding(model + ".embeddings.token_embedding", tokens, vocabulary, width);
    T places =
        net.parameter(model + ".embeddings.position_embedding.weight", Shape.of(positions, width));
    x = net.add(x, net.narrow(places, 0, 0, longest));
    for (int layer = 0; layer < layers; layer++) {
      x = layer(net, model + ".encoder.layers." + layer, x);
    }
    x = net.pick(net.layerNorm(model + ".final_layer_norm", x, EPSILON), ends);
    return net.linear("text_projection", x, projection, false);
  }

  private <T> T layer(Operations<T> net, String name, T tokens) {
    T h = net.layerNorm(name + ".layer_norm1", tokens, EPSILON);
    T x = net.add(tokens, attention(net, name + ".self_attn", h));
    h = net.linear(name + ".mlp.fc1", net.layerNorm(name + ".layer_norm2", x, EPSILON), hidden);
    h = net.multiply(h, net.sigmoid(net.scale(h, QUICK_GELU)));
    return net.add(x, net.linear(name + ".mlp.fc2", h, width));
  }

  private <T> T attention(Operations<T> net, String name, T tokens) {
    T query = net.linear(name + ".q_proj", tokens, width);
    T key = net.linear(name + ".k_proj", tokens, width);
    T value = net.linear(name + ".v_proj", tokens, width);
    return net.linear(name + ".out_proj", net.attention(query, key, value, heads, true), width);
  }
}
