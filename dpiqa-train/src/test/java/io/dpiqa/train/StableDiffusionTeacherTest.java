package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.golden.Formula;
import io.dpiqa.importer.DiffusionPrior;
import io.dpiqa.network.Configuration;
import io.dpiqa.network.DenoisingUnet;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Teacher;
import io.dpiqa.network.VaeEncoder;
import io.dpiqa.weights.Safetensors;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A teacher that begins with a Stable Diffusion in small, in the folder that diffusers make. */
class StableDiffusionTeacherTest {
  private static final String HASH = "prior sha256";
  private static final String UNET_TENSOR = "unet.conv_in.weight";
  private static final String VAE_TENSOR = "vae.encoder.conv_in.weight";

  @TempDir private Path folder;
  private Path prompts;

  @BeforeEach
  void writePrompts() throws IOException {
    prompts = folder.resolve("prompts.safetensors");
    Tensor embeddings = Formula.tensor("embeddings", 5, 16);
    Safetensors.write(prompts, List.of(embeddings), Map.of("encoder", "formula"));
  }

  @Test
  void beginsWithTheFoldersWeightsAndNamesThem() throws IOException {
    List<Tensor> tensors = tensors();
    TrainingData data =
        new TrainingData(
            NoisyPictures.draw(folder, "training", 2, 1),
            NoisyPictures.draw(folder, "validation", 2, 2),
            Map.of());
    TeacherRecipe recipe =
        TeacherRecipe.fromJson(
            """
            {"upBlocks": [0, 1], "mapSize": 16, "width": 32, "learnsPrompts": false,
             "schedule": {"batch": 2, "epochs": 1, "warmupEpochs": 0, "averageDecay": 0}}
            """,
            TeacherRecipe.preset("small").orElseThrow());
    List<Progress> steps = new ArrayList<>();
    try (DiffusionPrior prior = open(write("sd", tensors))) {
      Path file =
          new TeacherTrainer(recipe, data, prior, folder.resolve("run"), Device.CPU)
              .train(steps::add);
      assertThat(steps).hasSize(1);
      try (Weights before = Weights.of(tensors);
          Weights after = Weights.open(file)) {
        assertThat(floats(after, VAE_TENSOR)).isEqualTo(floats(before, VAE_TENSOR));
        // Adam's first step, of one learning rate.
        assertThat(floats(after, UNET_TENSOR))
            .isNotEqualTo(floats(before, UNET_TENSOR))
            .containsExactly(floats(before, UNET_TENSOR), within(1.5e-3f));
        assertThat(floats(after, Configuration.PROMPTS))
            .isEqualTo(Formula.tensor("embeddings", 5, 16).toFloats());
        assertThat(after.metadata())
            .containsEntry("prompts", "prompts.safetensors")
            .containsEntry("prompts encoder", "formula")
            .containsEntry(HASH, prior.provenance().get(HASH));
      }
    }
  }

  private static float[] floats(Weights weights, String name) {
    return weights.tensor(name).toFloats();
  }

  @Test
  void hashIsThatOfTheWeightsThatAreRead() throws IOException {
    List<Tensor> tensors = tensors();
    String expected = hash(write("sd", tensors));
    assertThat(expected).matches("[0-9a-f]{64}");

    List<Tensor> elsewhere = new ArrayList<>(tensors);
    Collections.reverse(elsewhere);
    elsewhere.add(Formula.tensor("unet.conv_out.weight", 4, 32, 3, 3));
    elsewhere.add(Formula.tensor("vae.decoder.conv_in.weight", 32, 4, 3, 3));
    assertThat(hash(write("elsewhere", elsewhere))).isEqualTo(expected);

    for (String name : List.of(UNET_TENSOR, VAE_TENSOR)) {
      assertThat(hash(write(name, with(tensors, name)))).isNotEqualTo(expected);
    }
  }

  /** The same with other values in one tensor. */
  private static List<Tensor> with(List<Tensor> tensors, String name) {
    List<Tensor> changed = new ArrayList<>(tensors);
    changed.replaceAll(
        tensor ->
            tensor.name().equals(name)
                ? Formula.tensor("another", tensor.shape()).named(name)
                : tensor);
    return changed;
  }

  private String hash(Path stableDiffusion) throws IOException {
    try (DiffusionPrior prior = open(stableDiffusion)) {
      return prior.provenance().get(HASH);
    }
  }

  private DiffusionPrior open(Path stableDiffusion) throws IOException {
    return DiffusionPrior.open(stableDiffusion, Optional.of(prompts), Optional.empty());
  }

  /** One level more than the real VAE has, as pictures are 512 pixels wide here too. */
  private static List<Tensor> tensors() {
    Configuration.Prior prior =
        new Configuration.Prior(
            new VaeEncoder(List.of(32, 32, 32, 32, 32), 1, 4, 0.18215),
            new DenoisingUnet(List.of(32, 32), 1, 4, 16, 4),
            512);
    Shapes shapes = new Shapes();
    Configuration.Teacher.published(prior)
        .network()
        .read(shapes, Shape.of(1, 3, 512, 512), Shape.of(1, 5, 16));
    return shapes.tensors().entrySet().stream()
        .filter(tensor -> Teacher.isPrior(tensor.getKey()))
        .map(tensor -> Formula.tensor(tensor.getKey(), tensor.getValue().sizes()))
        .toList();
  }

  private Path write(String name, List<Tensor> tensors) throws IOException {
    Path stableDiffusion = folder.resolve(name);
    write(
        stableDiffusion.resolve("unet"),
        tensors,
        """
        {"block_out_channels": [32, 32], "attention_head_dim": 4, "layers_per_block": 1,
         "cross_attention_dim": 16, "in_channels": 4}
        """);
    write(
        stableDiffusion.resolve("vae"),
        tensors,
        """
        {"block_out_channels": [32, 32, 32, 32, 32], "layers_per_block": 1, "latent_channels": 4,
         "scaling_factor": 0.18215}
        """);
    return stableDiffusion;
  }

  private static void write(Path network, List<Tensor> tensors, String config) throws IOException {
    Files.createDirectories(network);
    Files.writeString(network.resolve("config.json"), config);
    String prefix = network.getFileName() + ".";
    Safetensors.write(
        network.resolve("diffusion_pytorch_model.safetensors"),
        tensors.stream()
            .filter(tensor -> tensor.name().startsWith(prefix))
            .map(tensor -> tensor.named(tensor.name().substring(prefix.length())))
            .toList(),
        Map.of());
  }
}
