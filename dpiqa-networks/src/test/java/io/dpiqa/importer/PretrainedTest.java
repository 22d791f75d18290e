package io.dpiqa.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dpiqa.ModelException;
import io.dpiqa.golden.Formula;
import io.dpiqa.importer.Pretrained.Kind;
import io.dpiqa.weights.DType;
import io.dpiqa.weights.Pickle;
import io.dpiqa.weights.Safetensors;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Formula weights, written in each layout, come out of each the same. */
class PretrainedTest {

  private static final Tensor POSITION_IDS =
      Tensor.of(
          "text_model.embeddings.position_ids", DType.I64, new long[] {1}, ByteBuffer.allocate(8));

  /** All tensors of the U-Net and the VAE, with the real names and at most 3 of each dimension. */
  private static List<Tensor> networks;

  private static List<Tensor> textTower;

  @TempDir private Path folder;

  @BeforeAll
  static void makeTensors() throws IOException {
    networks = new ArrayList<>();
    OriginalNames.publishedTeacher()
        .forEach(
            (name, shape) ->
                networks.add(
                    Formula.tensor(
                        name, Arrays.stream(shape).map(size -> Math.min(3, size)).toArray())));
    textTower =
        Stream.of(
                "text_model.embeddings.token_embedding.weight",
                "text_model.embeddings.position_embedding.weight",
                "text_model.encoder.layers.0.self_attn.q_proj.weight",
                "text_model.encoder.layers.0.layer_norm1.bias",
                "text_model.encoder.layers.11.mlp.fc2.weight",
                "text_model.final_layer_norm.weight")
            .map(name -> Formula.tensor(name, 3, 2))
            .toList();
  }

  @Test
  void diffusersFolder() throws IOException {
    writeFolder(networks, textTower, ".safetensors");
    expect(folder, Kind.STABLE_DIFFUSION_FOLDER, stableDiffusion());
  }

  @Test
  void diffusersFolderWithOldNamesAndShapes() throws IOException {
    List<Tensor> old = new ArrayList<>();
    for (Tensor tensor : networks) {
      String name =
          tensor
              .name()
              .replaceFirst("(vae.*)to_q", "$1query")
              .replaceFirst("(vae.*)to_k", "$1key")
              .replaceFirst("(vae.*)to_v", "$1value")
              .replaceFirst("(vae.*)to_out.0", "$1proj_attn");
      boolean renamed = !name.equals(tensor.name());
      old.add((renamed ? asConvolution(tensor) : asLinear(tensor)).named(name));
    }
    writeFolder(old, textTower, ".safetensors");
    expect(folder, Kind.STABLE_DIFFUSION_FOLDER, stableDiffusion());
  }

  @Test
  void diffusersFolderOfPickles() throws IOException {
    writeFolder(networks, textTower, ".bin");
    expect(folder, Kind.STABLE_DIFFUSION_FOLDER, stableDiffusion());
  }

  @Test
  void diffusersFolderInHalfPrecision() throws IOException {
    writeFolder(halves(networks), halves(textTower), ".fp16.safetensors");
    expect(folder, Kind.STABLE_DIFFUSION_FOLDER, halves(stableDiffusion()));
  }

  @Test
  void fullPrecisionIsTakenBeforeHalf() throws IOException {
    writeFolder(halves(networks), halves(textTower), ".fp16.safetensors");
    writeFolder(networks, textTower, ".bin");
    expect(folder, Kind.STABLE_DIFFUSION_FOLDER, stableDiffusion());
  }

  @Test
  void folderWithoutTextTower() throws IOException {
    writeFolder(networks, List.of(), ".safetensors");
    expect(folder, Kind.STABLE_DIFFUSION_FOLDER, networks);
  }

  @Test
  void singleFile() throws IOException {
    Path file = folder.resolve("v1-5.safetensors");
    Safetensors.write(file, original(stableDiffusion()), Map.of());
    expect(file, Kind.STABLE_DIFFUSION_FILE, stableDiffusion());
  }

  @Test
  void singleFileOfLightning() throws IOException {
    Path file = Pickle.writeLightning(folder.resolve("v1-5.ckpt"), original(stableDiffusion()));
    expect(file, Kind.STABLE_DIFFUSION_FILE, stableDiffusion());
  }

  @Test
  void singleFileInHalfPrecisionStaysSoOnDisk() throws IOException {
    Path file = folder.resolve("v1-5.safetensors");
    Safetensors.write(file, original(halves(stableDiffusion())), Map.of());
    Path copy = folder.resolve("copy.safetensors");
    try (Pretrained read = Pretrained.open(file)) {
      Safetensors.write(copy, read.weights().tensors(), Map.of());
    }
    try (Weights written = Weights.open(copy)) {
      expect(written, halves(stableDiffusion()));
    }
  }

  @Test
  void clipAsAFileAndAsAFolder() throws IOException {
    List<Tensor> expected = new ArrayList<>(textTower);
    expected.add(Formula.tensor("text_projection.weight", 3, 2));
    List<Tensor> all = new ArrayList<>(expected);
    all.add(POSITION_IDS);
    all.add(Formula.tensor("logit_scale"));
    all.add(Formula.tensor("visual_projection.weight", 2, 2));
    all.add(Formula.tensor("vision_model.embeddings.class_embedding", 2));
    Path file = folder.resolve("model.safetensors");
    Safetensors.write(file, all, Map.of());
    expect(file, Kind.CLIP, expected);
    expect(folder, Kind.CLIP, expected);
  }

