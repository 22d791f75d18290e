package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.dpiqa.dataset.LabelledImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PixelFileTest {
  private static final int SIZE = 32;

  @TempDir Path folder;

  @Test
  void keepsAPictureOnceHoweverOftenItIsNamed() throws IOException {
    List<LabelledImage> pictures = NoisyPictures.draw(folder, "picture", 5, 1);
    List<LabelledImage> named = new ArrayList<>(pictures);
    Collections.reverse(named);
    named.addAll(named.subList(0, 2));
    named.add(0, named.get(0));

    PixelFile once = PixelFile.of(pictures, SIZE, folder);
    PixelFile twice = PixelFile.of(named, SIZE, folder);

    assertThat(twice.key()).isNotEqualTo(once.key());
    for (int i = 0; i < named.size(); i++) {
      int picture = pictures.indexOf(named.get(i));
      assertThat(twice.picture(i).rgb()).isEqualTo(once.picture(picture).rgb());
      byte[] copy = new byte[3 * SIZE * SIZE];
      twice.read(i, copy, 0);
      assertThat(copy).isEqualTo(once.picture(picture).rgb());
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.filter(file -> file.getFileName().toString().startsWith("pixels-")))
          .hasSize(2)
          .allMatch(file -> file.toFile().length() == 5L * 3 * SIZE * SIZE);
    }
  }

  /** As a power failure may leave one. */
  @Test
  void makesAFileAgainThatIsTooShort() throws IOException {
    List<LabelledImage> pictures = NoisyPictures.draw(folder, "picture", 3, 1);
    Path cache = Files.createDirectory(folder.resolve("cache"));
    byte[] whole = PixelFile.of(pictures, SIZE, cache).picture(0).rgb();
    Path file = onlyFile(cache);
    Files.write(file, new byte[3 * SIZE * SIZE]);

    assertThat(PixelFile.of(pictures, SIZE, cache).picture(0).rgb()).isEqualTo(whole);
    assertThat(onlyFile(cache)).isEqualTo(file);
  }

  @Test
  void writesOverWhatAKilledRunLeft() throws IOException {
    List<LabelledImage> pictures = NoisyPictures.draw(folder, "picture", 3, 1);
    Path cache = Files.createDirectory(folder.resolve("cache"));
    byte[] last = PixelFile.of(pictures, SIZE, cache).picture(2).rgb();
    Path file = onlyFile(cache);
    Files.delete(file);
    Files.write(cache.resolve(file.getFileName() + ".partial"), new byte[99 * SIZE * SIZE]);

    assertThat(PixelFile.of(pictures, SIZE, cache).picture(2).rgb()).isEqualTo(last);
    assertThat(onlyFile(cache)).isEqualTo(file).hasSize(3L * 3 * SIZE * SIZE);
  }

  private static Path onlyFile(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> all = files.toList();
      assertThat(all).hasSize(1);
      return all.get(0);
    }
  }
}
