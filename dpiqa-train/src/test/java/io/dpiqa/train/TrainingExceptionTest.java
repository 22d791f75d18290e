package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.dpiqa.ScoringOptions.Device;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class TrainingExceptionTest {
  @TempDir private Path folder;

  /** In a process that may write no large file, which is as if the disk were full. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void saysWhereThereIsNoRoomForLibtorch() throws Exception {
    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                "ulimit -f 2000 && exec \"$@\"",
                "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dorg.bytedeco.javacpp.cachedir=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName())
            .redirectError(Redirect.INHERIT)
            .start();
    List<String> said = process.inputReader(StandardCharsets.UTF_8).lines().toList();
    assertThat(said)
        .singleElement()
        .asString()
        .startsWith(folder.toRealPath() + ": libtorch cannot be unpacked there (")
        .endsWith(
            "); make room, or name another folder with"
                + " JAVA_TOOL_OPTIONS=-Dorg.bytedeco.javacpp.cachedir=FOLDER");
    assertThat(process.waitFor()).isZero();
  }

  /** Says why there is nothing to train with. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) {
      try {
        TrainingException.requireDevice(Device.CPU);
      } catch (TrainingException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