  @Test
  void teacherAndStudentStayAsTheyAre() throws IOException {
    List<Tensor> teacher = new ArrayList<>(networks);
    teacher.add(Formula.tensor("QFD.fc3.weight", 1, 2));
    expect(Pickle.writeStateDict(folder.resolve("t.pth"), teacher), Kind.TEACHER, teacher);
    List<Tensor> student = List.of(Formula.tensor("base_model.features.0.0.weight", 2, 3, 3, 3));
    expect(Pickle.writeStateDict(folder.resolve("s.pth"), student), Kind.STUDENT, student);
  }

  @Test
  void saysWhatIsNotRecognised() throws IOException {
    Path file = folder.resolve("some.safetensors");
    Safetensors.write(file, List.of(Formula.tensor("lora_up.weight", 1)), Map.of());
    refuses(file, "it has 1 tensors, the first of them lora_up.weight");
    Safetensors.write(file, List.of(Formula.tensor("down_blocks.0.x.weight", 1)), Map.of());
    refuses(file, "give the folder that has unet and vae in it");
    refuses(folder, "neither a Stable Diffusion folder");
    Files.createDirectory(folder.resolve("unet"));
    refuses(folder, "unet: holds no weights; fetch diffusion_pytorch_model.safetensors");
  }

  @Test
  void refusesTwoTensorsOfOneMeaning() throws IOException {
    Path file = folder.resolve("v1-5.safetensors");
    Tensor one = Formula.tensor("model.diffusion_model.output_blocks.2.1.conv.weight", 1);
    Tensor two = one.named("model.diffusion_model.output_blocks.2.2.conv.weight");
    Tensor op = Formula.tensor("model.diffusion_model.input_blocks.3.0.op.weight", 1);
    Safetensors.write(file, List.of(one, two, op), Map.of());
    refuses(file, "two tensors are named unet.up_blocks.0.upsamplers.0.conv.weight");
  }

  private static void refuses(Path path, String problem) {
    assertThatThrownBy(() -> Pretrained.open(path))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageContaining(problem);
  }

  private static List<Tensor> stableDiffusion() {
    return Stream.concat(networks.stream(), textTower.stream()).toList();
  }

  /** In the original file, with what else that has. */
  private static List<Tensor> original(List<Tensor> tensors) {
    List<Tensor> original = new ArrayList<>();
    for (Tensor tensor : tensors) {
      original.add(asConvolution(tensor).named(OriginalNames.latentDiffusion(tensor.name(), 2, 4)));
    }
    original.add(POSITION_IDS.named("cond_stage_model.transformer." + POSITION_IDS.name()));
    original.add(Formula.tensor("betas", 5));
    original.add(Formula.tensor("model_ema.decay"));
    original.add(Formula.tensor("model_ema.diffusion_modeloutbias", 3));
    return original;
  }

  private static Tensor asConvolution(Tensor tensor) {
    long[] shape = tensor.shape();
    return tensor.name().matches("vae.*\\.to_.*weight")
        ? tensor.reshaped(shape[0], shape[1], 1, 1)
        : tensor;
  }

  private static Tensor asLinear(Tensor tensor) {
    long[] shape = tensor.shape();
    return tensor.name().matches(".*\\.proj_(in|out)\\.weight")
        ? tensor.reshaped(shape[0], shape[1])
        : tensor;
  }

  /** Values of two bytes: which, does not matter here. */
  private static List<Tensor> halves(List<Tensor> tensors) {
    return tensors.stream()
        .map(
            tensor -> {
              ByteBuffer bytes = ByteBuffer.allocate(2 * tensor.elements());
              for (float value : tensor.toFloats()) {
                bytes.order(ByteOrder.LITTLE_ENDIAN).putShort((short) (value * 30_000));
              }
              return Tensor.of(tensor.name(), DType.F16, tensor.shape(), bytes.flip());
            })
        .toList();
  }

  private void writeFolder(List<Tensor> tensors, List<Tensor> text, String suffix)
      throws IOException {
    write("unet/diffusion_pytorch_model" + suffix, without(tensors, "unet."));
    write("vae/diffusion_pytorch_model" + suffix, without(tensors, "vae."));
    if (!text.isEmpty()) {
      List<Tensor> all = new ArrayList<>(text);
      all.add(POSITION_IDS);
      write("text_encoder/" + (suffix.equals(".bin") ? "pytorch_model" : "model") + suffix, all);
    }
  }

  private static List<Tensor> without(Collection<Tensor> tensors, String prefix) {

    return tensors.stream()
        .filter(tensor -> tensor.name().startsWith(prefix))
        .map(tensor -> tensor.named(tensor.name().substring(prefix.length())))
        .toList();
  }

  private void write(String name, List<Tensor> tensors) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    if (name.endsWith(".bin")) {
      Pickle.writeStateDict(file, tensors);
    } else {
      Safetensors.write(file, tensors, Map.of());
    }
  }

  private static void expect(Path path, Kind kind, List<Tensor> expected) {
    try (Pretrained read = Pretrained.open(path)) {
      assertThat(read.kind()).isEqualTo(kind);
      expect(read.weights(), expected);
    }
  }

  private static void expect(Weights read, List<Tensor> expected) {
    assertThat(read.names())
        .containsExactlyInAnyOrderElementsOf(expected.stream().map(Tensor::name).toList());
    for (Tensor tensor : expected) {
      assertThat(read.tensor(tensor.name())).hasToString(tensor.toString());
      assertThat(read.tensor(tensor.name()).bytes()).as(tensor.name()).isEqualTo(tensor.bytes());
    }
  }
}
