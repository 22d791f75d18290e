package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dpiqa.dataset.ClassifiedImage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BackboneDataTest {
  private static final Path ROOT = Path.of("root");

  @Test
  void holdsOutOneOfFiftyOfEachKindAndAtLeastOne() {
    BackboneData data = data(1, "dog", 100, "cat", 2, "ant", 1000);
    assertThat(data.kinds()).isEqualTo(3);
    // Numbers are in the order of the names: ant, cat, dog.
    assertThat(counts(data.training())).isEqualTo(Map.of(0, 980L, 1, 1L, 2, 98L));
    assertThat(counts(data.validation())).isEqualTo(Map.of(0, 20L, 1, 1L, 2, 2L));
    assertThat(Stream.concat(data.training().stream(), data.validation().stream()))
        .doesNotHaveDuplicates()
        .contains(new ClassifiedImage("dog/in/7.png", ROOT.resolve("dog/in/7.png"), 2));
    assertThat(data.provenance())
        .containsEntry("data", "pictures of 3 kinds")
        .containsEntry("licence", "CC0-1.0")
        .containsKey("split sha256");
  }

  @Test
  void isAFunctionOfTheSeed() {
    BackboneData data = data(1, "ant", 100, "cat", 100);
    assertThat(data(1, "cat", 100, "ant", 100)).isEqualTo(data);
    BackboneData other = data(2, "ant", 100, "cat", 100);
    assertThat(other.validation()).isNotEqualTo(data.validation());
    assertThat(other.provenance().get("split sha256"))
        .isNotEqualTo(data.provenance().get("split sha256"));
  }

  @Test
  void needsTwoKindsOfTwoPictures() {
    assertThatThrownBy(() -> data(1, "ant", 100))
        .isInstanceOf(TrainingException.class)
        .hasMessageMatching("root: at least two kinds .* found: 1");
    assertThatThrownBy(() -> data(1, "ant", 100, "cat", 1))
        .isInstanceOf(TrainingException.class)
        .hasMessageStartingWith(ROOT.resolve("cat") + ": at least two pictures of a kind");
  }

  private static Map<Integer, Long> counts(List<ClassifiedImage> images) {
    return images.stream()
        .map(ClassifiedImage::kind)
        .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
  }

  /** Names of kinds, each followed by how many pictures there are of it. */
  private static BackboneData data(long seed, Object... kinds) {
    Map<String, List<Path>> pictures = new LinkedHashMap<>();
    for (int i = 0; i < kinds.length; i += 2) {
      String kind = (String) kinds[i];
      pictures.put(
          kind,
          IntStream.range(0, (Integer) kinds[i + 1])
              .mapToObj(picture -> ROOT.resolve(kind).resolve("in/" + picture + ".png"))
              .toList());
    }
    return BackboneData.of(ROOT, pictures, seed, Optional.of("CC0-1.0"));
  }
}
