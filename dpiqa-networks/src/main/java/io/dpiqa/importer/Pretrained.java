package io.dpiqa.importer;

import io.dpiqa.ModelException;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Weights that people have on disk, under the names and in the shapes that the networks here use:
 * those of the published teacher and student, and {@code text_model.…} and {@code
 * text_projection.weight} for CLIP's text tower. Precision stays what it is in the files. Only
 * names and shapes are looked at; that all tensors are there is for whoever builds the network to
 * check.
 *
 * @param kind what the weights are
 * @param weights their tensors; {@link #close} closes the files
 */
public record Pretrained(Kind kind, Weights weights) implements AutoCloseable {

  /** What weights can be. */
  public enum Kind {
    /** A DP-IQA student: a checkpoint with {@code base_model.…}. */
    STUDENT("a student"),
    /** A DP-IQA teacher: a checkpoint with {@code unet.…}, {@code vae.…} and {@code QFD.…}. */
    TEACHER("a DP-IQA teacher"),
    /**
     * Stable Diffusion 1.x in the folders of diffusers, {@code unet}, {@code vae} and, if it is
     * there, {@code text_encoder}.
     */
    STABLE_DIFFUSION_FOLDER("a Stable Diffusion folder"),
    /**
     * Stable Diffusion 1.x in one file with the names of latent-diffusion, {@code
     * model.diffusion_model.…}. Where it also has moving averages of the weights, {@code
     * model_ema.…}, those are left out.
     */
    STABLE_DIFFUSION_FILE("a Stable Diffusion checkpoint"),
    /** CLIP as transformers save it: a file, or its folder. The tower for pictures is left out. */
    CLIP("a CLIP model");

    private final String description;

    Kind(String description) {
      this.description = description;
    }

    /** For instance {@code a Stable Diffusion folder}. */
    @Override
    public String toString() {
      return description;
    }
  }

  private static final Pattern LINEAR =
      Pattern.compile("vae\\..+\\.attentions\\.\\d+\\.to_(q|k|v|out\\.0)\\.weight");
  private static final Pattern CONVOLUTION = Pattern.compile("unet\\..+\\.proj_(in|out)\\.weight");
  private static final Pattern PART = Pattern.compile("((en|de)coder\\.)?(down|up)_blocks\\..+");

  /**
   * Opens weights and tells from their names what they are. Values are not read.
   *
   * @param path a {@code .safetensors}, {@code .pth}, {@code .ckpt} or {@code .bin} file, told
   *     apart by their content, or a folder
   * @throws ModelException if there is no such file, it cannot be read, or is nothing of this
   */
  public static Pretrained open(Path path) {
    if (!Files.isDirectory(path)) {
      return ofFile(path);
    }
    if (StableDiffusionFolder.recognises(path)) {
      return new Pretrained(
          Kind.STABLE_DIFFUSION_FOLDER, inPublishedShapes(StableDiffusionFolder.open(path)));
    }
    return ofFile(
        StableDiffusionFolder.first(path, StableDiffusionFolder.TRANSFORMERS_FILES)
            .orElseThrow(
                () ->
                    new ModelException(
                        path.toString(),
                        "neither a Stable Diffusion folder, which has unet and vae in it, nor a CLIP"
                            + " folder, which has model.safetensors")));
  }

  private static Pretrained ofFile(Path file) {
    Weights weights = Weights.open(file);
    try {
      Set<String> names = weights.names();
      if (any(names, "QFD.")) {
        return new Pretrained(Kind.TEACHER, weights);
      }
      if (any(names, "base_model.")) {
        return new Pretrained(Kind.STUDENT, weights);
      }
      if (any(names, LatentDiffusionNames.UNET)) {
        return new Pretrained(
            Kind.STABLE_DIFFUSION_FILE,
            inPublishedShapes(renamed(file, weights, LatentDiffusionNames.of(names)::published)));
      }
      if (names.contains(ClipNames.TOKENS)) {
        return new Pretrained(Kind.CLIP, renamed(file, weights, ClipNames::published));
      }
      if (names.stream().anyMatch(name -> PART.matcher(name).matches())) {
        throw new ModelException(
            file.toString(),
            "one network of a Stable Diffusion folder; give the folder that has unet and vae in it");
      }
      throw new ModelException(
          file.toString(),
          ("holds no network that dpiqa knows (it has %d tensors, the first of them %s); give a"
                  + " DP-IQA teacher or student, Stable Diffusion 1.x, or CLIP")
              .formatted(names.size(), names.stream().findFirst().orElse("none")));
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  private static boolean any(Set<String> names, String prefix) {
    return names.stream().anyMatch(name -> name.startsWith(prefix));
  }

  /** The tensors that have a name here, under that name. */
  static Weights renamed(Path file, Weights weights, Function<String, Optional<String>> published) {
    try {
      return weights.map(tensor -> published.apply(tensor.name()).map(tensor::named));
    } catch (IllegalArgumentException e) {
      weights.close();
      throw new ModelException(file.toString(), "under the published names, " + e.getMessage(), e);
    }
  }

  /**
   * A 1x1 convolution {@code [out, in, 1, 1]} and a linear layer {@code [out, in]} are the same
   * numbers. Versions of the same weights differ in which of them they are.
   */
  private static Weights inPublishedShapes(Weights weights) {
    return weights.map(tensor -> Optional.of(inPublishedShape(tensor)));
  }

  private static Tensor inPublishedShape(Tensor tensor) {
    long[] shape = tensor.shape();
    if (LINEAR.matcher(tensor.name()).matches()
        && shape.length == 4
        && shape[2] == 1
        && shape[3] == 1) {
      return tensor.reshaped(shape[0], shape[1]);
    }
    if (CONVOLUTION.matcher(tensor.name()).matches() && shape.length == 2) {
      return tensor.reshaped(shape[0], shape[1], 1, 1);
    }
    return tensor;
  }

  /** Closes the files. */
  @Override
  public void close() {
    weights.close();
  }
}
