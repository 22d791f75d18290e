package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.dpiqa.dataset.Dataset;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.dataset.Protocol;
import io.dpiqa.dataset.Scale;
import io.dpiqa.dataset.Split;
import io.dpiqa.dataset.Split.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingDataTest {
  @TempDir private Path folder;
  private Dataset dataset;

  @BeforeEach
  void list() throws IOException {
    StringBuilder csv = new StringBuilder("path,mos\n");
    for (int i = 0; i < 20; i++) {
      csv.append(Files.createFile(folder.resolve(i + ".png")).getFileName()).append(",1\n");
    }
    Path file = Files.writeString(folder.resolve("list.csv"), csv);
    dataset = Dataset.csv(file, folder, Optional.empty(), Optional.empty(), new Scale(0, 5));
  }

  @Test
  void publishedProtocolChoosesOnTheTestPartAndSaysSo() {
    Split split =
        Protocol.PUBLISHED.draw(
            dataset,
            images -> {
              throw new AssertionError("it does not look for scenes");
            },
            1);
    TrainingData data = TrainingData.of(dataset, split, Optional.of("none"));
    assertThat(data.validation())
        .hasSize(4)
        .isEqualTo(dataset.part(split, Part.TEST).images())
        .doesNotContainAnyElementsOf(data.training());
    assertThat(data.training()).hasSize(16);
    assertThat(data.provenance())
        .containsEntry("chosen on", "the test part")
        .containsEntry("split sha256", split.sha256())
        .containsEntry("licence", "none");
  }

  @Test
  void morePicturesAreLearntFromAndNamed() {
    List<List<LabelledImage>> groups = dataset.images().stream().map(List::of).toList();
    TrainingData data = TrainingData.of(dataset, Split.draw(groups, 0.2, 0.1, 1), Optional.empty());
    LabelledImage other = new LabelledImage("other.png", folder.resolve("other.png"), 0.5);
    TrainingData more = data.with(List.of(other, other), "another picture");
    assertThat(more.training()).hasSize(data.training().size() + 2).endsWith(other, other);
    assertThat(more.validation()).isEqualTo(data.validation());
    assertThat(more.provenance()).containsEntry("data", "list.csv; another picture");
    assertThat(more.provenance(Map.of()))
        .containsEntry("training images", Integer.toString(data.training().size() + 1));
    assertThat(more.fingerprint())
        .isEqualTo(data.with(List.of(other, other), "another picture").fingerprint())
        .isNotEqualTo(data.fingerprint());
  }

  @Test
  void validationPartIsTakenWhereThereIsOne() {
    List<List<LabelledImage>> groups = dataset.images().stream().map(List::of).toList();
    Split split = Split.draw(groups, 0.2, 0.1, 1);
    TrainingData data = TrainingData.of(dataset, split, Optional.empty());
    assertThat(data.validation())
        .hasSize(2)
        .isEqualTo(dataset.part(split, Part.VALIDATION).images());
    assertThat(data.provenance()).doesNotContainKeys("chosen on", "licence");
  }
}
