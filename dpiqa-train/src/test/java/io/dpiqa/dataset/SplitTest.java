package io.dpiqa.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dpiqa.dataset.Split.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SplitTest {

  @Property(tries = 200)
  void neverPartsAGroupAndKeepsTheShare(
      @ForAll @Size(min = 1, max = 60) List<@IntRange(min = 1, max = 9) Integer> sizes,
      @ForAll long seed) {
    List<List<LabelledImage>> groups = groups(sizes);
    List<LabelledImage> all = groups.stream().flatMap(List::stream).toList();
    Split split = Split.draw(groups, 0.2, 0.1, seed);
    List<List<LabelledImage>> parts =
        Stream.of(Part.values()).map(part -> split.select(part, all)).toList();

    assertThat(parts.stream().flatMap(List::stream).toList())
        .hasSameElementsAs(all)
        .hasSameSizeAs(all);
    for (List<LabelledImage> group : groups) {
      assertThat(parts).filteredOn(part -> part.containsAll(group)).hasSize(1);
    }
    assertThat((double) split.size(Part.TEST)).isBetween(0.2 * all.size(), 0.2 * all.size() + 9);
    double left = all.size() - (double) split.size(Part.TEST);
    assertThat((double) split.size(Part.VALIDATION))
        .isBetween(Math.min(0.1 * all.size(), left), 0.1 * all.size() + 9);
  }

  @Test
  void seedDecides() {
    List<List<LabelledImage>> groups = groups(Collections.nCopies(100, 2));
    assertThat(Split.draw(groups, 0.1, 1).sha256()).isEqualTo(Split.draw(groups, 0.1, 1).sha256());
    assertThat(Split.draw(groups, 0.1, 1).sha256())
        .isNotEqualTo(Split.draw(groups, 0.1, 2).sha256());
  }

  @Test
  void drawsNoOtherValidationPartThanBefore() {
    List<List<LabelledImage>> groups = groups(List.of(1, 2, 3, 4, 1, 2));
    List<LabelledImage> all = groups.stream().flatMap(List::stream).toList();
    assertThat(Split.draw(groups, 0.3, 5).select(Part.VALIDATION, all))
        .extracting(LabelledImage::name)
        .containsExactlyInAnyOrder(
            "image (1).jpg",
            "image (2).jpg",
            "image (6).jpg",
            "image (7).jpg",
            "image (8).jpg",
            "image (9).jpg");
  }

  @Test
  void survivesItsFileWhoseHashItKnows(@TempDir Path folder) throws Exception {
    List<List<LabelledImage>> groups = groups(List.of(1, 2, 3, 4));
    List<LabelledImage> all = groups.stream().flatMap(List::stream).toList();
    Split split = Split.draw(groups, 0.3, 5);
    Path file = Files.writeString(folder.resolve("split.csv"), "an older split");
    split.write(file);
    assertThat(folder).isDirectoryNotContaining("glob:**.partial");
    Split read = Split.read(file);
    assertThat(read.select(Part.VALIDATION, all)).isEqualTo(split.select(Part.VALIDATION, all));
    assertThat(read.sha256()).isEqualTo(split.sha256());
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
    assertThat(split.sha256()).isEqualTo(HexFormat.of().formatHex(hash));
  }

  @Test
  void isNotWrittenByHalves(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("split.csv");
    Files.createDirectories(file.resolve("in the way"));
    Split split = Split.draw(groups(List.of(1, 2)), 0.3, 5);
    assertThatThrownBy(() -> split.write(file)).isInstanceOf(IOException.class);
    assertThat(folder).isDirectoryNotContaining("glob:**.partial");
    assertThat(file.resolve("in the way")).isDirectory();
  }

  @Test
  void refusesFilesAndImagesThatDoNotFit(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("split.csv");
    Files.writeString(file, "name,part\na.jpg,train\nb.jpg,exam\n");
    assertThatThrownBy(() -> Split.read(file))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("split.csv:3: \"exam\" is neither train, validation nor test");
    Files.writeString(file, "name,part\na.jpg,train\nb.jpg,validation\n");
    Split split = Split.read(file);
    LabelledImage a = new LabelledImage("a.jpg", Path.of("a.jpg"), 0);
    LabelledImage c = new LabelledImage("c.jpg", Path.of("c.jpg"), 0);
    assertThatThrownBy(() -> split.select(Part.TRAIN, List.of(a, c)))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("c.jpg");
    assertThatThrownBy(() -> split.select(Part.TRAIN, List.of(a)))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("2 pictures");
  }

  private static List<List<LabelledImage>> groups(List<Integer> sizes) {
    List<List<LabelledImage>> groups = new ArrayList<>();
    int number = 0;
    for (int size : sizes) {
      List<LabelledImage> group = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        String name = "image (" + number++ + ").jpg";
        group.add(new LabelledImage(name, Path.of(name), 0.5));
      }
      groups.add(group);
    }
    return groups;
  }
}
