package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dpiqa.ScoringOptions.Device;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuiltInModelTest {
  @TempDir private Path folder;

  private static final int TINY_IMAGENET = 200;

  /** What the help of the command and the model card promise. */
  @Test
  void takesNoMoreMemoryThanPromised() {
    assertThat(BuiltInModel.bytes(TINY_IMAGENET)).isBetween(16_000_000_000L, 17_000_000_000L);
  }

  /** Likewise; 250 photographs without faults, 1,000 others, Tiny ImageNet's 100,000 pictures. */
  @Test
  void takesNoMoreRoomThanPromised() {
    assertThat(BuiltInModel.bytesOnDisk(100_000, 9_000, 1_000, 250, 1_000))
        .isBetween(42_000_000_000L, 43_000_000_000L);
  }

  @Test
  void saysBeforeTheFirstStageThatOneWouldNotFit() {
    // Its table of kinds would take terabytes.
    assertThatThrownBy(() -> BuiltInModel.require(Device.CPU, 100_000_000))
        .isInstanceOf(TrainingException.class)
        .hasMessageMatching(
            "training takes about \\d+\\.\\d GB of memory, and \\d+\\.\\d GB are free; free"
                + " some, or take a smaller network or another machine");
  }

  /**
   * What is decoded already is not decoded again: here a file with nothing in it but its length.
   */
  @Test
  void picturesOfAllStagesMustFitOnTheDisk() throws IOException {
    BackboneData shown = new BackboneData(2, List.of(), List.of(), Map.of());
    TrainingData rated = new TrainingData(List.of(), List.of(), Map.of());
    BuiltInModel.requireSpace(folder, shown, rated, 0, 0);

    long more = 1_000_000_000_000L;
    long perPhotograph = BuiltInModel.bytesOnDisk(0, 0, 0, 1, 0);
    int photographs = (int) ((Files.getFileStore(folder).getUsableSpace() + more) / perPhotograph);
    assertThatThrownBy(() -> BuiltInModel.requireSpace(folder, shown, rated, photographs, 0))
        .isInstanceOf(TrainingException.class)
        .hasMessageStartingWith(folder + ": the decoded pictures of all stages take ");

    Path stage = Files.createDirectory(folder.resolve("backbone"));
    try (RandomAccessFile file =
        new RandomAccessFile(stage.resolve("pixels-0123.bin").toFile(), "rw")) {
      file.setLength(2 * more);
    }
    BuiltInModel.requireSpace(folder, shown, rated, photographs, 0);
  }
}
