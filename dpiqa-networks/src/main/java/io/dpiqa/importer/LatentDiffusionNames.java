package io.dpiqa.importer;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * What tensors of Stable Diffusion's original single file, named as in the latent-diffusion code,
 * are called in the networks here.
 *
 * <p>That file numbers the blocks of the U-Net through. {@code input_blocks.0} is the convolution
 * before the first level; each level then has one block for every layer and one for its
 * downsampler. {@code output_blocks} begin with the first layer of the first up block; each level
 * has one layer more than on the way down, and the last also holds the upsampler. In each, {@code
 * 0} is the ResNet block and {@code 1} the attention. The VAE's decoder counts its levels from the
 * picture on, here they count from the latents on.
 *
 * <p>All else has no name here: the copies of moving averages ({@code model_ema}), the noise
 * schedule, the position ids, which are 0, 1, 2 ….
 *
 * @param layers layers of each down block of the U-Net: 2 in Stable Diffusion 1.x
 * @param levels levels of the VAE: 4 in Stable Diffusion 1.x
 */
record LatentDiffusionNames(int layers, int levels) {

  /** What the names of its U-Net begin with. */
  static final String UNET = "model.diffusion_model.";

  private static final String VAE = "first_stage_model.";
  private static final String TEXT_TOWER = "cond_stage_model.transformer.";

  private static final Pattern DOWNSAMPLER =
      Pattern.compile(Pattern.quote(UNET) + "input_blocks\\.(\\d{1,3})\\.0\\.op\\.weight");
  private static final Pattern INPUT_BLOCK =
      Pattern.compile(Pattern.quote(UNET) + "input_blocks\\.(\\d{1,3})\\.");
  private static final Pattern DECODER_LEVEL =
      Pattern.compile(Pattern.quote(VAE) + "decoder\\.up\\.(\\d{1,3})\\.");

  private static final Pattern DOWN =
      Pattern.compile("input_blocks\\.([1-9]\\d{0,2})\\.(\\d)\\.(.+)");
  private static final Pattern MID = Pattern.compile("middle_block\\.(\\d)\\.(.+)");
  private static final Pattern UP = Pattern.compile("output_blocks\\.(\\d{1,3})\\.(\\d)\\.(.+)");
  private static final Map<String, String> AROUND_BLOCKS =
      Map.of(
          "time_embed.0", "time_embedding.linear_1",
          "time_embed.2", "time_embedding.linear_2",
          "input_blocks.0.0", "conv_in",
          "out.0", "conv_norm_out",
          "out.2", "conv_out");
  private static final Map<String, String> RESNET =
      Map.of(
          "in_layers.0", "norm1",
          "in_layers.2", "conv1",
          "emb_layers.1", "time_emb_proj",
          "out_layers.0", "norm2",
          "out_layers.3", "conv2",
          "skip_connection", "conv_shortcut");

  private static final Pattern VAE_LEVEL =
      Pattern.compile("(encoder\\.down|decoder\\.up)\\.(\\d{1,3})\\.(.+)");
  private static final Pattern VAE_LAYER = Pattern.compile("block\\.(\\d{1,3})\\.(.+)");
  private static final Pattern VAE_MID =
      Pattern.compile("(encoder|decoder)\\.mid\\.(block|attn)_([1-9])\\.(.+)");
  private static final Map<String, String> VAE_AROUND_BLOCKS =
      Map.of(
          "encoder.conv_in", "encoder.conv_in",
          "encoder.norm_out", "encoder.conv_norm_out",
          "encoder.conv_out", "encoder.conv_out",
          "decoder.conv_in", "decoder.conv_in",
          "decoder.norm_out", "decoder.conv_norm_out",
          "decoder.conv_out", "decoder.conv_out",
          "quant_conv", "quant_conv",
          "post_quant_conv", "post_quant_conv");
  private static final Map<String, String> VAE_RESNET =
      Map.of(
          "norm1", "norm1",
          "conv1", "conv1",
          "norm2", "norm2",
          "conv2", "conv2",
          "nin_shortcut", "conv_shortcut");
  private static final Map<String, String> VAE_ATTENTION =
      Map.of(
          "norm", "group_norm",
          "q", "to_q",
          "k", "to_k",
          "v", "to_v",
          "proj_out", "to_out.0");

  /** The names in a file that has tensors of these names. */
  static LatentDiffusionNames of(Set<String> names) {
    int firstDownsampler = numbers(DOWNSAMPLER, names).min().orElse(0);
    // A U-Net of one level has none.
    int layers =
        firstDownsampler > 0 ? firstDownsampler - 1 : numbers(INPUT_BLOCK, names).max().orElse(0);
    return new LatentDiffusionNames(layers, numbers(DECODER_LEVEL, names).max().orElse(0) + 1);
  }

