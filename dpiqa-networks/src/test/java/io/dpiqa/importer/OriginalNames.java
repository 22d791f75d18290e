package io.dpiqa.importer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of tensors here and, the other way than the code under test, in the original file. */
final class OriginalNames {
  private OriginalNames() {}

  private static final Pattern BLOCK =
      Pattern.compile("(down|up)_blocks\\.(\\d)\\.([a-z]+)\\.(\\d)\\.(.+)");

  /** Names and shapes of the published teacher's U-Net and VAE. */
  static Map<String, long[]> publishedTeacher() throws IOException {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    try (InputStream keys = OriginalNames.class.getResourceAsStream("/golden/teacher-keys.tsv")) {
      for (String line : new String(keys.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        String[] fields = line.split("\t", -1);
        if (fields[0].startsWith("unet.") || fields[0].startsWith("vae.")) {
          shapes.put(
              fields[0], Arrays.stream(fields[2].split(",")).mapToLong(Long::parseLong).toArray());
        }
      }
    }
    return shapes;
  }

  /** What the latent-diffusion code calls a tensor. */
  static String latentDiffusion(String name, int layers, int levels) {
    if (name.startsWith("unet.")) {
      return "model.diffusion_model." + unet(name.substring("unet.".length()), layers);
    }
    if (name.startsWith("vae.")) {
      return "first_stage_model." + vae(name.substring("vae.".length()), levels);
    }
    return "cond_stage_model.transformer." + name;
  }

  private static String unet(String name, int layers) {
    Matcher block = BLOCK.matcher(name);
    if (!block.matches()) {
      return resnet(
          name.replace("mid_block.resnets.0", "middle_block.0")
              .replace("mid_block.attentions.0", "middle_block.1")
              .replace("mid_block.resnets.1", "middle_block.2")
              .replace("time_embedding.linear_1", "time_embed.0")
              .replace("time_embedding.linear_2", "time_embed.2")
              .replaceFirst("^conv_in", "input_blocks.0.0")
              .replaceFirst("^conv_norm_out", "out.0")
              .replaceFirst("^conv_out", "out.2"));
    }
    boolean down = block.group(1).equals("down");
    int level = Integer.parseInt(block.group(2));
    int start = level * (layers + 1) + (down ? 1 : 0);
    int layer = Integer.parseInt(block.group(4));
    String side = down ? "input_blocks." : "output_blocks.";
    String rest = block.group(5);
    return switch (block.group(3)) {
      case "resnets" -> resnet(side + (start + layer) + ".0." + rest);
      case "attentions" -> side + (start + layer) + ".1." + rest;
      case "downsamplers" -> side + (start + layers) + ".0." + rest.replace("conv", "op");
      case "upsamplers" -> side + (start + layers) + (level == 0 ? ".1." : ".2.") + rest;
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static String resnet(String name) {
    if (name.contains(".transformer_blocks.")) {
      return name;
    }
    return name.replaceFirst("(block.*)norm1", "$1in_layers.0")
        .replaceFirst("(block.*)conv1", "$1in_layers.2")
        .replaceFirst("(block.*)time_emb_proj", "$1emb_layers.1")
        .replaceFirst("(block.*)norm2", "$1out_layers.0")
        .replaceFirst("(block.*)conv2", "$1out_layers.3")
        .replaceFirst("(block.*)conv_shortcut", "$1skip_connection");
  }

  private static String vae(String name, int levels) {
    Matcher up = Pattern.compile("decoder\\.up_blocks\\.(\\d)\\.(.+)").matcher(name);
    String numbered =
        up.matches()
            ? "decoder.up." + (levels - 1 - Integer.parseInt(up.group(1))) + "." + up.group(2)
            : name.replace("down_blocks", "down");
    return numbered
        .replace("mid_block.resnets.0", "mid.block_1")
        .replace("mid_block.resnets.1", "mid.block_2")
        .replace("mid_block.attentions.0", "mid.attn_1")
        .replace("resnets", "block")
        .replace("downsamplers.0", "downsample")
        .replace("upsamplers.0", "upsample")
        .replace("conv_shortcut", "nin_shortcut")
        .replace("conv_norm_out", "norm_out")
        .replace("group_norm", "norm")
        .replace("to_out.0", "proj_out")
        .replaceFirst("to_([qkv])", "$1");
  }

  /** A weight for every module of a U-Net and a VAE of that many levels. */
  static List<String> of(int layers, int levels) {
    List<String> modules = new ArrayList<>();
    modules.addAll(List.of("unet.conv_in", "unet.conv_norm_out", "unet.conv_out"));
    modules.addAll(List.of("unet.time_embedding.linear_1", "unet.time_embedding.linear_2"));
    addResnets(modules, "unet.mid_block", 2, true);
    addAttentions(modules, "unet.mid_block", 1);
    for (String coder : List.of("vae.encoder", "vae.decoder")) {
      addResnets(modules, coder + ".mid_block", 2, false);
      for (String module : List.of("group_norm", "to_q", "to_k", "to_v", "to_out.0")) {
        modules.add(coder + ".mid_block.attentions.0." + module);
      }
    }
    for (int level = 0; level < levels; level++) {
      boolean last = level == levels - 1;
      addLevel(modules, "unet.down_blocks." + level, layers, !last, true);
      addLevel(modules, "unet.up_blocks." + level, layers + 1, level > 0, true);
      addLevel(modules, "vae.encoder.down_blocks." + level, layers, false, false);
      addLevel(modules, "vae.decoder.up_blocks." + level, layers + 1, false, false);
      if (!last) {
        modules.add("unet.down_blocks." + level + ".downsamplers.0.conv");
        modules.add("unet.up_blocks." + level + ".upsamplers.0.conv");
        modules.add("vae.encoder.down_blocks." + level + ".downsamplers.0.conv");
        modules.add("vae.decoder.up_blocks." + level + ".upsamplers.0.conv");
      }
    }
    return modules.stream().map(module -> module + ".weight").toList();
  }

  private static void addLevel(
      List<String> modules, String block, int layers, boolean attends, boolean timed) {
    addResnets(modules, block, layers, timed);
    if (attends) {
      addAttentions(modules, block, layers);
    }
  }

  private static void addResnets(List<String> modules, String block, int count, boolean timed) {
    for (int i = 0; i < count; i++) {
      for (String module : List.of("norm1", "conv1", "norm2", "conv2", "conv_shortcut")) {
        modules.add(block + ".resnets." + i + "." + module);
      }
      if (timed) {
        modules.add(block + ".resnets." + i + ".time_emb_proj");
      }
    }
  }

  private static void addAttentions(List<String> modules, String block, int count) {
    for (int i = 0; i < count; i++) {
      for (String module : List.of("norm", "proj_in", "proj_out")) {
        modules.add(block + ".attentions." + i + "." + module);
      }
      modules.add(block + ".attentions." + i + ".transformer_blocks.0.norm1");
      modules.add(block + ".attentions." + i + ".transformer_blocks.0.attn2.to_out.0");
    }
  }
}
