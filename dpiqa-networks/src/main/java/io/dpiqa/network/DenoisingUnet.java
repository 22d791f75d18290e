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
 * block, which predict noise, are for training it alone.
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
   * @param timesteps how noisy the latents are taken to be, 0 to 999: one for each image, or one
   *     for all
   * @param context {@code [N, S, contextWidth]}, or {@code [1, S, contextWidth]} for all images
   * @param residuals one for each down block, of the shape of its output before it is halved; or
   *     none
   * @param count how many up blocks
   */
  public <T> List<T> upBlocks(
      Operations<T> net,
      String name,
      T latents,
      int[] timesteps,
      T context,
      List<T> residuals,
      int count) {
    List<T> begin = net.segment(List.of(latents), in -> begin(net, name, in.get(0), timesteps));
    T time = begin.get(0);
    T x = begin.get(1);
    Deque<T> skips = new ArrayDeque<>();
    skips.push(x);

    int last = widths.size() - 1;
    for (int i = 0; i <= last; i++) {
      int level = i;
      List<T> inputs = new ArrayList<>(List.of(x, time, context));
      if (!residuals.isEmpty()) {
        inputs.add(residuals.get(level));
      }
      for (T output : net.segment(inputs, in -> downBlock(net, name, level, in))) {
        skips.push(output);
        x = output;
      }
    }

    x = net.segment(List.of(x, time, context), in -> List.of(midBlock(net, name, in))).get(0);

    List<T> outputs = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int block = i;
      List<T> inputs = new ArrayList<>(List.of(x, time, context));
      for (int layer = 0; layer <= layers; layer++) {
        inputs.add(skips.pop());
      }
      x = net.segment(inputs, in -> List.of(upBlock(net, name, block, in))).get(0);
      outputs.add(x);
    }
    return outputs;
  }

  /**
   * The noise in latents, as a diffusion model predicts it (Ho et al., arXiv 2006.11239, section
   * 3.2). A teacher does without.
   *
   * @param latents {@code [N, latentChannels, H, W]} with noise in them
   * @param timesteps of each image, 0 to 999
   * @param context {@code [N, S, contextWidth]}
   * @return {@code [N, latentChannels, H, W]}
   */
  public <T> T noise(Operations<T> net, String name, T latents, int[] timesteps, T context) {
    int levels = widths.size();
    List<T> outputs = upBlocks(net, name, latents, timesteps, context, List.of(), levels);
    T x = outputs.get(levels - 1);
    x = net.silu(net.groupNorm(name + ".conv_norm_out", x, ResnetBlock.GROUPS, EPSILON));
    return net.conv2d(name + ".conv_out", x, Conv.of(latentChannels, 3));
  }

  /** The time embedding, and the features that the first down block reads. */
  private <T> List<T> begin(Operations<T> net, String name, T latents, int[] timesteps) {
    T time = net.silu(timeEmbedding(net, name + ".time_embedding", timesteps));
    return List.of(time, net.conv2d(name + ".conv_in", latents, Conv.of(widths.get(0), 3)));
  }

  /**
   * All that a down block makes, each of which an up block reads; the next block the last.
   *
   * @param in features, time embedding, context and, if there is one, the residual
   */
  private <T> List<T> downBlock(Operations<T> net, String name, int level, List<T> in) {
    String block = name + ".down_blocks." + level;
    int last = widths.size() - 1;
    List<T> outputs = new ArrayList<>();
    T x = in.get(0);
    for (int layer = 0; layer < layers; layer++) {
      x = layer(net, block, layer, widths.get(level), level < last, x, in.get(1), in.get(2));
      if (layer == layers - 1 && in.size() > 3) {
        x = net.add(x, in.get(3));
      }
      outputs.add(x);
    }
    if (level < last) {
      Conv halving = Conv.of(widths.get(level), 3).withStride(2);
      outputs.add(net.conv2d(block + ".downsamplers.0.conv", x, halving));
    }
    return outputs;
  }

  /**
   * The mid block.
   *
   * @param in features, time embedding, context
   */
  private <T> T midBlock(Operations<T> net, String name, List<T> in) {
    String block = name + ".mid_block";
    ResnetBlock resnet = new ResnetBlock(widths.get(widths.size() - 1), EPSILON);
    T x = resnet.of(net, block + ".resnets.0", in.get(0), in.get(1));
    x = new SpatialTransformer(heads).of(net, block + ".attentions.0", x, in.get(2));
    return resnet.of(net, block + ".resnets.1", x, in.get(1));
  }

  /**
   * An up block.
   *
   * @param in features, time embedding, context, and the down blocks' outputs for each layer
   */
  private <T> T upBlock(Operations<T> net, String name, int index, List<T> in) {
    String block = name + ".up_blocks." + index;
    int last = widths.size() - 1;
    int width = widths.get(last - index);
    T x = in.get(0);
    for (int layer = 0; layer <= layers; layer++) {
      T joined = net.concatenate(List.of(x, in.get(3 + layer)));
      x = layer(net, block, layer, width, index > 0, joined, in.get(1), in.get(2));
    }
    return index < last
        ? net.conv2d(block + ".upsamplers.0.conv", doubled(net, x), Conv.of(width, 3))
        : x;
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

  /** {@code [timesteps, 1, 4 * widths.get(0)]}. */
  private <T> T timeEmbedding(Operations<T> net, String name, int[] timesteps) {
    int width = widths.get(0);
    float[] all = new float[timesteps.length * width];
    for (int i = 0; i < timesteps.length; i++) {
      System.arraycopy(waves(timesteps[i], width), 0, all, i * width, width);
    }
    T waves = net.constant(Shape.of(timesteps.length, 1, width), all);
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
