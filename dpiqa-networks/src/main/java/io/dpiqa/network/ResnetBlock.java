package io.dpiqa.network;

import java.util.function.UnaryOperator;

/**
 * The residual block of Stable Diffusion's U-Net and VAE: twice GroupNorm, SiLU and a 3x3
 * convolution, added to the input; a 1x1 convolution brings the input to another width.
 *
 * @param channels output channels
 * @param epsilon of the normalisations
 */
record ResnetBlock(int channels, double epsilon) {

  /** Groups of every GroupNorm in Stable Diffusion. */
  static final int GROUPS = 32;

  /**
   * The block alone.
   *
   * @param x {@code [N, C, H, W]}
   * @return {@code [N, channels, H, W]}
   */
  <T> T of(Operations<T> net, String name, T x) {
    return block(net, name, x, h -> h);
  }

  /**
   * The block with a projection of the time embedding added between its convolutions.
   *
   * @param x {@code [N, C, H, W]}
   * @param time {@code [N, 1, D]} or {@code [1, 1, D]}, after its activation
   * @return {@code [N, channels, H, W]}
   */
  <T> T of(Operations<T> net, String name, T x, T time) {
    return block(
        net,
        name,
        x,
        h -> net.add(h, net.image(net.linear(name + ".time_emb_proj", time, channels), 1, 1)));
  }

  private <T> T block(Operations<T> net, String name, T x, UnaryOperator<T> between) {
    T h = net.silu(net.groupNorm(name + ".norm1", x, GROUPS, epsilon));
    h = between.apply(net.conv2d(name + ".conv1", h, Conv.of(channels, 3)));
    h = net.silu(net.groupNorm(name + ".norm2", h, GROUPS, epsilon));
    h = net.conv2d(name + ".conv2", h, Conv.of(channels, 3));
    T shortcut =
        net.shape(x).size(1) == channels
            ? x
            : net.conv2d(name + ".conv_shortcut", x, Conv.of(channels, 1));
    return net.add(shortcut, h);
  }
}
