package io.dpiqa;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ScoreAllTest {

  private static final int THREADS = 3;

  /** Files that may be read ahead of the outcomes, which the API promises to be few. */
  private static final int LOOK_AHEAD = 4 * THREADS;

  @TempDir Path folder;

  private QualityModel model;
  private Path photo;

  @BeforeEach
  void load() throws IOException {
    photo = write("photo.png", 200, 150);
    model =
        QualityModel.load(
            TinyModel.write(folder.resolve("tiny.onnx")),
            ScoringOptions.DEFAULT.withThreads(THREADS));
  }

  @AfterEach
  void leaveNoThread() throws InterruptedException {
    model.close();
    while (Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("dpiqa-score"))) {
      Thread.sleep(10);
    }
  }

  private Path write(String name, int width, int height) throws IOException {
    Path file = folder.resolve(name);
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int x = 0; x < width; x++) {
      picture.setRGB(x, x % height, 0xC08040 + x);
    }
    ImageIO.write(picture, name.substring(name.lastIndexOf('.') + 1), file.toFile());
    return file;
  }

  @Test
  void unreadableFilesAreOutcomesAmongTheOthers() throws Exception {
    Path empty = Files.createFile(folder.resolve("empty.jpg"));
    Path text = Files.writeString(folder.resolve("text.png"), "not a picture");
    Path absent = folder.resolve("absent.png");
    Path half = folder.resolve("half.png");
    byte[] whole = Files.readAllBytes(photo);
    Files.write(half, Arrays.copyOf(whole, whole.length / 2));
    List<Path> paths = List.of(empty, photo, text, absent, photo, half, folder, photo);
    List<Outcome> outcomes = score(paths);
    assertThat(outcomes).extracting(Outcome::path).isEqualTo(paths);
    Score score = model.score(photo);
    for (Outcome outcome : outcomes) {
      if (outcome.path().equals(photo)) {
        assertThat(outcome.score()).contains(score);
        assertThat(outcome.error()).isEmpty();
      } else {
        assertThat(outcome.score()).isEmpty();
        assertThat(outcome.error().orElseThrow()).hasMessageStartingWith(outcome.path().toString());
      }
    }
  }

  @Test
  void noneAndOneAreScoredToo() throws Exception {
    assertThat(score(List.of())).isEmpty();
    assertThat(score(List.of(photo))).containsExactly(Outcome.of(photo, model.score(photo)));
    assertThat(score(List.of(folder)).get(0).error()).isPresent();
  }

  private List<Outcome> score(List<Path> paths) {
    List<Outcome> outcomes = new ArrayList<>();
    model.scoreAll(paths.iterator(), outcomes::add);
    return outcomes;
  }

  @Test
  void readsTheListLittleAhead() {
    AtomicInteger read = new AtomicInteger();
    AtomicInteger given = new AtomicInteger();
    model.scoreAll(
        photos(300, read),
        outcome -> {
          assertThat(outcome.score()).isPresent();
          assertThat(read.get() - given.getAndIncrement()).isBetween(1, LOOK_AHEAD);
        });
    assertThat(read).hasValue(300);
    assertThat(given).hasValue(300);
  }

  @Test
  void outcomesComeOnTheCallingThread() {
    model.scoreAll(
        photos(20, new AtomicInteger()),
        outcome -> assertThat(Thread.currentThread().getName()).isNotEqualTo("dpiqa-score"));
  }

  @Test
  void outcomesDoNotWaitForTheEndOfTheList() {
    AtomicInteger given = new AtomicInteger();
    Iterator<Path> slow =
        Stream.iterate(0, n -> n + 1)
            .limit(8)
            .map(
                n -> {
                  sleep(n < 4 ? 0 : 300);
                  // All but the newest are long since scored.
                  assertThat(given.get()).isGreaterThanOrEqualTo(n < 6 ? 0 : n - 1);
                  return photo;
                })
            .iterator();
    model.scoreAll(slow, outcome -> given.incrementAndGet());
    assertThat(given).hasValue(8);
  }

  private static void sleep(int milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void exceptionOfTheConsumerEndsIt() {
    AtomicInteger read = new AtomicInteger();
    AtomicInteger given = new AtomicInteger();
    assertThatThrownBy(
            () ->
                model.scoreAll(
                    photos(1_000_000, read),
                    outcome -> {
                      if (given.incrementAndGet() == 5) {
                        throw new IllegalArgumentException("enough");
                      }
                    }))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("enough");
    assertThat(given).hasValue(5);
    assertThat(read.get()).isLessThanOrEqualTo(5 + LOOK_AHEAD);
  }

  @Test
  void exceptionOfTheListEndsIt() {
    Iterator<Path> failing =
        Stream.concat(Stream.of(photo, photo, photo), Stream.of(photo).map(p -> fail())).iterator();
    assertThatThrownBy(() -> model.scoreAll(failing, outcome -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("list failed");
  }

  private static Path fail() {
    throw new IllegalStateException("list failed");
  }

  @Test
  void interruptEndsItAndStays() {
    AtomicInteger read = new AtomicInteger();
    assertThatThrownBy(
            () ->
                model.scoreAll(
                    photos(1_000_000, read),
                    outcome -> {
                      if (read.get() > 40) {
                        Thread.currentThread().interrupt();
                      }
                    }))
        .isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(read.get()).isLessThan(1_000);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void interruptBeforeItBeginsIsNoFaultOfThePhotographs(int photos) {
    List<Outcome> outcomes = new ArrayList<>();
    Thread.currentThread().interrupt();
    assertThatThrownBy(
            () -> model.scoreAll(Collections.nCopies(photos, photo).iterator(), outcomes::add))
        .isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(outcomes).allMatch(outcome -> outcome.score().isPresent());
  }

  @Test
  void interruptOfOneScoreIsNoFaultOfThePhotograph() throws Exception {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> model.score(photo))
        .isInstanceOf(CancellationException.class)
        .hasMessageContaining("photo.png was interrupted");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(model.score(photo).raw()).isFinite();
  }

  @Test
  void photographsInAnArchiveScoreAsThoseOnTheDisk() throws Exception {
    Path zip = folder.resolve("photos.zip");
    try (FileSystem archive = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
      Path inside = Files.copy(photo, archive.getPath("inside.png"));
      Path text = Files.writeString(archive.getPath("text.png"), "not a picture");
      List<Outcome> outcomes = new ArrayList<>();
      model.scoreAll(List.of(inside, text, photo).iterator(), outcomes::add);
      assertThat(outcomes).hasSize(3);
      assertThat(outcomes.get(0).score()).contains(model.score(photo));
      assertThat(outcomes.get(1).error()).isPresent();
      assertThat(outcomes.get(2).score()).contains(model.score(photo));
    }
  }

  @Test
  void closingEndsIt() {
    assertThatIllegalStateException()
        .isThrownBy(
            () -> model.scoreAll(photos(1_000_000, new AtomicInteger()), outcome -> model.close()))
        .withMessageContaining("closed");
  }

  /** Sixteen at a time they would take 4 GB decoded, more than the heap of the tests. */
  @Test
  @Tag("full")
  @Timeout(300)
  void manyLargePicturesFitInMemory() throws IOException {
    Path large = write("large.png", 10_000, 9_000);
    List<Outcome> outcomes = new ArrayList<>();
    try (QualityModel wide =
        QualityModel.load(folder.resolve("tiny.onnx"), ScoringOptions.DEFAULT.withThreads(16))) {
      wide.scoreAll(Collections.nCopies(32, large).iterator(), outcomes::add);
    }
    assertThat(outcomes).hasSize(32).allSatisfy(o -> assertThat(o.error()).isEmpty());
  }

  private Iterator<Path> photos(int count, AtomicInteger read) {
    return Stream.generate(() -> photo).limit(count).peek(p -> read.incrementAndGet()).iterator();
  }
}
