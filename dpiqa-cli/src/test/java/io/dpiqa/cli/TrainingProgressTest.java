package io.dpiqa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.dpiqa.train.Epoch;
import io.dpiqa.train.Progress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TrainingProgressTest {
  private static final String PROGRESS = "dpiqa.progress";

  @AfterEach
  void noTerminal() {
    System.clearProperty(PROGRESS);
  }

  @Test
  void staysOnOneLineOfATerminal() {
    System.setProperty(PROGRESS, "true");
    String shown =
        shown(
            new Progress(0, 1_312_500, 24, 0.5284, 14.7, List.of(), false),
            new Progress(123_456, 1_312_500, 24, 12_345.6789, 0.3, List.of(), false));
    assertThat(shown.lines()).isNotEmpty().allMatch(line -> line.length() <= 79);
    assertThat(shown).contains("123456 of 1312500, loss 12345.6789, 0.3 images/s").endsWith("\r");
    assertThat(shown).doesNotContain("\n");
  }

  @Test
  void tellsOfEpochsOnlyWithoutATerminal() {
    Epoch epoch = new Epoch(1, 0.5284, 1e-3, Map.of("srcc", 0.41286), 19.6, 14.7, 0.001);
    String shown =
        shown(
            new Progress(1, 20, 32, 0.6, 14.7, List.of(), false),
            new Progress(10, 20, 32, 0.5, 14.7, List.of(epoch), true),
            new Progress(11, 20, 32, 0.5, 14.7, List.of(epoch), false));
    assertThat(shown)
        .isEqualToNormalizingNewlines(
            "epoch 1: loss 0.5284, validation SRCC 0.4129, 14.7 images/s, 0.1 % waiting\n");
  }

  @Test
  void tellsOfAnEpochThatTheFirstStepEnds() {
    Epoch earlier = new Epoch(1, 0.5284, 1e-3, Map.of("srcc", 0.41286), 19.6, 14.7, 0.001);
    Epoch epoch = new Epoch(2, 0.4, 1e-3, Map.of("srcc", 0.5), 19.6, 14.7, 0);
    assertThat(shown(new Progress(2, 20, 32, 0.4, 14.7, List.of(earlier, epoch), true)))
        .isEqualToNormalizingNewlines(
            "epoch 2: loss 0.4000, validation SRCC 0.5000, 14.7 images/s, 0.0 % waiting\n");
  }

  private static String shown(Progress... steps) {
    StringWriter written = new StringWriter();
    try (TrainingProgress progress = new TrainingProgress(new PrintWriter(written))) {
      for (Progress step : steps) {
        progress.show(step);
      }
    }
    return written.toString();
  }
}
