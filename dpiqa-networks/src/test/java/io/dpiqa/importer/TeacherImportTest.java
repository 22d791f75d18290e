package io.dpiqa.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.dpiqa.FeatureMap;
import io.dpiqa.ImageException;
import io.dpiqa.ModelException;
import io.dpiqa.QualityModel;
import io.dpiqa.Reading;
import io.dpiqa.ScoringOptions;
import io.dpiqa.golden.Formula;
import io.dpiqa.golden.Golden;
import io.dpiqa.model.ModelFile;
import io.dpiqa.model.ModelStore;
import io.dpiqa.network.ClipText;
import io.dpiqa.network.DenoisingUnet;
import io.dpiqa.network.QualityFeatureDecoder;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Teacher;
import io.dpiqa.network.VaeEncoder;
import io.dpiqa.weights.Safetensors;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TeacherImportTest {
  private static final Teacher SMALL =
      new Teacher(
          new VaeEncoder(List.of(32, 32, 64, 64), 1, 4, 0.18215),
          new DenoisingUnet(List.of(32, 64, 64, 64), 1, 8, 48, 4),
          new QualityFeatureDecoder(List.of(0, 1, 2, 3), 16, 32),
          Teacher.Options.published());

  @TempDir private Path folder;
  private ModelStore store;

  @BeforeEach
  void openStore() {
    store = ModelStore.in(folder.resolve("home"));
  }

  @Test
  void isRecognisedByItsTensorsAndScores() throws IOException {
    List<Tensor> tensors = new ArrayList<>(tensors(SMALL));
    tensors.add(Tensor.of("unet.conv_out.weight", new long[] {1}, 0));
    tensors.add(Tensor.of("QFD.bnc1.weight", new long[] {1}, 0));
    ModelFile model = add(write(tensors), options("small"));

    assertThat(model.card().network()).isEqualTo("teacher");
    assertThat(model.card().inputSize()).isEqualTo(128);
    assertThat(model.card().provenance())
        .containsEntry("timestep", "1")
        .containsEntry("latents", "mean")
        .containsEntry("text adapter", "on")
        .containsEntry("up blocks", "[0, 1, 2, 3]")
        .containsEntry("prompts", "prompts.safetensors")
        .containsEntry("prompts encoder", "formula");
    assertThat(score(model, 1)).isNotEqualTo(score(model, 2));
  }

  @Test
  void variantsScoreDifferently() throws IOException {
    Path checkpoint = write(tensors(SMALL));
    double published = score(add(checkpoint, options("published")), 1);
    assertThat(score(add(checkpoint, options("late").withTimestep(500)), 1))
        .isNotEqualTo(published);
    ImportOptions sampled = options("sampled").withLatentSeed(OptionalLong.of(7));
    double drawn = score(add(checkpoint, sampled), 1);
    assertThat(drawn).isNotEqualTo(published);
    assertThat(score(add(checkpoint, sampled.replacing(true)), 1)).isEqualTo(drawn);

    List<Tensor> plain =
        tensors(SMALL).stream()
            .filter(tensor -> !tensor.name().startsWith("img_adapter."))
            .toList();
    ModelFile without = add(write(plain), options("without"));
    assertThat(without.card().provenance()).containsEntry("image adapter", "off");
    assertThat(score(without, 1)).isNotEqualTo(published);
  }

  @Test
  void halfPrecisionTakesHalfTheSpaceAndScoresNearlyTheSame() throws IOException {
    Path checkpoint = write(tensors(SMALL));
    ModelFile full = add(checkpoint, options("full"));
    ModelFile half = add(checkpoint, options("half").withHalfPrecision(true));
    assertThat(half.size()).isLessThan((long) (0.6 * full.size()));
    double expected = score(full, 1);
    assertThat(score(half, 1))
        .isNotEqualTo(expected)
        .isCloseTo(expected, within(0.01 * Math.abs(expected)));

    ScoringOptions lowMemory = ScoringOptions.DEFAULT.withLowMemory(true);
    for (ModelFile model : List.of(full, half)) {
      try (QualityModel scorer = QualityModel.load(model.path(), lowMemory)) {
        double same = score(model, 1);
        assertThat(scorer.score(picture(128, 1)).raw())
            .isCloseTo(same, within(1e-5 * Math.abs(same)));
      }
    }
  }

  @Test
  void needsItsPrompts() throws IOException {
    Path checkpoint = write(tensors(SMALL));
    assertRefused(checkpoint, ImportOptions.named("none"), "needs the embeddings of its prompts");

    Path narrow = writePrompts("narrow.safetensors", "embeddings", 6, 32);
    assertRefused(checkpoint, with(narrow), "reads prompts of width 48, but these have 32");
    Path other = writePrompts("other.safetensors", "weights", 6, 48);
    assertRefused(checkpoint, with(other), "other.safetensors: holds no tensor 'embeddings'");
  }

  @Test
  void encodesItsPrompts() throws IOException {
    Path checkpoint = write(tensors(SMALL));
    Path clip = writeClip(48);
    ModelFile published = add(checkpoint, ImportOptions.named("published").withText(clip));
    assertThat(published.card().provenance()).containsEntry("prompts", "495, encoded with clip");

    Path list = Files.writeString(folder.resolve("list.txt"), "a cat\nno cat\n");
    ModelFile own = add(checkpoint, ImportOptions.named("own").withText(clip).withPromptList(list));
    assertThat(own.card().provenance()).containsEntry("prompts", "2, encoded with clip");
    assertThat(score(own, 1)).isNotEqualTo(score(published, 1));

    Files.writeString(list, "a dog\nno dog\n");
    ModelFile replaced =
        add(
            checkpoint,
            ImportOptions.named("own").replacing(true).withText(clip).withPromptList(list));
    assertThat(replaced.card().provenance().get("prompts sha256"))
        .isNotEqualTo(own.card().provenance().get("prompts sha256"));

    Path weights = clip.resolve("model.safetensors");
    assertRefused(weights, ImportOptions.named("other"), "is a CLIP model, which gives no scores");
    assertRefused(
        checkpoint,
        ImportOptions.named("other").withText(writeClip(32)),
        "reads prompts of width 48");
    Safetensors.write(weights, clipTensors(48).subList(0, 5), Map.of());
    assertRefused(
        checkpoint, ImportOptions.named("other").withText(clip), "lacks CLIP's text_projection");
  }

  /** A small CLIP with a vocabulary of single bytes. */
  private Path writeClip(int projection) throws IOException {
    Path clip = Files.createDirectories(folder.resolve("clip"));
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    for (String suffix : List.of("", "</w>")) {
      for (char c = '!'; c <= '~'; c++) {
        vocabulary.put(c + suffix, vocabulary.size());
      }
    }
    vocabulary.put("<|startoftext|>", vocabulary.size());
    vocabulary.put("<|endoftext|>", vocabulary.size());
    new ObjectMapper().writeValue(clip.resolve("vocab.json").toFile(), vocabulary);
    Files.writeString(clip.resolve("merges.txt"), "");
    Safetensors.write(clip.resolve("model.safetensors"), clipTensors(projection), Map.of());
    return clip;
  }

  private static List<Tensor> clipTensors(int projection) {
    Shapes shapes = new Shapes();
    new ClipText(190, 77, 64, 128, 2, 1, projection).embeddings(shapes, List.of(new int[] {0, 1}));
    return formula(shapes);
  }

  @Test
  void featureMapCanBeReadWithTheSameScore() throws IOException, ImageException {
    ModelFile model = add(write(tensors(SMALL)), options("small"));
    byte[] rgb = Formula.pattern(128, 128, 1);
    Path photo = folder.resolve("photo.png");
    ImageIO.write(picture(128, 1), "png", photo.toFile());
    try (QualityModel scorer = QualityModel.load(model.path())) {
      Reading reading = scorer.reading(rgb);
      assertThat(reading.raw()).isEqualTo(scorer.score(picture(128, 1)).raw());
      FeatureMap map = reading.map();
      assertThat(List.of(map.channels(), map.height(), map.width())).containsExactly(8, 16, 16);
      assertThat(map.values()).hasSize(8 * 16 * 16).contains(0f).satisfies(TeacherImportTest::vary);

      Reading ofFile = scorer.reading(photo);
      assertThat(ofFile.raw()).isEqualTo(reading.raw());
      assertThat(ofFile.map().values()).isEqualTo(map.values());
      assertThat(scorer.reading(Formula.pattern(128, 128, 2)).map().values())
          .isNotEqualTo(map.values());
      assertThatThrownBy(() -> scorer.reading(new byte[5]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("this model reads 49152");
    }
  }

  private static void vary(float[] values) {
    assertThat(IntStream.range(0, values.length).mapToDouble(i -> values[i]).distinct().count())
        .isGreaterThan(100);
  }

  @Test
  void configurationTellsWhatTensorsDoNot() throws IOException {
    Path checkpoint = write(tensors(SMALL));
    ModelFile usual = add(checkpoint, options("usual"));
    assertThat(usual.card().provenance())
        .containsEntry("attention heads", "8")
        .containsEntry("latent scale", "0.18215")
        .doesNotContainKey("configuration");

    Path same = writeConfig("same", "[32, 64, 64, 64]", 8, 0.18215);
    assertThat(score(add(checkpoint, options("same").withConfig(same)), 1))
        .isEqualTo(score(usual, 1));
    Path other = writeConfig("other", "[32, 64, 64, 64]", 4, 0.5);
    ModelFile configured = add(checkpoint, options("other").withConfig(other));
    assertThat(configured.card().provenance())
        .containsEntry("attention heads", "4")
        .containsEntry("latent scale", "0.5")
        .containsEntry("configuration", "other");
    assertThat(score(configured, 1)).isNotEqualTo(score(usual, 1));
  }

  @Test
  void configurationOfAnotherNetworkIsRefused() throws IOException {
    Path checkpoint = write(tensors(SMALL));
    Path wide = writeConfig("wide", "[64, 64, 64, 64]", 8, 0.18215);
    assertRefused(
        checkpoint,
        options("refused").withConfig(wide),
        wide.resolve("unet").resolve("config.json")
            + ": block_out_channels is [64, 64, 64, 64], but [32, 64, 64, 64] in the tensors of "
            + checkpoint);
    assertRefused(
        checkpoint, options("refused").withConfig(folder.resolve("none")), "no such file");
  }

  private Path writeConfig(String name, String widths, int heads, double scale) throws IOException {
    Path sd = folder.resolve(name);
    Files.writeString(
        Files.createDirectories(sd.resolve("unet")).resolve("config.json"),
        """
        {"block_out_channels": %s, "attention_head_dim": %d, "layers_per_block": 1,
         "cross_attention_dim": 48, "in_channels": 4}
        """
            .formatted(widths, heads));
    Files.writeString(
        Files.createDirectories(sd.resolve("vae")).resolve("config.json"),
        """
        {"block_out_channels": [32, 32, 64, 64], "layers_per_block": 1, "latent_channels": 4,
         "scaling_factor": %s}
        """
            .formatted(scale));
    return sd;
  }

  @Test
  void tellsHowFarItIs() throws IOException {
    Path clip = writeClip(48);
    Map<String, List<Long>> steps = new LinkedHashMap<>();
    ImportListener listener =
        (task, total) -> steps.computeIfAbsent(task, t -> new ArrayList<>()).add(total);
    new ModelImporter(store, listener)
        .add(write(tensors(SMALL)), ImportOptions.named("small").withText(clip));
    assertThat(steps.keySet())
        .containsExactly("Encoding prompts", "Checking tensors", "Writing the model");
    steps.values().forEach(totals -> assertThat(totals).containsOnly((long) totals.size()));
  }

  @Test
  void misfitsAreListed() throws IOException {
    List<Tensor> tensors = new ArrayList<>(tensors(SMALL));
    tensors.removeIf(tensor -> tensor.name().equals("unet.mid_block.resnets.1.conv2.bias"));
    tensors.add(Tensor.of("unet.extra", new long[] {1}, 0));
    assertRefused(
        write(tensors),
        options("misfit"),
        "does not fit a teacher: 1 missing (unet.mid_block.resnets.1.conv2.bias); 1 unexpected (unet.extra)");

    tensors.removeIf(tensor -> tensor.name().equals("unet.conv_in.weight"));
    assertRefused(write(tensors), options("part"), "a part of a teacher only");
    assertThat(store.names()).isEmpty();
  }

  /** Every tensor of the published checkpoints, at full size: import to score. */
  @Test
  @Tag("full")
  void publishedTeacherScoresAsPublished() throws IOException {
    Path checkpoint = folder.resolve("teacher.safetensors");
    Safetensors.write(checkpoint, published(), Map.of());
    Path prompts = folder.resolve("prompts.safetensors");
    float[] embeddings = Formula.uniform("embeddings", 495 * 768);
    for (int i = 0; i < embeddings.length; i++) {
      embeddings[i] *= 0.5f;
    }
    Safetensors.write(
        prompts, List.of(Tensor.of("embeddings", new long[] {495, 768}, embeddings)), Map.of());

    ModelFile model = add(checkpoint, ImportOptions.named("full").withPrompts(prompts));
    Files.delete(checkpoint);
    try (Weights golden = Golden.open("teacher-sd15.safetensors");
        QualityModel scorer = QualityModel.load(model.path())) {
      for (int seed = 1; seed <= 2; seed++) {
        float expected = golden.tensor("seed" + seed + ".score").toFloats()[0];
        double raw = scorer.score(picture(512, seed)).raw();
        assertThat(raw).isCloseTo(expected, within(1e-3 * Math.abs(expected)));
      }
    }
  }

  /** Formula weights for all tensors of the published teacher. */
  private static List<Tensor> published() throws IOException {
    List<Tensor> tensors = new ArrayList<>();
    try (InputStream keys =
        TeacherImportTest.class.getResourceAsStream("/golden/teacher-keys.tsv")) {
      for (String line : new String(keys.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        String[] columns = line.split("\t", -1);
        long[] shape =
            columns[2].isEmpty()
                ? new long[0]
                : Arrays.stream(columns[2].split(",")).mapToLong(Long::parseLong).toArray();
        tensors.add(Formula.tensor(columns[0], shape));
      }
    }
    return tensors;
  }

  private ModelFile add(Path checkpoint, ImportOptions options) throws IOException {
    return new ModelImporter(store).add(checkpoint, options);
  }

  private void assertRefused(Path checkpoint, ImportOptions options, String message) {
    assertThatThrownBy(() -> add(checkpoint, options))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }

  private ImportOptions options(String name) throws IOException {
    return ImportOptions.named(name)
        .withPrompts(writePrompts("prompts.safetensors", "embeddings", 6, 48));
  }

  private static ImportOptions with(Path prompts) {
    return ImportOptions.named("refused").withPrompts(prompts);
  }

  private Path writePrompts(String file, String tensor, int count, int width) throws IOException {
    Path prompts = folder.resolve(file);
    float[] values = Formula.uniform("embeddings", count * width);
    Safetensors.write(
        prompts,
        List.of(Tensor.of(tensor, new long[] {count, width}, values)),
        Map.of("encoder", "formula"));
    return prompts;
  }

  private Path write(List<Tensor> tensors) throws IOException {
    Path file = folder.resolve("teacher.safetensors");
    Safetensors.write(file, tensors, Map.of());
    return file;
  }

  private static List<Tensor> tensors(Teacher teacher) {
    Shapes shapes = new Shapes();
    teacher.read(shapes, Shape.of(1, 3, 128, 128), Shape.of(1, 6, 48));
    return formula(shapes);
  }

  private static List<Tensor> formula(Shapes shapes) {
    return shapes.tensors().entrySet().stream()
        .map(tensor -> Formula.tensor(tensor.getKey(), tensor.getValue().sizes()))
        .toList();
  }

  private static double score(ModelFile model, int seed) {
    try (QualityModel scorer = QualityModel.load(model.path())) {
      return scorer.score(picture(128, seed)).raw();
    }
  }

  private static BufferedImage picture(int size, int seed) {
    BufferedImage picture = new BufferedImage(size, size, BufferedImage.TYPE_3BYTE_BGR);
    byte[] rgb = Formula.pattern(size, size, seed);
    byte[] bgr = ((DataBufferByte) picture.getRaster().getDataBuffer()).getData();
    for (int i = 0; i < rgb.length; i++) {
      bgr[i] = rgb[i - i % 3 + 2 - i % 3];
    }
    return picture;
  }
}
