package io.dpiqa.network;

import io.dpiqa.text.Description;
import java.util.List;
import java.util.function.Function;

/**
 * Learnt vectors of {@linkplain Description descriptions}, for a prior that is trained without a
 * text encoder: one for every word for quality, scene and distortion.
 *
 * @param width features of a vector
 */
public record DescriptionEmbedding(int width) {
  private static final int WORDS = 3;

  /**
   * What a prior reads of descriptions: a token for each of the three words, for the keys of
   * attention mean nothing where there is only one token.
   *
   * @return {@code [N, 3, width]}
   */
  public <T> T context(Operations<T> net, String name, List<Description> descriptions) {
    return net.segment(List.of(), in -> List.of(net.concatenate(words(net, name, descriptions))))
        .get(0);
  }

  /**
   * What stands for whole descriptions, as the pooled vectors of a text encoder do for prompts: the
   * mean of their words.
   *
   * @return {@code [N, 1, width]}
   */
  public <T> T pooled(Operations<T> net, String name, List<Description> descriptions) {
    List<T> words = words(net, name, descriptions);
    T sum = net.add(net.add(words.get(0), words.get(1)), words.get(2));
    return net.scale(sum, 1.0 / WORDS);
  }

  private <T> List<T> words(Operations<T> net, String name, List<Description> all) {
    return List.of(
        rows(net, name + ".quality", Description.QUALITIES, all, Description::quality),
        rows(net, name + ".scene", Description.SCENES, all, Description::scene),
        rows(net, name + ".distortion", Description.DISTORTIONS, all, Description::distortion));
  }

  private <T> T rows(
      Operations<T> net,
      String name,
      List<String> words,
      List<Description> descriptions,
      Function<Description, String> word) {
    int[][] tokens =
        descriptions.stream()
            .map(description -> new int[] {words.indexOf(word.apply(description))})
            .toArray(int[][]::new);
    // A new table's rows are about 1 long, which suits a gradient's steps; a token's features are
    // about 1 each (Vaswani et al., arXiv 1706.03762, section 3.4).
    return net.scale(net.embedding(name, tokens, words.size(), width), Math.sqrt(width));
  }
}
