package io.dpiqa.network;

import java.util.OptionalLong;

/**
 * Takes the pixels themselves as latents, squares of them as channels: for priors that are trained
 * on pictures, without an autoencoder. It has no parameters and loses nothing.
 *
 * @param reduction side of the squares, 1 to 16
 */
public record PixelEncoder(int reduction) implements LatentEncoder {
  private static final int COLORS = 3;
  private static final int MAX_REDUCTION = 16;

  /** Mean of photographs' samples in [0, 1], nearly. */
  private static final float MEAN = 0.45f;

  /** Their standard deviation, nearly. */
  private static final double DEVIATION = 0.25;

  public PixelEncoder {
    if (reduction < 1 || reduction > MAX_REDUCTION) {
      throw new IllegalArgumentException(
          "squares of pixels are 1 to %d wide, not %d".formatted(MAX_REDUCTION, reduction));
    }
  }

  @Override
  public int latentChannels() {
    return COLORS * reduction * reduction;
  }

  /** The pixels: they have no distribution to draw from, and the seed does nothing. */
  @Override
  public <T> T latents(Operations<T> net, String name, T image, OptionalLong seed) {
    T centred = net.add(image, net.constant(Shape.of(1), -MEAN));
    return net.pixelUnshuffle(net.scale(centred, 1 / DEVIATION), reduction);
  }
}
