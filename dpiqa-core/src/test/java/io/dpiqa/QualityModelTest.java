package io.dpiqa;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.dpiqa.image.ImageDecoder;
import io.dpiqa.model.ModelCard;
import io.dpiqa.model.ModelFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QualityModelTest {

  @TempDir static Path folder;

  private static Path onnx;
  private static List<Path> photos;

  @BeforeAll
  static void makeModelAndPhotos() throws IOException {
    onnx = TinyModel.write(folder.resolve("tiny.onnx"));
    List<Path> written = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      written.add(photo(folder.resolve("photo-" + i + ".png"), 100 + 30 * i, 80 + 10 * i, i));
    }
    photos = List.copyOf(written);
  }

  private static Path photo(Path file, int width, int height, int seed) throws IOException {
    ImageIO.write(picture(width, height, seed), "png", file.toFile());
    return file;
  }

  private static BufferedImage picture(int width, int height, int seed) {
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(seed);
    int colour = random.nextInt(1 << 24);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        picture.setRGB(x, y, (colour + x * (y + seed)) ^ (random.nextInt(1 << 24) & 0x0F0F0F));
      }
    }
    return picture;
  }

  @Test
  void scoresPathBytesAndPictureAlike() throws Exception {
    try (QualityModel model = QualityModel.load(onnx)) {
      Score score = model.score(photos.get(3));
      assertThat(model.score(Files.readAllBytes(photos.get(3)))).isEqualTo(score);
      assertThat(model.score(ImageIO.read(photos.get(3).toFile()))).isEqualTo(score);
      assertThat(model.score(new ImageDecoder().decode(photos.get(3)))).isEqualTo(score);
      assertThat(score.width()).isEqualTo(190);
      assertThat(score.height()).isEqualTo(110);
      assertThat(score.raw()).isBetween(-3.0, 3.0);
    }
  }

  @Test
  void featureMapComesWithTheSameBitsOfTheScore() throws IOException {
    Path file =
        TinyModel.write(folder.resolve("map.onnx"), TinyModel.withMap("Identity", 1, 64, 12, 12));
    BufferedImage picture = picture(TinyModel.SIZE, TinyModel.SIZE, 5);
    try (QualityModel model = QualityModel.load(file);
        QualityModel scoreOnly = QualityModel.load(onnx)) {
      assertThat(model.hasMap()).isTrue();
      Reading reading = model.reading(ImageDecoder.convert(picture).rgb());
      assertThat(reading.raw())
          .isEqualTo(model.score(picture).raw())
          .isEqualTo(scoreOnly.score(picture).raw());
      assertThat(reading.map().channels()).isEqualTo(64);
      assertThat(reading.map().height()).isEqualTo(12);
      assertThat(reading.map().width()).isEqualTo(12);
      assertThat(reading.map().values()).hasSize(64 * 12 * 12).contains(0f);

      assertThat(scoreOnly.hasMap()).isFalse();
      assertThatThrownBy(() -> scoreOnly.reading(ImageDecoder.convert(picture).rgb()))
          .isInstanceOf(ModelException.class)
          .hasMessageStartingWith(onnx + ": gives no feature map");
    }
  }

  @Test
  void mapOfAnotherShapeIsRefused() throws IOException {
    Path file =
        TinyModel.write(folder.resolve("flat.onnx"), TinyModel.withMap("Flatten", 1, 64 * 12 * 12));
    try (QualityModel model = QualityModel.load(file)) {
      assertThatThrownBy(() -> model.score(photos.get(0)))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("its output 'map' must be")
          .hasMessageNotContaining("\n");
    }
  }

  @Test
  void valueIsTheClampedRawScoreOfAHundred() throws Exception {
    for (float scale : new float[] {0.01f, 1, 100, -100}) {
      byte[] scaled =
          TinyModel.bytes(
              Map.of(ModelCard.METADATA_KEY, TinyModel.card().toJson()),
              "image",
              TinyModel.SIZE,
              scale);
      Path file = TinyModel.write(folder.resolve("scaled.onnx"), scaled);
      try (QualityModel model = QualityModel.load(file)) {
        Score score = model.score(photos.get(0));
        double expected = 100 * Math.min(1, Math.max(0, score.raw()));
        assertThat(score.value()).isEqualTo(expected).isBetween(0.0, 100.0);
        // TinyModel's quantile q is q / 100.
        assertThat(score.percentile().orElseThrow()).isCloseTo(expected, within(1e-9));
      }
    }
  }

  @Test
  void idNamesTheFile() {
    try (QualityModel model = QualityModel.load(onnx.toString())) {
      assertThat(model.id()).isEqualTo("tiny@" + ModelFile.read(onnx).sha256().substring(0, 12));
      assertThat(model.card()).isEqualTo(TinyModel.card());
    }
  }

  @Test
  void sameBitsForAnyThreadsOrderAndCompany() throws Exception {
    Map<Path, Score> alone = new HashMap<>();
    try (QualityModel model = load(1)) {
      for (Path photo : photos) {
        alone.put(photo, model.score(photo));
      }
      assertThat(Set.copyOf(alone.values())).hasSameSizeAs(photos);
    }
    List<Path> shuffled = new ArrayList<>();
    IntStream.range(0, 5).forEach(i -> shuffled.addAll(photos));
    Collections.shuffle(shuffled, new Random(3));
    for (int threads : new int[] {1, 2, 3, 8}) {
      try (QualityModel model = load(threads)) {
        for (Path photo : photos) {
          assertThat(model.score(photo)).isEqualTo(alone.get(photo));
        }
        List<Outcome> outcomes = new ArrayList<>();
        model.scoreAll(shuffled.iterator(), outcomes::add);
        assertThat(outcomes)
            .isEqualTo(shuffled.stream().map(p -> Outcome.of(p, alone.get(p))).toList());
      }
    }
  }

  @Test
  void manyThreadsMayShareAModel() throws Exception {
    try (QualityModel model = load(2)) {
      Score expected = model.score(photos.get(5));
      Set<Score> scores =
          Stream.generate(() -> CompletableFuture.supplyAsync(() -> score(model, photos.get(5))))
              .limit(64)
              .toList()
              .stream()
              .map(CompletableFuture::join)
              .collect(toSet());
      assertThat(scores).containsExactly(expected);
    }
  }

  private static Score score(QualityModel model, Path photo) {
    try {
      return model.score(photo);
    } catch (ImageException e) {
      throw new IllegalStateException(e);
    }
  }

  private static QualityModel load(int threads) {
    return QualityModel.load(onnx, ScoringOptions.DEFAULT.withThreads(threads));
  }

  @Test
  void refusesPicturesOverThePixelLimit() {
    try (QualityModel model =
        QualityModel.load(onnx, ScoringOptions.DEFAULT.withPixelLimit(9_999))) {
      assertThatThrownBy(() -> model.score(photos.get(4)))
          .isInstanceOf(ImageException.class)
          .hasMessageContaining("photo-4.png")
          .hasMessageContaining("9999");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, ImageDecoder.HIGHEST_PIXEL_LIMIT + 1})
  void refusesPixelLimitsThatCannotBe(int limit) {
    assertThatThrownBy(() -> ScoringOptions.DEFAULT.withPixelLimit(limit))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not within 1 to 715827879");
  }

  @Test
  void refusesAModelWithoutAName() {
    assertThatThrownBy(() -> QualityModel.load(""))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("its name is empty");
  }

  @Test
  void closedModelDoesNotScore() throws Exception {
    QualityModel model = QualityModel.load(onnx);
    model.score(photos.get(0));
    model.close();
    model.close();
    assertThatIllegalStateException().isThrownBy(() -> model.score(photos.get(0)));
    assertThatIllegalStateException().isThrownBy(() -> model.score(picture(9, 9, 1)));
    assertThatIllegalStateException()
        .isThrownBy(() -> model.scoreAll(photos.iterator(), outcome -> {}));
  }

  /** Whatever runs while memory is given back is scored all the same. */
  @Test
  void releasedModelScoresAgain() throws Exception {
    try (QualityModel model = load(2)) {
      Score expected = model.score(photos.get(1));
      for (int i = 0; i < 10; i++) {
        List<CompletableFuture<Score>> running =
            Stream.generate(() -> CompletableFuture.supplyAsync(() -> score(model, photos.get(1))))
                .limit(4)
                .toList();
        model.release();
        for (CompletableFuture<Score> score : running) {
          assertThat(score.join()).isEqualTo(expected);
        }
        assertThat(model.score(photos.get(1))).isEqualTo(expected);
      }
    }
  }

  @Test
  void closingWaitsForRunsInProgress() throws Exception {
    for (int i = 0; i < 20; i++) {
      QualityModel model = load(2);
      Score expected = model.score(photos.get(1));
      List<CompletableFuture<Score>> running =
          Stream.generate(() -> CompletableFuture.supplyAsync(() -> score(model, photos.get(1))))
              .limit(8)
              .toList();
      Thread.sleep(i);
      model.close();
      // Each was scored or refused; nothing ran on freed memory.
      for (CompletableFuture<Score> score : running) {
        assertThat(score.handle((s, e) -> e == null ? s.raw() : e.getCause()).join())
            .satisfiesAnyOf(
                s -> assertThat(s).isEqualTo(expected.raw()),
                e -> assertThat(e).isInstanceOf(IllegalStateException.class));
      }
    }
  }

  @Test
  void refusesWhatIsNoModel() throws IOException {
    assertRefused(folder.resolve("absent.onnx"), "absent.onnx", "no such file");
    assertRefused(folder, "model.onnx", "no such file");
    assertRefused(photos.get(0), "photo-0.png", "not an ONNX file");
    assertRefused(Files.write(folder.resolve("empty.onnx"), new byte[0]), "not an ONNX file");
    assertRefused(
        Files.write(folder.resolve("student.pth"), new byte[] {'P', 'K', 3, 4}),
        "import it first",
        "dpiqa model import");
    assertRefused(onnx(Map.of("author", "someone"), "image", TinyModel.SIZE), "model card");
    assertRefused(
        onnx(Map.of(ModelCard.METADATA_KEY, "{\"format\": 2}"), "image", 8), "format 2", "reads 1");
  }

  @Test
  void refusesGraphsThatBreakTheContractAtFirstUse() throws Exception {
    Map<String, String> card = Map.of(ModelCard.METADATA_KEY, TinyModel.card().toJson());
    for (Path file : List.of(onnx(card, "picture", TinyModel.SIZE), onnx(card, "image", 64))) {
      try (QualityModel model = QualityModel.load(file)) {
        assertThatThrownBy(() -> model.score(photos.get(0)))
            .isInstanceOf(ModelException.class)
            .hasMessageContaining("its input must be one UINT8 tensor 'image' of shape [1, 96, 96");
        assertThatThrownBy(() -> model.scoreAll(photos.iterator(), outcome -> {}))
            .isInstanceOf(ModelException.class);
      }
    }
  }

  @Test
  void refusesDamagedGraphs() throws Exception {
    byte[] bytes = Files.readAllBytes(onnx);
    for (int i = 0; i < 8; i++) {
      bytes[30 + i] ^= 0x55;
    }
    Path damaged = Files.write(folder.resolve("damaged.onnx"), bytes);
    assertThatThrownBy(
            () -> {
              try (QualityModel model = QualityModel.load(damaged)) {
                model.score(photos.get(0));
              }
            })
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("damaged.onnx");
  }

  @Test
  void readsWeightsFromTheFileBesideIt() throws Exception {
    Path two = Files.createDirectory(folder.resolve("two")).resolve("model.onnx");
    Files.write(two, naming("model.onnx.data", ModelFile.weights(two)));
    try (QualityModel one = QualityModel.load(onnx);
        QualityModel inFolder = QualityModel.load(two.getParent())) {
      assertThat(inFolder.score(photos.get(0)).raw()).isEqualTo(one.score(photos.get(0)).raw());
    }
  }

  @Test
  void readsNoOtherFile() throws Exception {
    Path one = folder.resolve("one.onnx");
    Files.write(one, naming("weights.bin", folder.resolve("weights.bin")));
    assertFails(one, "weights.bin");

    Path two = Files.createDirectory(folder.resolve("escape")).resolve("model.onnx");
    Files.createFile(ModelFile.weights(two));
    Files.write(two, naming("../weights.bin", folder.resolve("weights.bin")));
    assertFails(two, "weights.bin");
  }

  private static void assertFails(Path model, String message) {
    try (QualityModel reader = QualityModel.load(model)) {
      assertThatThrownBy(() -> reader.score(photos.get(0)))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining(message);
    }
  }

  /** The tiny model with some of its weights in another file. */
  private static byte[] naming(String location, Path file) throws IOException {
    ModelProto model = ModelProto.parseFrom(Files.readAllBytes(onnx));
    GraphProto.Builder graph = model.getGraph().toBuilder();
    TensorProto weights = graph.getInitializer(1);
    Files.write(file, weights.getRawData().toByteArray());
    graph.setInitializer(
        1,
        weights.toBuilder()
            .clearRawData()
            .setDataLocation(TensorProto.DataLocation.EXTERNAL)
            .addExternalData(
                StringStringEntryProto.newBuilder().setKey("location").setValue(location)));
    return model.toBuilder().setGraph(graph).build().toByteArray();
  }

  private static Path onnx(Map<String, String> metadata, String input, int size)
      throws IOException {
    return TinyModel.write(
        Files.createTempFile(folder, "wrong", ".onnx"), TinyModel.bytes(metadata, input, size, 1));
  }

  private static void assertRefused(Path file, String... message) {
    assertThatThrownBy(() -> QualityModel.load(file))
        .isInstanceOf(ModelException.class)
        .hasMessageContainingAll(message)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void unknownNameListsWhatThereIs() {
    assertThatThrownBy(() -> QualityModel.load("no-such-model"))
        .isInstanceOf(ModelException.class)
        .hasMessageContainingAll("no-such-model", "built-in");
  }
}
