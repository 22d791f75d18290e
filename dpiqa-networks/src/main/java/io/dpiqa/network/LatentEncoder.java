package io.dpiqa.network;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.OptionalLong;

/** What makes of a picture the latents that a {@link DenoisingUnet} reads. It is never trained. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = VaeEncoder.class, name = "vae"),
  @JsonSubTypes.Type(value = PixelEncoder.class, name = "pixels")
})
public sealed interface LatentEncoder permits VaeEncoder, PixelEncoder {

  /** Channels of the latents. */
  int latentChannels();

  /** How many pixels of the picture, along each side, one latent stands for. */
  int reduction();

  /**
   * The latents of a batch of images, with a variance of about 1.
   *
   * @param image {@code [N, 3, H, W]} in [0, 1], H and W divisible by the reduction
   * @param seed of the noise with which latents are drawn from their distribution, the same noise
   *     for every image; their mean if empty
   * @return {@code [N, latentChannels, H / reduction, W / reduction]}
   */
  <T> T latents(Operations<T> net, String name, T image, OptionalLong seed);
}
