package io.dpiqa.network;

import io.dpiqa.ModelException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;

/**
 * The encoder of Stable Diffusion's variational autoencoder, with the parameter names of diffusers.
 *
 * <pre>
 * image [N, 3, H, W]
 *   down blocks   ResNet blocks; halved, but for the last
 *   mid block     ResNet, attention of one head, ResNet
 * mean and log variance of the latents, each [N, 4, H/8, W/8]
 * </pre>
 *
 * @param widths channels of each level, the finest first
 * @param layers ResNet blocks of a level
 * @param latentChannels channels of the latents
 * @param latentScale what latents are multiplied by to have a variance of about 1
 */
public record VaeEncoder(List<Integer> widths, int layers, int latentChannels, double latentScale)
    implements LatentEncoder {

  private static final double EPSILON = 1e-6;
  private static final double LEAST_LOG_VARIANCE = -30;
  private static final double MOST_LOG_VARIANCE = 20;
  private static final double LATENT_SCALE = 0.18215;

  /**
   * The normal distribution of an image's latents.
   *
   * @param mean {@code [N, latentChannels, H/8, W/8]}
   * @param logVariance of the same shape, within -30 and 20
   */
  public record Posterior<T>(T mean, T logVariance) {

    /**
     * Latents drawn from the distribution.
     *
     * @param noise standard normal values: of the shape of the mean, or of one image for all
     */
    public T sample(Operations<T> net, T noise) {
      T deviation = net.exp(net.scale(logVariance, 0.5));
      return net.add(mean, net.multiply(deviation, noise));
    }
  }

  public VaeEncoder {
    widths = List.copyOf(widths);
    for (int width : widths) {
      if (width % ResnetBlock.GROUPS != 0) {
        throw new IllegalArgumentException(
            "a VAE of %d groups cannot have a width of %d".formatted(ResnetBlock.GROUPS, width));
      }
    }
  }

  /** The VAE of Stable Diffusion 1.5. */
  public static VaeEncoder stableDiffusion() {
    return new VaeEncoder(List.of(128, 256, 512, 512), 2, 4, LATENT_SCALE);
  }

  /**
   * A VAE by its {@code vae/config.json}.
   *
   * @throws ModelException if it asks for what is not supported
   */
  public static VaeEncoder read(Path config) {
    Settings settings = Settings.read(config);
    List<Integer> widths = settings.sizes("block_out_channels");
    VaeEncoder vae;
    try {
      vae =
          new VaeEncoder(
              widths,
              settings.size("layers_per_block"),
              settings.size("latent_channels"),
              settings.number("scaling_factor", LATENT_SCALE));
    } catch (IllegalArgumentException e) {
      throw new ModelException(config.toString(), "block_out_channels: " + e.getMessage(), e);
    }
    settings.require(
        Map.of(
            "_class_name",
            "AutoencoderKL",
            "act_fn",
            "silu",
            "in_channels",
            3,
            "norm_num_groups",
            ResnetBlock.GROUPS,
            "down_block_types",
            Collections.nCopies(widths.size(), "DownEncoderBlock2D"),
            "mid_block_add_attention",
            true,
            "use_quant_conv",
            true));
    settings.ignore(
        "_diffusers_version",
        "_name_or_path",
        "sample_size",
        "out_channels",
        "up_block_types",
        "use_post_quant_conv",
        "force_upcast");
    settings.requireNoOthers();
    return vae;
  }

  /** How many pixels of the image a latent pixel is wide and high: 8 with four levels. */
  @Override
  public int reduction() {
    return 1 << (widths.size() - 1);
  }

  /**
   * The distribution of the latents of a batch of images.
   *
   * @param image {@code [N, 3, H, W]}
   */
  public <T> Posterior<T> encode(Operations<T> net, String name, T image) {
    String encoder = name + ".encoder";
    T x = net.segment(image, in -> net.conv2d(encoder + ".conv_in", in, Conv.of(widths.get(0), 3)));
    for (int level = 0; level < widths.size(); level++) {
      String block = encoder + ".down_blocks." + level;
      ResnetBlock resnet = new ResnetBlock(widths.get(level), EPSILON);
      for (int layer = 0; layer < layers; layer++) {
        String layerName = block + ".resnets." + layer;
        x = net.segment(x, in -> resnet.of(net, layerName, in));
      }
      if (level < widths.size() - 1) {
        Conv halving = new Conv(widths.get(level), 3, 2, 0, 1, true);
        x =
            net.segment(
                x, in -> net.conv2d(block + ".downsamplers.0.conv", net.padEnd(in), halving));
      }
    }
    x = net.segment(x, in -> midBlock(net, encoder + ".mid_block", in));
    x = net.silu(net.groupNorm(encoder + ".conv_norm_out", x, ResnetBlock.GROUPS, EPSILON));
    x = net.conv2d(encoder + ".conv_out", x, Conv.of(2 * latentChannels, 3));

    T moments = net.conv2d(name + ".quant_conv", x, Conv.of(2 * latentChannels, 1));
    T logVariance = net.narrow(moments, 1, latentChannels, latentChannels);
    return new Posterior<>(
        net.narrow(moments, 1, 0, latentChannels),
        net.clamp(logVariance, LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE));
  }

  /** The mean or a draw of the distribution, times the latent scale. */
  @Override
  public <T> T latents(Operations<T> net, String name, T image, OptionalLong seed) {
    Posterior<T> posterior = encode(net, name, image);
    if (seed.isEmpty()) {
      return net.scale(posterior.mean(), latentScale);
    }
    Shape one = net.shape(posterior.mean()).with(0, 1);
    SplittableRandom random = new SplittableRandom(seed.getAsLong());
    float[] noise = new float[Math.toIntExact(one.elements())];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (float) random.nextGaussian();
    }
    return net.scale(posterior.sample(net, net.constant(one, noise)), latentScale);
  }

  private <T> T midBlock(Operations<T> net, String name, T x) {
    ResnetBlock resnet = new ResnetBlock(widths.get(widths.size() - 1), EPSILON);
    T h = resnet.of(net, name + ".resnets.0", x);
    h = attention(net, name + ".attentions.0", h);
    return resnet.of(net, name + ".resnets.1", h);
  }

  private static <T> T attention(Operations<T> net, String name, T x) {
    int channels = Math.toIntExact(net.shape(x).size(1));
    int height = Math.toIntExact(net.shape(x).size(2));
    int width = Math.toIntExact(net.shape(x).size(3));
    T tokens = net.tokens(net.groupNorm(name + ".group_norm", x, ResnetBlock.GROUPS, EPSILON));
    T query = net.linear(name + ".to_q", tokens, channels);
    T key = net.linear(name + ".to_k", tokens, channels);
    T value = net.linear(name + ".to_v", tokens, channels);
    T h = net.attention(query, key, value, 1, false);
    h = net.linear(name + ".to_out.0", h, channels);
    return net.add(x, net.image(h, height, width));
  }
}
