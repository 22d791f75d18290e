package io.dpiqa.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dpiqa.ModelException;
import io.dpiqa.TinyModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
