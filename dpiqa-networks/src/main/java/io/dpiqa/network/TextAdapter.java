package io.dpiqa.network;

/**
 * Fits the prompts' embeddings to the task: {@code e + gamma * fc(e)}, fc two linear maps with a
 * GELU between them (SPEC of the published system, section 2).
 *
 * @param width features of an embedding, 768 as published
 */
public record TextAdapter(int width) {

  /** Weights of the change, {@code [width]}; a new adapter starts at 1e-4. */
  public static final String GAMMA = "gamma";

  /**
   * The context for the U-Net.
   *
   * @param embeddings {@code [N, S, width]}
   * @return {@code [N, S, width]}
   */
  public <T> T context(Operations<T> net, String name, T embeddings) {
    T h = net.gelu(net.linear(name + ".fc.0", embeddings, width));
    h = net.linear(name + ".fc.2", h, width);
    return net.add(embeddings, net.multiply(h, net.parameter(GAMMA, Shape.of(width))));
  }
}
