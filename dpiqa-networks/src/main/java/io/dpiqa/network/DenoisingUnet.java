package io.dpiqa.network;

import io.dpiqa.ModelException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * The denoising U-Net of Stable Diffusion 1.x (Rombach et al., arXiv 2112.10752), read at one
 * timestep for its features, with the parameter names of diffusers. The layers after the last up
 * block, which predict noise, are left out.
 *
 * <pre>
 * latents [N, 4, H, W]
 *   down blocks   ResNet and attention pairs; a residual added; halved, but for the last
 *   mid block     ResNet, attention, ResNet
 *   up blocks     the down blocks' outputs joined, ResNet and attention pairs; doubled, but for
 *                 the last
 * up-block outputs of Stable Diffusion, of 64 x 64 latents:
 *   [N, 1280, 16, 16], [N, 1280, 32, 32], [N, 640, 64, 64], [N, 320, 64, 64]
 * </pre>
 *
 * The deepest blocks have no attention.
 *
 * @param widths channels of each level, the finest first
 * @param layers ResNet blocks of a down block; an up block has one more
 * @param heads of each attention
 * @param contextWidth features of a token of the context
 * @param latentChannels channels of the latents
 */
public record DenoisingUnet(
    List<Integer> widths, int layers, int heads, int contextWidth, int latentChannels) {

  private static final double EPSILON = 1e-5;

  /** Time embeddings are this many times as wide as the finest level. */
  private static final int TIME_EXPANSION = 4;

  private static final double LONGEST_PERIOD = 10_000;

  public DenoisingUnet {
    widths = List.copyOf(widths);
    for (int width : widths) {
      if (width % ResnetBlock.GROUPS != 0 || width % heads != 0) {
        throw new IllegalArgumentException(
            "a U-Net of %d groups and %d heads cannot have a width of %d"
                .formatted(ResnetBlock.GROUPS, heads, width));
      }
    }
  }

  /** The U-Net of Stable Diffusion 1.5: 859.5 M parameters with the layers that are left out. */
  public static DenoisingUnet stableDiffusion() {
    return new DenoisingUnet(List.of(320, 640, 1280, 1280), 2, 8, 768, 4);
  }

  /**
   * A U-Net by its {@code unet/config.json}.
   *
   * @throws ModelException if it asks for what is not supported
   */
  public static DenoisingUnet read(Path config) {
    Settings settings = Settings.read(config);
    List<Integer> widths = settings.sizes("block_out_channels");
    // Named so by mistake: in Stable Diffusion 1.x it is the number of heads.
    int heads = settings.size("attention_head_dim");
    DenoisingUnet unet;
    try {
      unet =
          new DenoisingUnet(
              widths,
              settings.size("layers_per_block"),
              heads,
              settings.size("cross_attention_dim"),
              settings.size("in_channels"));
    } catch (IllegalArgumentException e) {
      throw new ModelException(config.toString(), "block_out_channels: " + e.getMessage(), e);
    }
    List<String> down = new ArrayList<>(Collections.nCopies(widths.size(), "CrossAttnDownBlock2D"));
    down.set(widths.size() - 1, "DownBlock2D");
    List<String> up = new ArrayList<>(Collections.nCopies(widths.size(), "CrossAttnUpBlock2D"));
    up.set(0, "UpBlock2D");
    settings.require(Map.of("down_block_types", down, "up_block_types", up));
    settings.require(
        Map.of(
            "_class_name",
            "UNet2DConditionModel",
            "mid_block_type",
            "UNetMidBlock2DCrossAttn",
            "act_fn",
            "silu",
            "norm_num_groups",
            ResnetBlock.GROUPS,
            "norm_eps",
            EPSILON,
            "transformer_layers_per_block",
            1,
            "downsample_padding",
            1,
            "conv_in_kernel",
            3,
            "mid_block_scale_factor",
            1,
            "resnet_out_scale_factor",
            1));
    settings.require(
        Map.of(
            "flip_sin_to_cos", true,
            "freq_shift", 0,
            "time_embedding_type", "positional",
            "resnet_time_scale_shift", "default",
            "attention_type", "default"));
    settings.ignore(
        "_diffusers_version",
        "_name_or_path",
        "sample_size",
        "out_channels",
        "conv_out_kernel",
        "dropout");
    settings.requireNoOthers();
    return unet;
  }

  /**
   * The outputs of the first up blocks, coarsest first; later ones are not computed.
   *
   * @param latents {@code [N, latentChannels, H, W]}, H and W divisible by 8 with four levels
   * @param timestep how noisy the latents are taken to be, 0 to 999
   * @param context {@code [N, S, contextWidth]}, or {@code [1, S, contextWidth]} for all images
   * @param residuals one for each down block, of the shape of its output before it is halved; or
   *     none
   * @param count how many up blocks
   */
  public <T> List<T> upBlocks(
      Operations<T> net,
      String name,
      T latents,
      int timestep,
      T context,
      List<T> residuals,
      int count) {
    T time = net.silu(timeEmbedding(net, name + ".time_embedding", timestep));
    T x = net.conv2d(name + ".conv_in", latents, Conv.of(widths.get(0), 3));
    Deque<T> skips = new ArrayDeque<>();
    skips.push(x);

    int last = widths.size() - 1;
    for (int level = 0; level <= last; level++) {
      String block = name + ".down_blocks." + level;
      for (int layer = 0; layer < layers; layer++) {
        x = layer(net, block, layer, widths.get(level), level < last, x, time, context);
        if (layer == layers - 1 && !residuals.isEmpty()) {
          x = net.add(x, residuals.get(level));
        }
        skips.push(x);
      }
      if (level < last) {
        Conv halving = Conv.of(widths.get(level), 3).withStride(2);
        x = net.conv2d(block + ".downsamplers.0.conv", x, halving);
        skips.push(x);
      }
    }

    x = midBlock(net, name + ".mid_block", x, time, context);

    List<T> outputs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String block = name + ".up_blocks." + i;
      int width = widths.get(last - i);
      for (int layer = 0; layer <= layers; layer++) {
        T joined = net.concatenate(List.of(x, skips.pop()));
        x = layer(net, block, layer, width, i > 0, joined, time, context);
      }
      if (i < last) {
        x = net.conv2d(block + ".upsamplers.0.conv", doubled(net, x), Conv.of(width, 3));
      }
      outputs.add(x);
    }
    return outputs;
  }

  private <T> T midBlock(Operations<T> net, String name, T x, T time, T context) {
    ResnetBlock resnet = new ResnetBlock(widths.get(widths.size() - 1), EPSILON);
    T h = resnet.of(net, name + ".resnets.0", x, time);
    h = new SpatialTransformer(heads).of(net, name + ".attentions.0", h, context);
    return resnet.of(net, name + ".resnets.1", h, time);
  }

  private <T> T layer(
      Operations<T> net,
      String block,
      int index,
      int width,
      boolean attends,
      T x,
      T time,
      T context) {
    T h = new ResnetBlock(width, EPSILON).of(net, block + ".resnets." + index, x, time);
    return attends
        ? new SpatialTransformer(heads).of(net, block + ".attentions." + index, h, context)
        : h;
  }

  private static <T> T doubled(Operations<T> net, T x) {
    int height = Math.toIntExact(net.shape(x).size(2));
    int width = Math.toIntExact(net.shape(x).size(3));
    return net.resizeNearest(x, 2 * height, 2 * width);
  }

  /** {@code [1, 1, 4 * widths.get(0)]}. */
  private <T> T timeEmbedding(Operations<T> net, String name, int timestep) {
    int width = widths.get(0);
    T waves = net.constant(Shape.of(1, 1, width), waves(timestep, width));
    T h = net.silu(net.linear(name + ".linear_1", waves, TIME_EXPANSION * width));
    return net.linear(name + ".linear_2", h, TIME_EXPANSION * width);
  }

  /** Cosines, then sines, of the timestep at frequencies from 1 to almost 1/10,000. */
  private static float[] waves(int timestep, int width) {
    int half = width / 2;
    float[] waves = new float[width];
    for (int i = 0; i < half; i++) {
      double angle = timestep * Math.pow(LONGEST_PERIOD, -(double) i / half);
      waves[i] = (float) Math.cos(angle);
      waves[half + i] = (float) Math.sin(angle);
    }
    return waves;
  }
}
