package io.dpiqa.importer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dpiqa.FeatureMap;
import io.dpiqa.ImageException;
import io.dpiqa.Interval;
import io.dpiqa.ModelException;
import io.dpiqa.QualityModel;
import io.dpiqa.Reading;
import io.dpiqa.Score;
import io.dpiqa.golden.Formula;
import io.dpiqa.golden.Golden;
import io.dpiqa.model.Calibration;
import io.dpiqa.model.ModelCard;
import io.dpiqa.model.ModelFile;
import io.dpiqa.model.ModelStore;
import io.dpiqa.network.EfficientNet;
import io.dpiqa.network.ResNet;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
import io.dpiqa.weights.DType;
import io.dpiqa.weights.Safetensors;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelImporterTest {

  @TempDir private Path folder;
  private ModelStore store;

  @BeforeEach
  void openStore() {
    store = ModelStore.in(folder.resolve("home"));
  }

  @Test
  void compactStudentIsRecognisedAndScores() throws IOException, ImageException {
    Path checkpoint =
        write(
            tensors(Student.compact(new EfficientNet(0))),
            Map.of("input_size", "64", "data", "ours"));
    ModelFile model = importer().add(checkpoint, ImportOptions.named("ours"));

    ModelCard card = model.card();
    assertThat(card.name()).isEqualTo("ours");
    assertThat(card.network()).isEqualTo("compact student efficientnet-b0");
    assertThat(card.inputSize()).isEqualTo(64);
    assertThat(card.licence()).isEqualTo("unknown");
    assertThat(card.provenance())
        .containsEntry("source", "checkpoint.safetensors")
        .containsEntry("data", "ours")
        .containsKey("source sha256");
    try (QualityModel scorer = QualityModel.load(model.path())) {
      Score score = scorer.score(picture(1));
      assertThat(score.raw()).isFinite().isNotEqualTo(scorer.score(picture(2)).raw());
      assertThat(score.percentile()).isEmpty();
    }
  }

  @Test
  void halfPrecisionGivesNearlyTheSameScore() throws IOException {
    List<Tensor> halves = new ArrayList<>();
    for (Tensor tensor : tensors(Student.compact(new EfficientNet(0)))) {
      halves.add(tensor.dtype() == DType.F32 ? toBfloat16(tensor) : tensor);
    }
    ModelFile full =
        importer()
            .add(
                write(tensors(Student.compact(new EfficientNet(0))), small()),
                ImportOptions.named("full"));
    ModelFile half = importer().add(write(halves, small()), ImportOptions.named("half"));

    try (QualityModel a = QualityModel.load(full.path());
        QualityModel b = QualityModel.load(half.path())) {
      double exact = a.score(picture(1)).raw();
      assertThat(b.score(picture(1)).raw())
          .isNotEqualTo(exact)
          .isCloseTo(exact, within(0.05 * Math.abs(exact)));
    }
  }

  @Test
  void percentilesComeFromTheReference() throws IOException {
    List<Path> reference = new ArrayList<>();
    for (int seed = 1; seed <= 5; seed++) {
      Path photo = folder.resolve(seed + ".png");
      ImageIO.write(picture(seed), "png", photo.toFile());
      reference.add(photo);
    }
    ImportOptions options =
        ImportOptions.named("ours").withLicence(Optional.of("CC0-1.0")).withReference(reference);
    ModelFile model =
        importer().add(write(tensors(Student.compact(new EfficientNet(0))), small()), options);

    assertThat(model.card().licence()).isEqualTo("CC0-1.0");
    assertThat(model.card().referenceScores()).hasSize(101);
    try (QualityModel scorer = QualityModel.load(model.path())) {
      List<Double> percentiles = new ArrayList<>();
      for (int seed = 1; seed <= 5; seed++) {
        percentiles.add(scorer.score(picture(seed)).percentile().orElseThrow());
      }
      assertThat(percentiles.stream().sorted().toList())
          .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-6 ? 0 : Double.compare(a, b))
          .containsExactly(0.0, 25.0, 50.0, 75.0, 100.0);
    }
  }

  @Test
  void studentThatLevelsIsRecognised() throws IOException, ImageException {
    Student student = new Student(new ResNet(16), Student.Head.LEVELLED);
    Path checkpoint = write(tensors(student), small());
    for (boolean half : new boolean[] {false, true}) {
      ImportOptions options = ImportOptions.named("ours").replacing(true).withHalfPrecision(half);
      ModelFile model = importer().add(checkpoint, options);
      assertThat(model.card().network()).isEqualTo("levelling compact student resnet18-16");
      try (QualityModel scorer = QualityModel.load(model.path())) {
        assertThat(scorer.score(picture(1)).raw()).isFinite();
      }
    }
  }

  @Test
  void calibrationComesWithTheCheckpoint() throws IOException {
    double[] scores = IntStream.range(0, 50).mapToDouble(i -> i / 50.0).toArray();
    Calibration calibration = Calibration.of(scores, scores);
    List<Tensor> tensors = tensors(Student.compact(new ResNet(16)));
    Map<String, String> metadata = new HashMap<>(small());
    metadata.put(Calibration.METADATA_KEY, calibration.toJson());
    ModelFile model = importer().add(write(tensors, metadata), ImportOptions.named("ours"));

    assertThat(model.card().network()).isEqualTo("compact student resnet18-16");
    assertThat(model.card().errorBand()).isEqualTo(calibration.errorBand()).isPresent();
    assertThat(model.card().referenceScores()).isEqualTo(calibration.referenceScores());
    assertThat(model.card().provenance()).doesNotContainKey(Calibration.METADATA_KEY);
    try (QualityModel scorer = QualityModel.load(model.path())) {
      Score score = scorer.score(picture(1));
      Interval interval = score.interval().orElseThrow();
      assertThat(interval.coverage()).isEqualTo(0.9);
      assertThat(score.value()).isBetween(interval.low() - 1e-6, interval.high() + 1e-6);
    }

    metadata.put(Calibration.METADATA_KEY, "{\"referenceScores\": 7}");
    Path damaged = write(tensors, metadata);
    assertThatThrownBy(() -> importer().add(damaged, ImportOptions.named("damaged")))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(damaged + ": its metadata are damaged (");
  }

  @Test
  void memoryIsCheckedFirst() throws IOException {
    Path checkpoint = write(tensors(Student.compact(new EfficientNet(0))), small());
    ImportOptions options = ImportOptions.named("ours");
    ModelImporter narrow = new ModelImporter(store, ImportListener.NONE, () -> 450_000_000);
    narrow.add(checkpoint, options);

    ImportOptions scoring =
        options.replacing(true).withReference(List.of(folder.resolve("none.png")));
    assertThatThrownBy(() -> narrow.add(checkpoint, scoring))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(checkpoint + ": importing it takes 0.48")
        .hasMessageEndingWith(
            " GB of memory, and 0.45 GB are free; close other programs, or import it without a reference");
    assertThat(store.names()).containsExactly("ours");
  }

  @Test
  void spaceIsChecked() {
    Path none = folder.resolve("not").resolve("yet");
    assertThatThrownBy(() -> Space.require(none, "the model", Long.MAX_VALUE, "make room"))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(folder + ": the model takes 9223372036.9 GB, and ")
        .hasMessageEndingWith(" GB are free there; make room");
  }

  @Test
  void publishedHeadGivesItsFeatureMap() throws IOException {
    Path checkpoint = write(tensors(Student.published(0)), small());
    ModelFile model = importer().add(checkpoint, ImportOptions.named("ours"));
    try (QualityModel scorer = QualityModel.load(model.path())) {
      Reading reading = scorer.reading(Formula.pattern(64, 64, 1));
      assertThat(reading.raw()).isEqualTo(scorer.score(picture(1)).raw());
      FeatureMap map = reading.map();
      assertThat(List.of(map.channels(), map.height(), map.width())).containsExactly(8, 64, 64);
      assertThat(map.values())
          .hasSize(8 * 64 * 64)
          .isNotEqualTo(scorer.reading(Formula.pattern(64, 64, 2)).map().values());
    }
  }

  @Test
  void pooledHeadHasNoFeatureMap() throws IOException {
    Path checkpoint = write(tensors(Student.compact(new EfficientNet(0))), small());
    ModelFile model = importer().add(checkpoint, ImportOptions.named("ours"));
    try (QualityModel scorer = QualityModel.load(model.path())) {
      assertThat(scorer.hasMap()).isFalse();
      assertThatThrownBy(() -> scorer.reading(Formula.pattern(64, 64, 1)))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("gives no feature map");
    }
  }

  @Test
  void everyMisfitIsListed() throws IOException {
    List<Tensor> tensors = new ArrayList<>(tensors(Student.compact(new EfficientNet(0))));
    tensors.removeIf(tensor -> tensor.name().equals("fc.bias"));
    tensors.replaceAll(
        tensor ->
            tensor.name().equals("base_model.features.0.1.bias")
                ? Tensor.of("base_model.features.0.1.bias", new long[] {1}, 0)
                : tensor);
    tensors.replaceAll(
        tensor ->
            tensor.name().equals("fc.weight")
                ? Tensor.of("fc.weight", tensor.shape(), nan(tensor.elements()))
                : tensor);
    tensors.replaceAll(
        tensor ->
            tensor.name().equals("base_model.features.0.1.running_var")
                ? Tensor.of(tensor.name(), tensor.shape(), negative(tensor.elements()))
                : tensor);
    tensors.add(Tensor.of("classifier.weight", new long[] {1}, 0));

    assertThatThrownBy(() -> importer().add(write(tensors, small()), ImportOptions.named("misfit")))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("checkpoint.safetensors")
        .hasMessageContaining("compact student efficientnet-b0")
        .hasMessageContaining("1 missing (fc.bias)")
        .hasMessageContaining("1 unexpected (classifier.weight)")
        .hasMessageContaining("1 misshapen (base_model.features.0.1.bias F32[1] for [32])")
        .hasMessageContaining("2 unusable (")
        .hasMessageContaining("features.0.1.running_var, which has negative variances")
        .hasMessageContaining("fc.weight, which has values that are not finite");
    assertThat(store.names()).isEmpty();
    assertThat(folder.resolve("home").resolve("models"))
        .satisfiesAnyOf(
            models -> assertThat(models).doesNotExist(),
            models -> assertThat(models).isEmptyDirectory());
  }

  @Test
  void otherNetworksAreRefused() throws IOException {
    Path foreign = write(List.of(Tensor.of("layer1.0.conv1.weight", new long[] {1}, 0)), Map.of());

    assertThatThrownBy(() -> importer().add(foreign, ImportOptions.named("foreign")))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("no network that dpiqa knows")
        .hasMessageContaining("layer1.0.conv1.weight");
  }

  @Test
  void impossibleInputSizesAreRefused() throws IOException {
    Path checkpoint =
        write(tensors(Student.compact(new EfficientNet(0))), Map.of("input_size", "999999999"));

    assertThatThrownBy(() -> importer().add(checkpoint, ImportOptions.named("huge")))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("input_size");
  }

  @Test
  void metadataThatNoModelCanCarryIsRefused() throws IOException {
    Path checkpoint =
        write(tensors(Student.compact(new EfficientNet(0))), Map.of("note", "x".repeat(2_000_000)));

    assertThatThrownBy(() -> importer().add(checkpoint, ImportOptions.named("verbose")))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(checkpoint + ": its metadata of 2000");
  }

  @Test
  void namesAreCheckedFirst() {
    for (String name : List.of("", " ", "../ours", "built-in")) {
      assertThatThrownBy(
              () -> importer().add(folder.resolve("none.pth"), ImportOptions.named(name)))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("cannot name a model");
    }
  }

  @Test
  void nameThatIsTakenIsRefusedUnlessReplacing() throws IOException {
    Path checkpoint = write(tensors(Student.compact(new EfficientNet(0))), small());
    ImportOptions options = ImportOptions.named("ours");
    importer().add(checkpoint, options);

    assertThatThrownBy(() -> importer().add(checkpoint, options))
        .isInstanceOf(ModelException.class);
    importer().add(checkpoint, options.replacing(true));
    assertThat(store.names()).containsExactly("ours");
  }

  /** The published student at full size: import to score, equal to the published score. */
  @Test
  @Tag("full")
  void publishedStudentScoresAsPublished() throws IOException {
    Shapes shapes = new Shapes();
    Student.published(7).score(shapes, Shape.of(1, 3, 512, 512));
    Path checkpoint = folder.resolve("student.safetensors");
    try (Weights statistics = Golden.open("student-b7-batchnorm.safetensors")) {
      Weights weights = Golden.weights(shapes.tensors(), statistics);
      Safetensors.write(checkpoint, weights.tensors(), Map.of());
    }
    ModelFile model = importer().add(checkpoint, ImportOptions.named("published"));

    assertThat(model.card().network()).isEqualTo("student efficientnet-b7");
    assertThat(model.card().parameters()).isEqualTo(81_012_185);
    try (QualityModel scorer = QualityModel.load(model.path());
        Weights golden = Golden.open("student-b7.safetensors")) {
      for (int seed = 1; seed <= 2; seed++) {
        float expected = golden.tensor("seed" + seed + ".score").toFloats()[0];
        double raw = scorer.score(picture(seed, 512)).raw();
        assertThat(raw).isCloseTo(expected, within(1e-3 * Math.abs(expected)));
      }
    }
  }

  private ModelImporter importer() {
    return new ModelImporter(store);
  }

  private Path write(List<Tensor> tensors, Map<String, String> metadata) throws IOException {
    Path file = folder.resolve("checkpoint.safetensors");
    Files.deleteIfExists(file);
    Safetensors.write(file, tensors, metadata);
    return file;
  }

  private static Map<String, String> small() {
    return Map.of("input_size", "64");
  }

  /** Formula weights; names, shapes and types as a checkpoint of PyTorch has them. */
  private static List<Tensor> tensors(Student student) {
    Shapes shapes = new Shapes();
    student.score(shapes, Shape.of(1, 3, 64, 64));
    return List.copyOf(Golden.weights(shapes.tensors(), Weights.of()).tensors());
  }

  private static Tensor toBfloat16(Tensor tensor) {
    float[] values = tensor.toFloats();
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putShort((short) (Float.floatToIntBits(value) >>> 16));
    }
    return Tensor.of(tensor.name(), DType.BF16, tensor.shape(), bytes.flip());
  }

  private static float[] negative(int count) {
    float[] values = new float[count];
    Arrays.fill(values, -1);
    return values;
  }

  private static float[] nan(int count) {
    float[] values = new float[count];
    values[count / 2] = Float.NaN;
    return values;
  }

  private static BufferedImage picture(int seed) {
    return picture(seed, 64);
  }

  private static BufferedImage picture(int seed, int size) {
    byte[] rgb = Formula.pattern(size, size, seed);
    BufferedImage picture = new BufferedImage(size, size, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < size * size; i++) {
      int pixel = (rgb[3 * i] & 255) << 16 | (rgb[3 * i + 1] & 255) << 8 | (rgb[3 * i + 2] & 255);
      picture.setRGB(i % size, i / size, pixel);
    }
    return picture;
  }
}
