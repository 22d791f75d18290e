package io.dpiqa.network;

import java.util.ArrayList;
import java.util.List;

/**
 * Shows the U-Net what the VAE loses: features of the image itself, one for each down block (the
 * full adapter of T2I-Adapter, Mou et al., arXiv 2302.08453). 77.4 M parameters with the published
 * widths.
 *
 * @param widths channels of each residual, the finest first
 * @param reduction side of the squares of pixels that become channels: as many pixels as a latent
 *     that the U-Net sees stands for, 8 as published
 */
public record ImageAdapter(List<Integer> widths, int reduction) {

  private static final int BLOCKS = 2;

  public ImageAdapter {
    widths = List.copyOf(widths);
  }

  /**
   * The residuals for the down blocks.
   *
   * @param image {@code [N, 3, H, W]}, H and W divisible by the reduction
   * @return {@code [N, widths[i], H / reduction / 2^i, W / reduction / 2^i]}
   */
  public <T> List<T> residuals(Operations<T> net, String name, T image) {
    T x = net.pixelUnshuffle(image, reduction);
    x = net.conv2d(name + ".conv_in", x, Conv.of(widths.get(0), 3));
    List<T> residuals = new ArrayList<>();
    for (int level = 0; level < widths.size(); level++) {
      String body = name + ".body." + level;
      int width = widths.get(level);
      if (level > 0) {
        x = net.halve(x);
      }
      if (net.shape(x).size(1) != width) {
        x = net.conv2d(body + ".in_conv", x, Conv.of(width, 1));
      }
      for (int block = 0; block < BLOCKS; block++) {
        String resnet = body + ".resnets." + block;
        T h = net.relu(net.conv2d(resnet + ".block1", x, Conv.of(width, 3)));
        x = net.add(net.conv2d(resnet + ".block2", h, Conv.of(width, 1)), x);
      }
      residuals.add(x);
    }
    return residuals;
  }
}
