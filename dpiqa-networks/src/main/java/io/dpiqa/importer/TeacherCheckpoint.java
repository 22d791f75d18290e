package io.dpiqa.importer;

import io.dpiqa.ModelException;
import io.dpiqa.network.Configuration;
import io.dpiqa.network.DenoisingUnet;
import io.dpiqa.network.Operations;
import io.dpiqa.network.QualityFeatureDecoder;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Teacher;
import io.dpiqa.network.VaeEncoder;
import io.dpiqa.weights.Weights;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A teacher and the prompts that it compares pictures with.
 *
 * @param teacher the network
 * @param prompts their embeddings, {@code [prompts, context width]}
 * @param inputSize side of the pictures
 */
record TeacherCheckpoint(Teacher teacher, PromptEmbeddings prompts, int inputSize)
    implements ScoringNetwork {

  private static final int MAP_CHANNELS = 8;

  /**
   * The teacher that a checkpoint holds: its widths and depths are those of the tensors. What they
   * do not show, the number of heads and the scale of latents, is as the configuration says, or as
   * in Stable Diffusion 1.5.
   *
   * @throws ModelException if tensors are missing that would show it, or the configuration is of
   *     another network
   */
  static TeacherCheckpoint read(
      String file, Weights weights, PromptEmbeddings prompts, ImportOptions options) {
    String configuration = weights.metadata().get(Configuration.TEACHER);
    return configuration == null
        ? published(file, weights, prompts, options)
        : configured(file, configuration, prompts, options);
  }

  /** A teacher that dpiqa trained, which says itself what it is. */
  private static TeacherCheckpoint configured(
      String file, String json, PromptEmbeddings prompts, ImportOptions options) {
    try {
      Configuration.Teacher configuration = Configuration.Teacher.fromJson(json);
      Teacher trained = configuration.network();
      Teacher.Options own = trained.options();
      Teacher.Options variant =
          new Teacher.Options(
              options.timestep.orElse(own.timestep()),
              options.latentSeed.isPresent() ? options.latentSeed : own.latentSeed(),
              own.textAdapter(),
              own.imageAdapter());
      Teacher teacher = new Teacher(trained.encoder(), trained.unet(), trained.decoder(), variant);
      requireWidth(file, teacher, prompts);
      return new TeacherCheckpoint(teacher, prompts, configuration.imageSize());
    } catch (IllegalArgumentException e) {
      throw new ModelException(file, e.getMessage(), e);
    }
  }

  private static TeacherCheckpoint published(
      String file, Weights weights, PromptEmbeddings prompts, ImportOptions options) {
    try {
      Sizes sizes = new Sizes(weights);
      TeacherConfig config = TeacherConfig.read(options.config);
      DenoisingUnet unet =
          config.unet(
              file,
              sizes.widths("unet"),
              sizes.layers("unet"),
              sizes.of("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight", 1),
              sizes.of("unet.conv_in.weight", 1));
      VaeEncoder vae =
          config.vae(
              file,
              sizes.widths("vae.encoder"),
              sizes.layers("vae.encoder"),
              sizes.of("vae.quant_conv.weight", 0) / 2);
      Teacher.Options variant =
          new Teacher.Options(
              options.timestep.orElse(Teacher.Options.published().timestep()),
              options.latentSeed,
              sizes.has("text_adapter."),
              sizes.has("img_adapter."));
      Teacher teacher = new Teacher(vae, unet, sizes.decoder(), variant);
      requireWidth(file, teacher, prompts);
      // So that the finest up block's output has the size of the feature map.
      int inputSize = teacher.decoder().size() * teacher.encoder().reduction();
      return new TeacherCheckpoint(teacher, prompts, inputSize);
    } catch (NoSuchElementException | IllegalArgumentException | ArithmeticException e) {
      throw new ModelException(
          file, "holds a part of a teacher only: " + e.getMessage() + "; fetch it again", e);
    }
  }

  private static void requireWidth(String file, Teacher teacher, PromptEmbeddings prompts) {
    int width = teacher.unet().contextWidth();
    if (prompts.width() != width) {
      throw new ModelException(
          file,
          "reads prompts of width %d, but these have %d; encode them with the CLIP that it was trained with"
              .formatted(width, prompts.width()));
    }
  }

  /** What the tensors' names and shapes tell. */
  private record Sizes(Weights weights) {

    int of(String name, int axis) {
      return Math.toIntExact(Fit.shape(weights, name).size(axis));
    }

    boolean has(String prefix) {
      return weights.names().stream().anyMatch(name -> name.startsWith(prefix));
    }

    List<Integer> widths(String network) {
      List<Integer> widths = new ArrayList<>();
      String kernel = network + ".down_blocks.%d.resnets.0.conv1.weight";
      do {
        widths.add(of(kernel.formatted(widths.size()), 0));
      } while (weights.names().contains(kernel.formatted(widths.size())));
      return widths;
    }

    int layers(String network) {
      int layers = 0;
      while (has(network + ".down_blocks.0.resnets." + layers + ".")) {
        layers++;
      }
      return layers;
    }

    QualityFeatureDecoder decoder() {
      List<Integer> upBlocks = new ArrayList<>();
      for (int upBlock = 0; upBlock < 4; upBlock++) {
        if (weights.names().contains("QFD.conv" + (4 - upBlock) + ".weight")) {
          upBlocks.add(upBlock);
        }
      }
      int pixels = of("QFD.fc1.weight", 1) / MAP_CHANNELS;
      return new QualityFeatureDecoder(
          upBlocks, (int) Math.round(Math.sqrt(pixels)), of("QFD.fc1.weight", 0));
    }
  }

  @Override
  public String description() {
    return "teacher";
  }

  @Override
  public boolean isUnused(String name) {
    return Teacher.isUnused(name) || name.equals(Configuration.PROMPTS);
  }

  @Override
  public Map<String, String> choices() {
    Teacher.Options options = teacher.options();
    Map<String, String> choices = new LinkedHashMap<>();
    choices.put("timestep", Integer.toString(options.timestep()));
    OptionalLong seed = options.latentSeed();
    choices.put("latents", seed.isPresent() ? "sampled, seed " + seed.getAsLong() : "mean");
    choices.put("text adapter", options.textAdapter() ? "on" : "off");
    choices.put("image adapter", options.imageAdapter() ? "on" : "off");
    choices.put("up blocks", teacher.decoder().upBlocks().toString());
    choices.put("attention heads", Integer.toString(teacher.unet().heads()));
    if (teacher.encoder() instanceof VaeEncoder vae) {
      choices.put("latent scale", Double.toString(vae.latentScale()));
    }
    choices.putAll(prompts.provenance());
    return choices;
  }

  @Override
  public <T> Reading<T> read(Operations<T> net, T image) {
    Shape shape = Shape.of(1, prompts.count(), prompts.width());
    Teacher.Reading<T> reading = teacher.read(net, image, net.constant(shape, prompts.values()));
    return new Reading<>(Optional.of(reading.map()), reading.score());
  }
}
