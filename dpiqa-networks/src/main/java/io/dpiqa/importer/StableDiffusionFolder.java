package io.dpiqa.importer;

import io.dpiqa.ModelException;
import io.dpiqa.weights.Weights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stable Diffusion as diffusers keep it: one folder for each network, with a weights file of a
 * fixed name in each.
 */
final class StableDiffusionFolder {
  private StableDiffusionFolder() {}

  private static final List<String> NETWORK_FILES =
      List.of(
          "diffusion_pytorch_model.safetensors",
          "diffusion_pytorch_model.bin",
          "diffusion_pytorch_model.fp16.safetensors",
          "diffusion_pytorch_model.fp16.bin");

  /** The names that transformers give a model's file. */
  static final List<String> TRANSFORMERS_FILES =
      List.of(
          "model.safetensors",
          "pytorch_model.bin",
          "model.fp16.safetensors",
          "pytorch_model.fp16.bin");

  private static final Pattern OLD_ATTENTION =
      Pattern.compile("(.+\\.attentions\\.\\d{1,3}\\.)(query|key|value|proj_attn)(\\.[^.]+)");
  private static final Map<String, String> ATTENTION =
      Map.of("query", "to_q", "key", "to_k", "value", "to_v", "proj_attn", "to_out.0");

  static boolean recognises(Path folder) {
    return Files.isDirectory(folder.resolve("unet"));
  }

  /**
   * The U-Net, the VAE and, where the folder has it, the text tower, under the names here. Of
   * several files of one network, that in full precision is taken before that in half, and
   * safetensors before a pickle.
   */
  static Weights open(Path folder) {
    List<Weights> parts = new ArrayList<>();
    try {
      parts.add(open(network(folder.resolve("unet")), name -> Optional.of("unet." + name)));
      parts.add(open(network(folder.resolve("vae")), name -> Optional.of("vae." + vae(name))));
      first(folder.resolve("text_encoder"), TRANSFORMERS_FILES)
          .ifPresent(file -> parts.add(open(file, ClipNames::published)));
      return Weights.union(parts);
    } catch (RuntimeException e) {
      parts.forEach(Weights::close);
      throw e;
    }
  }

  private static Weights open(Path file, Function<String, Optional<String>> names) {
    return Pretrained.renamed(file, Weights.open(file), names);
  }

  private static Path network(Path folder) {
    return first(folder, NETWORK_FILES)
        .orElseThrow(
            () ->
                new ModelException(
                    folder.toString(),
                    "holds no weights; fetch %s".formatted(NETWORK_FILES.get(0))));
  }

  /** The first of these files that the folder has. */
  static Optional<Path> first(Path folder, List<String> files) {
    return files.stream().map(folder::resolve).filter(Files::isRegularFile).findFirst();
  }

  /** Older files call the parts of the VAE's attention differently. */
  private static String vae(String name) {
    Matcher old = OLD_ATTENTION.matcher(name);
    return old.matches() ? old.group(1) + ATTENTION.get(old.group(2)) + old.group(3) : name;
  }
}
