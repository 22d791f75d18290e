package io.dpiqa.network;

import java.util.List;
import java.util.OptionalLong;

/**
 * The teacher: a picture's score from Stable Diffusion's prior, read at one timestep (Fu et al.,
 * arXiv 2405.19996; SPEC of the published system, section 2).
 *
 * <pre>
 * image --VAE encoder--> latents
 * image --image adapter--> residuals
 * prompts' embeddings --text adapter--> context
 * latents, residuals, context --denoising U-Net--> up-block outputs
 * up-block outputs --quality feature decoder--> feature map, score
 * </pre>
 *
 * The image is in [0, 1] for VAE and adapter alike: the published weights were trained so, although
 * Stable Diffusion's own convention is [-1, 1].
 *
 * @param encoder what makes latents of pictures; Stable Diffusion's VAE as published
 * @param unet the prior
 * @param decoder what makes scores of the prior's features
 * @param options what the published system leaves open or the paper varies
 */
public record Teacher(
    LatentEncoder encoder, DenoisingUnet unet, QualityFeatureDecoder decoder, Options options) {

  /**
   * Variants of the teacher.
   *
   * @param timestep how noisy the U-Net takes the latents to be, 0 to 999
   * @param latentSeed seed of the noise with which latents are drawn from their distribution, the
   *     same noise for every picture; their mean if empty
   * @param textAdapter whether the prompts' embeddings pass the text adapter
   * @param imageAdapter whether the image adapter's residuals are added
   */
  public record Options(
      int timestep, OptionalLong latentSeed, boolean textAdapter, boolean imageAdapter) {

    private static final int TIMESTEPS = 1000;

    public Options {
      if (timestep < 0 || timestep >= TIMESTEPS) {
        throw new IllegalArgumentException("timesteps are 0 to 999, not " + timestep);
      }
    }

    /** Timestep 1, the latents' mean, both adapters. */
    public static Options published() {
      return new Options(1, OptionalLong.empty(), true, true);
    }
  }

  /**
   * What the teacher computes of a batch of images.
   *
   * @param upBlocks outputs of the U-Net's up blocks, coarsest first; as published {@code [N, 1280,
   *     16, 16]}, {@code [N, 1280, 32, 32]}, {@code [N, 640, 64, 64]}, {@code [N, 320, 64, 64]}
   * @param map the feature map that a student learns to share, {@code [N, 8, 64, 64]}
   * @param score {@code [N, 1]}, nominally in [0, 1], not clamped
   */
  public record Reading<T>(List<T> upBlocks, T map, T score) {}

  private static final String VAE = "vae";
  private static final String UNET = "unet";
  private static final String IMAGE_ADAPTER = "img_adapter";
  private static final String TEXT_ADAPTER = "text_adapter";
  private static final String DECODER = "QFD";

  /** Layers in published checkpoints that no score depends on. */
  private static final List<String> UNUSED =
      List.of(
          VAE + ".decoder.",
          VAE + ".post_quant_conv.",
          UNET + ".conv_norm_out.",
          UNET + ".conv_out.",
          DECODER + ".bnc1.",
          DECODER + ".classifier_dist.");

  /** The published teacher, of Stable Diffusion 1.5. */
  public static Teacher published() {
    return new Teacher(
        VaeEncoder.stableDiffusion(),
        DenoisingUnet.stableDiffusion(),
        QualityFeatureDecoder.published(),
        Options.published());
  }

  public Teacher {
    if (encoder.latentChannels() != unet.latentChannels()) {
      throw new IllegalArgumentException(
          "%d latent channels do not fit a U-Net that reads %d"
              .formatted(encoder.latentChannels(), unet.latentChannels()));
    }
    if (decoder.depth() > unet.widths().size()) {
      throw new IllegalArgumentException(
          "the U-Net has no up block " + (decoder.depth() - 1) + " for the decoder to read");
    }
  }

  /**
   * Whether a tensor of this name is part of published checkpoints although no score depends on it:
   * the VAE's decoder, the layers that predict noise, a BatchNorm and a classifier.
   */
  public static boolean isUnused(String name) {
    return UNUSED.stream().anyMatch(name::startsWith);
  }

  /** Whether a tensor of this name belongs to the diffusion model that the teacher is made of. */
  public static boolean isPrior(String name) {
    return name.startsWith(UNET + ".") || isFrozen(name);
  }

  /** Whether a tensor of this name is never trained: the VAE's. */
  public static boolean isFrozen(String name) {
    return name.startsWith(VAE + ".");
  }

  /**
   * The score of each image, and what it is made of.
   *
   * @param image {@code [N, 3, 512, 512]} in [0, 1]; other sizes for other decoders
   * @param prompts embeddings of the prompts, {@code [1, 495, 768]} as published
   */
  public <T> Reading<T> read(Operations<T> net, T image, T prompts) {
    return read(net, image, latents(net, image), prompts);
  }

  /**
   * The latents of a batch of images, which nothing that is trained changes.
   *
   * @param image {@code [N, 3, H, W]} in [0, 1]
   * @return {@code [N, 4, H/8, W/8]} as published
   */
  public <T> T latents(Operations<T> net, T image) {
    return encoder.latents(net, VAE, image, options.latentSeed());
  }

  /** As {@link #read(Operations, Object, Object)}, with latents that were made before. */
  public <T> Reading<T> read(Operations<T> net, T image, T latents, T prompts) {
    T context = options.textAdapter() ? adapted(net, prompts) : prompts;
    List<T> residuals = options.imageAdapter() ? residuals(net, image) : List.of();
    int[] timestep = {options.timestep()};
    List<T> upBlocks =
        unet.upBlocks(net, UNET, latents, timestep, context, residuals, decoder.depth());
    T map = decoder.featureMap(net, DECODER, upBlocks);
    return new Reading<>(upBlocks, map, decoder.score(net, DECODER, map));
  }

  private <T> T adapted(Operations<T> net, T prompts) {
    TextAdapter adapter = new TextAdapter(unet.contextWidth());
    return net.segment(prompts, in -> adapter.context(net, TEXT_ADAPTER, in));
  }

  private <T> List<T> residuals(Operations<T> net, T image) {
    ImageAdapter adapter = new ImageAdapter(unet.widths(), encoder.reduction());
    return net.segment(List.of(image), in -> adapter.residuals(net, IMAGE_ADAPTER, in.get(0)));
  }
}
