package io.dpiqa.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dpiqa.ModelException;
import io.dpiqa.TinyModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelStoreTest {

  @TempDir Path home;

  private ModelStore store;
  private final byte[] onnx =
      TinyModel.bytes(
          Map.of("author", "someone", ModelCard.METADATA_KEY, TinyModel.card().toJson()),
          "image",
          TinyModel.SIZE,
          1);

  @BeforeEach
  void openStore() {
    store = ModelStore.in(home.resolve("not").resolve("yet"));
  }

  @Test
  void isEmptyBeforeItExists() {
    assertThat(store.names()).isEmpty();
    assertThat(store.find("tiny")).isEmpty();
    assertThat(store.folder()).doesNotExist();
  }

  @Test
  void keepsModelsByName() throws IOException {
    store.add("b", false, file -> Files.write(file, onnx));
    ModelFile added = store.add("a-1.0", false, file -> Files.write(file, onnx));
    assertThat(store.names()).containsExactly("a-1.0", "b");
    assertThat(store.find("a-1.0")).contains(added);
    assertThat(added.path()).hasBinaryContent(onnx);
    assertThat(added.size()).isEqualTo(onnx.length);
    assertThat(added.card()).isEqualTo(TinyModel.card());
    assertThat(added.sha256())
        .isEqualTo(ModelFile.sha256(new ByteArrayInputStream(onnx)))
        .matches("[0-9a-f]{64}");
    store.remove("b");
    assertThat(store.names()).containsExactly("a-1.0");
  }

  @Test
  void shaIsTheKnownOne() throws IOException {
    assertThat(ModelFile.sha256(new ByteArrayInputStream(new byte[] {'a', 'b', 'c'})))
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void keepsAModelOfTwoFilesInAFolder() throws IOException {
    store.add("tiny", false, file -> Files.write(file, onnx));
    ModelFile added = store.add("tiny", true, this::writeTwo);
    assertThat(added.path()).isEqualTo(store.folder().resolve("tiny").resolve("model.onnx"));
    assertThat(added.size()).isEqualTo(onnx.length + 3);
    assertThat(store.names()).containsExactly("tiny");
    assertThat(store.find("tiny")).contains(added);
    assertThat(ModelFile.read(store.folder().resolve("tiny"))).isEqualTo(added);
    assertThat(store.folder()).isDirectoryNotContaining("glob:**.onnx");

    store.add("tiny", true, this::writeTwo);
    assertThat(store.find("tiny")).contains(added);
    store.add("tiny", true, file -> Files.write(file, onnx));
    assertThat(store.find("tiny").orElseThrow().files())
        .containsExactly(store.folder().resolve("tiny.onnx"));
    store.add("tiny", true, this::writeTwo);
    store.remove("tiny");
    assertThat(store.names()).isEmpty();
    assertThat(store.folder()).isEmptyDirectory();
  }

  /** Killed between the two renames: the old folder is away, the new one not yet there. */
  @Test
  void bringsBackWhatAKilledReplacementMovedAway() throws IOException {
    for (String opening : List.of("find", "names", "add", "remove", "requireFree")) {
      ModelFile old = store.add("tiny", true, this::writeTwo);
      Path draft = killed(old.path().getParent());
      switch (opening) {
        case "names" -> assertThat(store.names()).containsExactly("tiny");
        case "add" -> store.add("other", true, file -> Files.write(file, onnx));
        case "remove" -> store.remove("tiny");
        case "requireFree" ->
            assertThatThrownBy(() -> store.requireFree("tiny", false))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("already");
        default -> assertThat(store.find("tiny")).contains(old);
      }
      assertThat(draft).doesNotExist();
      assertThat(store.find("tiny").isPresent()).isEqualTo(!opening.equals("remove"));
    }
  }

  /** Killed after the second rename, or while the old folder was being deleted. */
  @Test
  void keepsTheNewModelWhereAReplacementWasKilledLater() throws IOException {
    store.add("tiny", false, this::writeTwo);
    Path draft = killed(store.folder().resolve("tiny"));
    Files.delete(draft.resolve("old/tiny/model.onnx"));
    Path now = Files.createDirectory(store.folder().resolve("tiny"));
    Files.write(now.resolve("model.onnx"), onnx);
    Files.write(now.resolve("model.onnx.data"), new byte[] {4, 5});

    assertThat(store.find("tiny").orElseThrow().size()).isEqualTo(onnx.length + 2);
    assertThat(draft).doesNotExist();
  }

  /** Killed while a file replaced a folder or a folder a file: the folder is whole, and counts. */
  @Test
  void folderCountsWhereAReplacementLeftAFileToo() throws IOException {
    for (String next : List.of("replace by two", "replace by one", "remove")) {
      ModelFile inFolder = store.add("tiny", true, this::writeTwo);
      Files.write(store.folder().resolve("tiny.onnx"), new byte[] {1});
      assertThat(store.find("tiny")).contains(inFolder);
      assertThat(store.names()).containsExactly("tiny");
      switch (next) {
        case "replace by two" -> store.add("tiny", true, this::writeTwo);
        case "replace by one" -> store.add("tiny", true, file -> Files.write(file, onnx));
        default -> store.remove("tiny");
      }
      try (Stream<Path> left = Files.list(store.folder())) {
        assertThat(left).hasSize(next.equals("remove") ? 0 : 1);
      }
    }
  }

  /** Moves a model to where a replacement by a process that was killed had it. */
  private Path killed(Path model) throws IOException {
    Path draft = Files.createDirectory(store.folder().resolve(".killed.partial"));
    Files.createFile(draft.resolve("lock"));
    Files.createDirectories(draft.resolve("new"));
    Files.move(model, Files.createDirectory(draft.resolve("old")).resolve("tiny"));
    return draft;
  }

  @Test
  void additionsAtOneMomentLeaveEachOtherAlone() throws Exception {
    List<CompletableFuture<ModelFile>> additions = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      String name = "tiny-" + i % 12;
      additions.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return store.add(name, true, this::writeTwo);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              }));
    }
    for (CompletableFuture<ModelFile> addition : additions) {
      assertThat(addition.join().size()).isEqualTo(onnx.length + 3);
    }
    assertThat(store.names()).hasSize(12);
    try (Stream<Path> left = Files.list(store.folder())) {
      assertThat(left).hasSize(12);
    }
  }

  /** Another process holds a draft's lock for as long as it writes. */
  @Test
  void draftOfAnotherProcessStays() throws Exception {
    store.add("tiny", false, file -> Files.write(file, onnx));
    Path draft = Files.createDirectory(store.folder().resolve(".other.partial"));
    Path source = Files.writeString(home.resolve("Hold.java"), HOLD);
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                source.toString(),
                draft.resolve("lock").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      assertThat(other.inputReader().readLine()).isEqualTo("held");
      store.add("more", false, file -> Files.write(file, onnx));
      assertThat(draft).exists();
    } finally {
      other.destroyForcibly().waitFor();
    }
    store.add("most", false, file -> Files.write(file, onnx));
    assertThat(draft).doesNotExist();
  }

  private static final String HOLD =
      """
      import java.nio.channels.FileChannel;
      import java.nio.file.*;

      class Hold {
        public static void main(String[] file) throws Exception {
          FileChannel channel =
              FileChannel.open(
                  Path.of(file[0]), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          channel.lock();
          System.out.println("held");
          Thread.sleep(600_000);
        }
      }
      """;

  private void writeTwo(Path file) throws IOException {
    Files.write(file, onnx);
    Files.write(ModelFile.weights(file), new byte[] {1, 2, 3});
  }

  @Test
  void clearsAwayWhatAKilledProcessLeft() throws IOException {
    store.add("tiny", false, file -> Files.write(file, onnx));
    Path left = Files.createDirectories(store.folder().resolve(".left.partial/new"));
    Files.write(left.resolve("model.onnx"), onnx);
    Files.createFile(left.resolveSibling("lock"));
    store.add(
        "other",
        false,
        file -> {
          // One that is being written stays.
          store.add("inner", false, inner -> Files.write(inner, onnx));
          Files.write(file, onnx);
        });
    assertThat(store.names()).containsExactly("inner", "other", "tiny");
    assertThat(left.getParent()).doesNotExist();
  }

  @Test
  void homeThatIsNoFolderIsNamed() throws IOException {
    ModelStore inFile = ModelStore.in(Files.createFile(home.resolve("file")));
    assertThatThrownBy(() -> inFile.add("tiny", false, file -> Files.write(file, onnx)))
        .isInstanceOf(ModelException.class)
        .hasMessageContainingAll(inFile.folder().toString(), "DPIQA_HOME");
  }

  @Test
  void replacesOnlyWhenAsked() throws IOException {
    store.add("tiny", false, file -> Files.write(file, onnx));
    byte[] other =
        TinyModel.bytes(
            Map.of(ModelCard.METADATA_KEY, TinyModel.card().toJson()), "image", TinyModel.SIZE, 2);
    assertThatThrownBy(() -> store.add("tiny", false, file -> Files.write(file, other)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("already");
    assertThat(store.find("tiny").orElseThrow().path()).hasBinaryContent(onnx);
    store.add("tiny", true, file -> Files.write(file, other));
    assertThat(store.find("tiny").orElseThrow().path()).hasBinaryContent(other);
  }

  @Test
  void addsWholeOrNotAtAll() throws IOException {
    store.add("kept", false, file -> Files.write(file, onnx));
    byte[] half = Arrays.copyOf(onnx, onnx.length / 2);
    for (String name : List.of("kept", "new")) {
      assertThatThrownBy(
              () ->
                  store.add(
                      name,
                      true,
                      file -> {
                        Files.write(file, onnx);
                        throw new IOException("disk full");
                      }))
          .isInstanceOf(IOException.class)
          .hasMessage("disk full");
      assertThatThrownBy(() -> store.add(name, true, file -> Files.write(file, half)))
          .isInstanceOf(ModelException.class);
    }
    try (Stream<Path> files = Files.list(store.folder())) {
      assertThat(files).containsExactly(store.folder().resolve("kept.onnx"));
    }
    assertThat(store.find("kept").orElseThrow().path()).hasBinaryContent(onnx);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "../tiny",
        "a/b",
        "a\\b",
        ".hidden",
        "-x",
        "Tiny",
        "é",
        "built-in",
        "tiny.onnx",
        "a\nb"
      })
  void refusesOtherNames(String name) {
    assertThat(ModelStore.isName(name)).isFalse();
    assertThatThrownBy(() -> store.add(name, true, file -> Files.write(file, onnx)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("cannot name a model");
    assertThatThrownBy(() -> store.remove(name)).isInstanceOf(ModelException.class);
    assertThat(store.find(name)).isEmpty();
    assertThat(home).isEmptyDirectory();
  }

  @Test
  void strangersInTheFolderAreNotModels() throws IOException {
    store.add("tiny", false, file -> Files.write(file, onnx));
    Files.write(store.folder().resolve("notes.txt"), onnx);
    Files.write(store.folder().resolve("Bad Name.onnx"), onnx);
    assertThat(store.names()).containsExactly("tiny");
  }

  @Test
  void damagedModelIsAnError() throws IOException {
    store.add("tiny", false, file -> Files.write(file, onnx));
    Files.write(store.folder().resolve("tiny.onnx"), new byte[] {1, 2, 3});
    assertThatThrownBy(() -> store.find("tiny"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("tiny.onnx");
  }

  @Test
  void removingWhatIsNotThereSaysWhatIs() throws IOException {
    store.add("tiny", false, file -> Files.write(file, onnx));
    assertThatThrownBy(() -> store.remove("small"))
        .isInstanceOf(ModelException.class)
        .hasMessageContainingAll("small", "tiny");
  }
}