  private static IntStream numbers(Pattern pattern, Set<String> names) {
    return names.stream()
        .map(pattern::matcher)
        .filter(Matcher::lookingAt)
        .mapToInt(matcher -> Integer.parseInt(matcher.group(1)));
  }

  /** The name here of a tensor of the file, with its network in front; none if it has none. */
  Optional<String> published(String name) {
    if (name.startsWith(TEXT_TOWER)) {
      return ClipNames.published(name.substring(TEXT_TOWER.length()));
    }
    // A weight and a bias have the same module.
    int end = name.lastIndexOf('.');
    if (end < 0) {
      return Optional.empty();
    }
    String parameter = name.substring(end);
    String module = name.substring(0, end);
    if (module.startsWith(UNET)) {
      return unet(module.substring(UNET.length())).map(m -> "unet." + m + parameter);
    }
    if (module.startsWith(VAE)) {
      return vae(module.substring(VAE.length())).map(m -> "vae." + m + parameter);
    }
    return Optional.empty();
  }

  private Optional<String> unet(String module) {
    Matcher down = DOWN.matcher(module);
    if (down.matches()) {
      int block = Integer.parseInt(down.group(1)) - 1;
      int layer = block % (layers + 1);
      String part = down.group(2);
      Optional<String> name =
          layer == layers
              ? only("op", down.group(3), "downsamplers.0.conv").filter(n -> part.equals("0"))
              : part(part, layer, down.group(3));
      return name.map(n -> "down_blocks." + block / (layers + 1) + "." + n);
    }
    Matcher mid = MID.matcher(module);
    if (mid.matches()) {
      // ResNet blocks and attentions take turns.
      int index = Integer.parseInt(mid.group(1));
      return part(String.valueOf(index % 2), index / 2, mid.group(2)).map("mid_block."::concat);
    }
    Matcher up = UP.matcher(module);
    if (up.matches()) {
      int block = Integer.parseInt(up.group(1));
      int layer = block % (layers + 1);
      // Last of the block's parts: the second where there is no attention.
      Optional<String> upsampler =
          only("conv", up.group(3), "upsamplers.0.conv").filter(n -> layer == layers);
      return upsampler
          .or(() -> part(up.group(2), layer, up.group(3)))
          .map(n -> "up_blocks." + block / (layers + 1) + "." + n);
    }
    return Optional.ofNullable(AROUND_BLOCKS.get(module));
  }

  private static Optional<String> part(String part, int layer, String module) {
    return switch (part) {
      case "0" -> Optional.ofNullable(RESNET.get(module)).map(m -> "resnets." + layer + "." + m);
      // Its modules have the same names here.
      case "1" -> Optional.of("attentions." + layer + "." + module);
      default -> Optional.empty();
    };
  }

  private Optional<String> vae(String module) {
    Matcher level = VAE_LEVEL.matcher(module);
    if (level.matches()) {
      int number = Integer.parseInt(level.group(2));
      return level.group(1).equals("encoder.down")
          ? vaeLevel(level.group(3), "downsample")
              .map(n -> "encoder.down_blocks." + number + "." + n)
          : vaeLevel(level.group(3), "upsample")
              .map(n -> "decoder.up_blocks." + (levels - 1 - number) + "." + n);
    }
    Matcher mid = VAE_MID.matcher(module);
    if (mid.matches()) {
      boolean resnet = mid.group(2).equals("block");
      Map<String, String> modules = resnet ? VAE_RESNET : VAE_ATTENTION;
      String kind = resnet ? "resnets" : "attentions";
      int index = Integer.parseInt(mid.group(3)) - 1;
      return Optional.ofNullable(modules.get(mid.group(4)))
          .map(n -> "%s.mid_block.%s.%d.%s".formatted(mid.group(1), kind, index, n));
    }
    return Optional.ofNullable(VAE_AROUND_BLOCKS.get(module));
  }

  /** A layer of a level, or what changes the size after it. */
  private static Optional<String> vaeLevel(String module, String sampler) {
    Matcher layer = VAE_LAYER.matcher(module);
    if (layer.matches()) {
      return Optional.ofNullable(VAE_RESNET.get(layer.group(2)))
          .map(n -> "resnets." + layer.group(1) + "." + n);
    }
    return only(sampler + ".conv", module, sampler + "rs.0.conv");
  }

  private static Optional<String> only(String expected, String module, String name) {
    return module.equals(expected) ? Optional.of(name) : Optional.empty();
  }
}
