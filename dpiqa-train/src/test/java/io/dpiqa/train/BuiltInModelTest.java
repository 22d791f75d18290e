package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BuiltInModelTest {
  private static final int TINY_IMAGENET = 200;

  /** What the help of the command and the model card promise. */
  @Test
  void takesNoMoreMemoryThanPromised() {
    assertThat(BuiltInModel.bytes(TINY_IMAGENET)).isBetween(16_000_000_000L, 17_000_000_000L);
  }

  @Test
  void saysBeforeTheFirstStageThatOneWouldNotFit() {
    // Its table of kinds would take terabytes.
    assertThatThrownBy(() -> BuiltInModel.requireMemory(100_000_000))
        .isInstanceOf(TrainingException.class)
        .hasMessageMatching(
            "training takes about \\d+\\.\\d GB of memory, and \\d+\\.\\d GB are free; free"
                + " some, or take a smaller network or another machine");
  }
}
