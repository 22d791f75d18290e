package io.dpiqa.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShapesTest {

  private final Shapes shapes = new Shapes();

  @Test
  void publishedStudentOwnsExactlyTheTensorsOfItsCheckpoint() throws IOException {
    Student.published(7).score(shapes, Shape.of(1, 3, 512, 512));

    assertThat(shapes.tensors()).containsExactlyInAnyOrderEntriesOf(published("student-keys.tsv"));
  }

  @Test
  void countsWhatIsThereAtOnce() {
    Shape x = shapes.relu(Shape.of(1, 10)); // 10
    x = shapes.segment(x, in -> shapes.linear("a", shapes.relu(in), 5)); // 10 and 5 inside, 5 out
    shapes.segment(x, in -> shapes.linear("b", shapes.relu(in), 2)); // 5 and 2 inside, 2 out

    assertThat(shapes.activations()).isEqualTo(10 + 15 + 7);
    assertThat(shapes.activationsOfInference()).isEqualTo(10 + 5 + 2 + 15);
    assertThat(shapes.activationsComputedAgain()).isEqualTo(10 + 5 + 2 + 2 * 15);
  }

  @Test
  void publishedTeacherOwnsTheTensorsOfItsCheckpointThatScoresDependOn() throws IOException {
    Teacher.Reading<Shape> reading =
        Teacher.published().read(shapes, Shape.of(1, 3, 512, 512), Shape.of(1, 495, 768));
    assertThat(reading.map()).isEqualTo(Shape.of(1, 8, 64, 64));
    assertThat(reading.score()).isEqualTo(Shape.of(1, 1));

    Map<String, Shape> published = published("teacher-keys.tsv");
    assertThat(published).containsAllEntriesOf(shapes.tensors());
    assertThat(published.keySet())
        .allMatch(name -> Teacher.isUnused(name) != shapes.tensors().containsKey(name));
    long unused =
        published.entrySet().stream()
            .filter(tensor -> Teacher.isUnused(tensor.getKey()))
            .filter(tensor -> Shapes.isTrained(tensor.getKey()))
            .mapToLong(tensor -> tensor.getValue().elements())
            .sum();
    assertThat(shapes.parameters() + unused).isEqualTo(1_064_674_092);
  }

  @Test
  void imageAdapterHasThePublishedSize() {
    List<Shape> residuals =
        new ImageAdapter(List.of(320, 640, 1280, 1280), 8)
            .residuals(shapes, "img_adapter", Shape.of(1, 3, 512, 512));
    assertThat(residuals)
        .containsExactly(
            Shape.of(1, 320, 64, 64),
            Shape.of(1, 640, 32, 32),
            Shape.of(1, 1280, 16, 16),
            Shape.of(1, 1280, 8, 8));
    assertThat(shapes.parameters() / 1e6).isCloseTo(77.4, within(0.05));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, 1.01, Double.NaN})
  void whitePointIsOfAShareOfThePixels(double share) {
    Shape images = Shape.of(2, 3, 5, 7);
    assertThat(shapes.whitePoint(images, 0.001)).isEqualTo(Shape.of(2, 1, 1, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> shapes.whitePoint(images, share));
  }

  @Test
  void attentionCostsTwoMatrixProducts() {
    Shape query = Shape.of(2, 10, 8);
    Shape context = Shape.of(1, 3, 8);
    assertThat(shapes.attention(query, context, context, 4, false)).isEqualTo(query);
    assertThat(shapes.multiplyAdds()).isEqualTo(2 * (2 * 10 * 3 * 8));
  }

  private static Map<String, Shape> published(String file) throws IOException {
    Map<String, Shape> published = new HashMap<>();
    try (var in = ShapesTest.class.getResourceAsStream("/golden/" + file)) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        String[] columns = line.split("\t", -1);
        published.put(columns[0], shape(columns[2]));
      }
    }
    return published;
  }

  @Test
  void publishedStudentCostsWhatIsPublished() {
    Shape score = Student.published(7).score(shapes, Shape.of(1, 3, 512, 512));

    assertThat(score).isEqualTo(Shape.of(1, 1));
    assertThat(shapes.parameters()).isEqualTo(81_012_185);
    // "About 28 G" as published, which counts more than convolutions and matrix products.
    assertThat(shapes.multiplyAdds()).isBetween(26_900_000_000L, 28_000_000_000L);
  }

  /**
   * Parameters and multiply-adds as torchvision lists them, less the classifier of 1000 classes.
   */
  @ParameterizedTest
  @CsvSource({
    "0, 224, 1280, 5288548, 0.386",
    "1, 240, 1280, 7794184, 0.687",
    "2, 288, 1408, 9109994, 1.088",
    "3, 300, 1536, 12233232, 1.827",
    "4, 380, 1792, 19341616, 4.394",
    "5, 456, 2048, 30389784, 10.266",
    "6, 528, 2304, 43040704, 19.068",
    "7, 600, 2560, 66347960, 37.746"
  })
  void everyEfficientNetCostsWhatIsKnown(
      int variant, int size, int channels, long parameters, double gigaMultiplyAdds) {
    EfficientNet network = new EfficientNet(variant);
    Shape features = network.features(shapes, "features", Shape.of(1, 3, size, size));

    assertThat(network.channels()).isEqualTo(channels);
    assertThat(features).isEqualTo(Shape.of(1, channels, ceil32(size), ceil32(size)));
    assertThat(shapes.parameters() + 1000L * channels + 1000).isEqualTo(parameters);
    assertThat(shapes.multiplyAdds() / 1e9)
        .isCloseTo(gigaMultiplyAdds, org.assertj.core.data.Percentage.withPercentage(3));
  }

  /** ResNet-18 has 11,689,512 with a stem of 7x7, no projection in layer 1, and its last layer. */
  @Test
  void resNetCostsWhatIsKnown() {
    Shape features = new ResNet(64).features(shapes, "features", Shape.of(1, 3, 224, 160));

    assertThat(features).isEqualTo(Shape.of(1, 512, 7, 5));
    long stem = 64 * 3 * (7 * 7 - 3 * 3);
    long projection = 64 * 64 + 2 * 64;
    long last = 512 * 1000 + 1000;
    assertThat(shapes.parameters()).isEqualTo(11_689_512 - stem + projection - last);
    assertThatThrownBy(() -> new ResNet(63)).hasMessageContaining("63");
  }

  @Test
  void backbonesHaveNames() {
    for (Backbone backbone : Backbone.all()) {
      assertThat(Backbone.named(backbone.toString())).isEqualTo(backbone);
    }
    assertThatThrownBy(() -> Backbone.named("vgg16")).hasMessageContaining("vgg16 is no backbone");
  }

  @Test
  void layersThatDoNotFitAreNamed() {
    assertThatThrownBy(
            () -> shapes.conv2d("features.0", Shape.of(1, 3, 8, 8), Conv.of(4, 3).withGroups(2)))
        .hasMessageContaining("features.0");
    assertThatThrownBy(() -> shapes.add(Shape.of(1, 3, 8, 8), Shape.of(1, 3, 8, 9)))
        .hasMessageContaining("[1, 3, 8, 9]");
    assertThatThrownBy(
            () -> shapes.concatenate(List.of(Shape.of(1, 3, 8, 8), Shape.of(1, 3, 4, 4))))
        .hasMessageContaining("[1, 3, 4, 4]");
    assertThatThrownBy(() -> new EfficientNet(8)).hasMessageContaining("B8");
    Shape text = Shape.of(1, 3, 8);
    assertThatThrownBy(() -> shapes.attention(text, text, text, 3, false))
        .hasMessageContaining("3 heads");
    assertThatThrownBy(() -> shapes.pick(text, new int[] {3})).hasMessageContaining("no token 3");
    assertThatThrownBy(() -> shapes.image(text, 2, 2)).hasMessageContaining("[1, 3, 8]");
    assertThatThrownBy(() -> shapes.narrow(text, 2, 4, 5)).hasMessageContaining("4 to 9");
    assertThatThrownBy(() -> shapes.groupNorm("norm", Shape.of(1, 6, 2, 2), 4, 0))
        .hasMessageContaining("norm: 4 groups");
    assertThatThrownBy(() -> shapes.embedding("words", new int[][] {{5}}, 5, 2))
        .hasMessageContaining("words knows tokens 0 to 4, not 5");
    assertThatThrownBy(() -> ClipText.vitL14().embeddings(shapes, List.of(new int[78])))
        .hasMessageContaining("1 to 77");
  }

  private static int ceil32(int size) {
    return (size + 31) / 32;
  }

  private static Shape shape(String sizes) {
    return sizes.isEmpty()
        ? Shape.of()
        : Shape.of(Arrays.stream(sizes.split(",")).mapToLong(Long::parseLong).toArray());
  }
}
