package io.dpiqa.importer;

import io.dpiqa.ModelException;
import io.dpiqa.network.DenoisingUnet;
import io.dpiqa.network.VaeEncoder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a teacher's Stable Diffusion says about itself: needed for what its tensors do not show.
 *
 * @param folder with {@code unet} and {@code vae}; Stable Diffusion 1.5 is taken if empty
 */
record TeacherConfig(Optional<Path> folder, DenoisingUnet unet, VaeEncoder vae) {

  /**
   * @throws ModelException if the folder lacks a {@code config.json}, or one is not supported
   */
  static TeacherConfig read(Optional<Path> folder) {
    return new TeacherConfig(
        folder,
        folder
            .map(sd -> DenoisingUnet.read(file(sd, "unet")))
            .orElseGet(DenoisingUnet::stableDiffusion),
        folder.map(sd -> VaeEncoder.read(file(sd, "vae"))).orElseGet(VaeEncoder::stableDiffusion));
  }

  private static Path file(Path folder, String network) {
    return folder.resolve(network).resolve("config.json");
  }

  /** The U-Net of these sizes, which those of the configuration must be. */
  DenoisingUnet unet(
      String checkpoint, List<Integer> widths, int layers, int contextWidth, int latentChannels) {
    require(checkpoint, "unet", "block_out_channels", unet.widths(), widths);
    require(checkpoint, "unet", "layers_per_block", unet.layers(), layers);
    require(checkpoint, "unet", "cross_attention_dim", unet.contextWidth(), contextWidth);
    require(checkpoint, "unet", "in_channels", unet.latentChannels(), latentChannels);
    return new DenoisingUnet(widths, layers, unet.heads(), contextWidth, latentChannels);
  }

  /** The VAE of these sizes, which those of the configuration must be. */
  VaeEncoder vae(String checkpoint, List<Integer> widths, int layers, int latentChannels) {
    require(checkpoint, "vae", "block_out_channels", vae.widths(), widths);
    require(checkpoint, "vae", "layers_per_block", vae.layers(), layers);
    require(checkpoint, "vae", "latent_channels", vae.latentChannels(), latentChannels);
    return new VaeEncoder(widths, layers, latentChannels, vae.latentScale());
  }

  private void require(
      String checkpoint, String network, String setting, Object stated, Object shown) {
    if (folder.isPresent() && !stated.equals(shown)) {
      throw new ModelException(
          file(folder.get(), network).toString(),
          "%s is %s, but %s in the tensors of %s; give the folder that the teacher was trained from"
              .formatted(setting, stated, shown, checkpoint));
    }
  }
}
