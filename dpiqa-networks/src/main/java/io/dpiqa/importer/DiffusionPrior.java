package io.dpiqa.importer;

import io.dpiqa.ModelException;
import io.dpiqa.network.Configuration;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Teacher;
import io.dpiqa.text.Prompts;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A diffusion model to make a teacher of: Stable Diffusion 1.x, or a prior that dpiqa trained; with
 * the embeddings of the prompts that it knows pictures by.
 */
public final class DiffusionPrior implements AutoCloseable {
  private static final int STABLE_DIFFUSION_SIZE = 512;

  private final Configuration.Prior configuration;
  private final Weights weights;
  private final PromptEmbeddings prompts;

  /** Null until it is asked for, as all weights must be read for it. */
  private String weightsHash;

  private DiffusionPrior(
      Configuration.Prior configuration, Weights weights, PromptEmbeddings prompts) {
    this.configuration = configuration;
    this.weights = weights;
    this.prompts = prompts;
  }

  /**
   * Opens a prior. Its tensors are read when they are asked for.
   *
   * @param path a folder or file of Stable Diffusion 1.x (see {@link Pretrained}), or the {@code
   *     prior.safetensors} of a training run
   * @param embeddings file with a tensor {@code embeddings [prompts, width]}, for Stable Diffusion
   * @param clip CLIP's folder or weights, to encode the published prompts with, instead of the
   *     former
   * @throws ModelException if a file cannot be read, is no such thing, or lacks tensors, or Stable
   *     Diffusion comes without prompts
   * @throws IOException if reading fails
   */
  public static DiffusionPrior open(Path path, Optional<Path> embeddings, Optional<Path> clip)
      throws IOException {
    return isTrainedHere(path) ? trainedHere(path) : pretrained(path, embeddings, clip);
  }

  private static boolean isTrainedHere(Path path) {
    if (Files.isDirectory(path)) {
      return false;
    }
    try (Weights weights = Weights.open(path)) {
      return weights.metadata().containsKey(Configuration.PRIOR);
    }
  }

  private static DiffusionPrior trainedHere(Path file) {
    Weights weights = Weights.open(file);
    try {
      Configuration.Prior configuration =
          Configuration.Prior.fromJson(weights.metadata().get(Configuration.PRIOR));
      PromptEmbeddings prompts = PromptEmbeddings.read(file, Configuration.PROMPTS);
      return checked(file, configuration, weights, prompts);
    } catch (IllegalArgumentException e) {
      weights.close();
      throw new ModelException(file.toString(), e.getMessage(), e);
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  private static DiffusionPrior pretrained(
      Path path, Optional<Path> embeddings, Optional<Path> clip) throws IOException {
    Pretrained pretrained = Pretrained.open(path);
    try {
      Configuration.Prior configuration =
          switch (pretrained.kind()) {
            case STABLE_DIFFUSION_FOLDER -> stableDiffusion(Optional.of(path));
            case STABLE_DIFFUSION_FILE -> stableDiffusion(Optional.empty());
            default ->
                throw new ModelException(
                    path.toString(),
                    "is %s; a teacher begins from Stable Diffusion 1.x or a prior trained by dpiqa"
                        .formatted(pretrained.kind()));
          };
      return checked(path, configuration, pretrained.weights(), prompts(path, embeddings, clip));
    } catch (RuntimeException | IOException e) {
      pretrained.close();
      throw e;
    }
  }

  private static Configuration.Prior stableDiffusion(Optional<Path> folder) {
    TeacherConfig config = TeacherConfig.read(folder);
    return new Configuration.Prior(config.vae(), config.unet(), STABLE_DIFFUSION_SIZE);
  }

  private static PromptEmbeddings prompts(Path path, Optional<Path> embeddings, Optional<Path> clip)
      throws IOException {
    if (embeddings.isPresent()) {
      return PromptEmbeddings.read(embeddings.get());
    }
    if (clip.isPresent()) {
      return PromptEncoder.encode(clip.get(), Prompts.published(), ImportListener.NONE);
    }
    throw new ModelException(
        path.toString(), "needs the embeddings of the prompts, or CLIP to make them");
  }

  private static DiffusionPrior checked(
      Path path, Configuration.Prior configuration, Weights weights, PromptEmbeddings prompts) {
    if (prompts.width() != configuration.unet().contextWidth()) {
      throw new ModelException(
          path.toString(),
          "reads prompts of width %d, but these have %d"
              .formatted(configuration.unet().contextWidth(), prompts.width()));
    }
    Shapes shapes = new Shapes();
    Teacher teacher = Configuration.Teacher.published(configuration).network();
    int size = configuration.imageSize();
    Shape image = Shape.of(1, 3, size, size);
    teacher.read(shapes, image, Shape.of(1, prompts.count(), prompts.width()));
    List<String> missing =
        shapes.tensors().entrySet().stream()
            .filter(tensor -> Teacher.isPrior(tensor.getKey()))
            .filter(tensor -> !has(weights, tensor))
            .map(tensor -> tensor.getKey() + " " + tensor.getValue())
            .toList();
    if (!missing.isEmpty()) {
      throw new ModelException(
          path.toString(),
          "lacks %d tensors of its networks, the first of them %s; fetch it again"
              .formatted(missing.size(), missing.get(0)));
    }
    return new DiffusionPrior(configuration, weights, prompts);
  }

  private static boolean has(Weights weights, Map.Entry<String, Shape> tensor) {
    return weights.names().contains(tensor.getKey())
        && Fit.shape(weights, tensor.getKey()).equals(tensor.getValue());
  }

  /** How the networks fit together. */
  public Configuration.Prior configuration() {
    return configuration;
  }

  /** {@code unet.…} and, where there is one, {@code vae.…}, under the published names. */
  public Weights weights() {
    return weights;
  }

  /** A hash of what makes the latents: equal ones make equal latents. */
  public String encoderKey() {
    String encoder = configuration.encoder().toString();
    return sha256(encoder, weights.tensors().stream().filter(t -> Teacher.isFrozen(t.name())))
        .substring(0, 12);
  }

  private static String sha256(String description, Stream<Tensor> tensors) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(description.getBytes(StandardCharsets.UTF_8));
      tensors.forEach(tensor -> digest.update(tensor.bytes()));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }

  /** {@code [1, prompts, contextWidth]} */
  public Shape promptsShape() {
    return Shape.of(1, prompts.count(), prompts.width());
  }

  /** Embeddings of the prompts, in row-major order. */
  public float[] prompts() {
    return prompts.values();
  }

  /**
   * Where the prompts come from, the hash of their embeddings, and {@code prior sha256}, that of
   * the weights: of those that a teacher reads, so that it is the same in whichever layout they
   * are.
   */
  public Map<String, String> provenance() {
    Map<String, String> provenance = new LinkedHashMap<>(prompts.provenance());
    provenance.put("prior sha256", weightsHash());
    return provenance;
  }

  private String weightsHash() {
    if (weightsHash == null) {
      weightsHash =
          sha256(
              "",
              weights.tensors().stream()
                  .filter(t -> Teacher.isPrior(t.name()) && !Teacher.isUnused(t.name()))
                  .sorted(Comparator.comparing(Tensor::name)));
    }
    return weightsHash;
  }

  @Override
  public void close() {
    weights.close();
  }
}
