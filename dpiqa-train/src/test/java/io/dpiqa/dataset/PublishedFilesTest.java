package io.dpiqa.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.dpiqa.dataset.Split.Part;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Reads annotation files as their authors publish them. They are not for this repository: they lie
 * beside it, in {@code shared/formats}, or nowhere, and then nothing is tested.
 */
class PublishedFilesTest {

  @Test
  void readsTheThreePartsOfKoniq10k() {
    Dataset dataset = Layout.KONIQ10K.read(formats("koniq10k"));
    assertThat(parts(dataset)).containsExactly(7_058L, 1_000L, 2_015L);
    assertThat(dataset.annotations()).hasSize(10_073);
    assertThat(dataset.listing().offScale()).isEmpty();
    Annotation first = dataset.annotations().get(0);
    assertThat(first.name()).isEqualTo("10004473376.jpg");
    assertThat(first.score()).isEqualTo(77.3836206897);
  }

  @Test
  void readsCliveWithoutThePicturesThatRatersWereTrainedWith() {
    Path root = formats("clive");
    List<String> images = MatFile.texts(root.resolve("AllImages_release.mat"), "AllImages_release");
    assertThat(images).hasSize(1_169);
    Dataset dataset = Layout.CLIVE.read(root);
    assertThat(dataset.annotations())
        .extracting(Annotation::name)
        .isEqualTo(images.subList(7, 1_169));
    assertThat(dataset.officialSplit()).isEmpty();
    assertThat(dataset.listing().offScale()).isEmpty();
  }

  @Test
  void readsTheTwoPartsOfBiq2021() {
    Dataset dataset = Layout.BIQ2021.read(formats("biq2021"));
    assertThat(parts(dataset)).containsExactly(10_000L, 0L, 2_000L);
    assertThat(dataset.annotations()).hasSize(12_000);
    assertThat(dataset.listing().offScale()).isEmpty();
  }

  @Test
  void readsTheWorkbookOfPcuid() {
    Table table = XlsxFile.read(formats("pcuid").resolve("MOS.xlsx"));
    assertThat(table.rows()).hasSize(300);
    List<Annotation> annotations = Layout.plain(table);
    assertThat(annotations.get(0).name()).isEqualTo("1");
    assertThat(annotations.get(0).score()).isEqualTo(58.5284280936455);
    assertThat(annotations).allMatch(a -> new Scale(0, 100).has(a.score()));
  }

  private static List<Long> parts(Dataset dataset) {
    Split official = dataset.officialSplit().orElseThrow();
    return Arrays.stream(Part.values()).map(official::size).toList();
  }

  private static Path formats(String dataset) {
    Path here = Path.of("").toAbsolutePath();
    Stream<Path> around = Stream.iterate(here, folder -> folder != null, Path::getParent);
    List<Path> found =
        around
            .map(folder -> folder.resolve("shared/formats").resolve(dataset))
            .filter(Files::isDirectory)
            .toList();
    assumeTrue(!found.isEmpty(), "no shared/formats above " + here);
    return found.get(0);
  }
}
