package io.dpiqa.network;

/**
 * Attention over the pixels of a feature map: to each other, then to a context, then a gated
 * feed-forward layer; all added to the input (Rombach et al., arXiv 2112.10752, section 3.3).
 *
 * @param heads of each attention
 */
record SpatialTransformer(int heads) {
  private static final double GROUP_EPSILON = 1e-6;
  private static final double LAYER_EPSILON = 1e-5;

  /** Hidden features of the feed-forward layer, by those of the tokens. */
  private static final int EXPANSION = 4;

  /**
   * The transformer.
   *
   * @param x {@code [N, C, H, W]}
   * @param context {@code [N, S, D]}, or {@code [1, S, D]} for all images
   * @return {@code [N, C, H, W]}
   */
  <T> T of(Operations<T> net, String name, T x, T context) {
    int channels = Math.toIntExact(net.shape(x).size(1));
    int height = Math.toIntExact(net.shape(x).size(2));
    int width = Math.toIntExact(net.shape(x).size(3));
    T h = net.groupNorm(name + ".norm", x, ResnetBlock.GROUPS, GROUP_EPSILON);
    T tokens = net.tokens(net.conv2d(name + ".proj_in", h, Conv.of(channels, 1)));
    tokens = block(net, name + ".transformer_blocks.0", tokens, context, channels);
    h = net.conv2d(name + ".proj_out", net.image(tokens, height, width), Conv.of(channels, 1));
    return net.add(x, h);
  }

  private <T> T block(Operations<T> net, String name, T tokens, T context, int channels) {
    T h = net.layerNorm(name + ".norm1", tokens, LAYER_EPSILON);
    T x = net.add(tokens, attention(net, name + ".attn1", h, h, channels));
    h = net.layerNorm(name + ".norm2", x, LAYER_EPSILON);
    x = net.add(x, attention(net, name + ".attn2", h, context, channels));
    h = net.layerNorm(name + ".norm3", x, LAYER_EPSILON);
    return net.add(x, feedForward(net, name + ".ff.net", h, channels));
  }

  private <T> T attention(Operations<T> net, String name, T tokens, T context, int channels) {
    T query = net.linear(name + ".to_q", tokens, channels, false);
    T key = net.linear(name + ".to_k", context, channels, false);
    T value = net.linear(name + ".to_v", context, channels, false);
    T h = net.attention(query, key, value, heads, false);
    return net.linear(name + ".to_out.0", h, channels);
  }

  /** GEGLU (Shazeer, arXiv 2002.05202): one half of the features gates the other. */
  private static <T> T feedForward(Operations<T> net, String name, T x, int channels) {
    int hidden = EXPANSION * channels;
    T both = net.linear(name + ".0.proj", x, 2 * hidden);
    T gate = net.gelu(net.narrow(both, 2, hidden, hidden));
    return net.linear(name + ".2", net.multiply(net.narrow(both, 2, 0, hidden), gate), channels);
  }
}
