package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.INTEGER;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run in a process of its own, which is killed wherever it is, as by the operating system. */
class KilledProcessTest {
  private static final int SIGKILL = 128 + 9;
  private static final int SIGTERM = 128 + 15;

  @TempDir Path folder;

  @Test
  void goesOnAsIfNothingHadHappened() throws Exception {
    Path undisturbed = folder.resolve("undisturbed");
    Process other = start(undisturbed);
    Path killed = folder.resolve("killed");
    killAfterTwoSteps(start(killed));
    killWhileItWrites(start(killed), killed);
    Process last = start(killed);
    List<Integer> steps = steps(last).boxed().toList();

    assertThat(steps).first(INTEGER).isGreaterThan(2);
    assertThat(steps).last().isEqualTo(18);
    assertThat(last.waitFor()).isZero();
    assertThat(unfinished(killed)).isEmpty();
    assertThat(other.waitFor()).isZero();
    String weights = "student.safetensors";
    assertThat(killed.resolve(weights)).hasSameBinaryContentAs(undisturbed.resolve(weights));
  }

  /** A step that begins while the process ends can crash in libtorch, which is rare. */
  @Test
  void beginsNoStepOnceItIsToldToEnd() throws Exception {
    Process process = start(SlowToEnd.class, folder.resolve("run"), 1000, Duration.ofHours(1));
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    // The first epochs are slow to end.
    for (int step = 1; step <= 20; step++) {
      assertThat(output.readLine()).isEqualTo(Integer.toString(step));
    }
    process.toHandle().destroy(); // Process.destroy would close its output too.
    assertThat(output.lines()).last().isEqualTo(SlowToEnd.ENDING);
    assertThat(process.waitFor()).isEqualTo(SIGTERM);
  }

  private static Process start(Path run) throws IOException {
    return start(Child.class, run, 3, Duration.ZERO);
  }

  private static Process start(Class<?> child, Path run, int epochs, Duration checkpointInterval)
      throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            // For a short life.
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            child.getName(),
            run.toString(),
            Integer.toString(epochs),
            checkpointInterval.toString())
        .redirectError(Redirect.INHERIT)
        .start();
  }

  /** Takes two seconds to end, and says so when a step that was going on is over long since. */
  static final class SlowToEnd {
    static final String ENDING = "ending";

    private SlowToEnd() {}

    public static void main(String[] arguments) throws IOException {
      Runtime.getRuntime().addShutdownHook(new Thread(SlowToEnd::end));
      Child.main(arguments);
    }

    private static void end() {
      try {
        Thread.sleep(1000);
        System.out.println(ENDING);
        Thread.sleep(1000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Trains in a folder, so many epochs, and says the number of each step. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws IOException {
      Path run = Path.of(arguments[0]);
      Path pictures = Files.createDirectories(run.resolve("pictures"));
      TrainingData data =
          new TrainingData(
              NoisyPictures.draw(pictures, "training", 24, 1),
              NoisyPictures.draw(pictures, "validation", 4, 2),
              Map.of());
      StudentRecipe recipe =
          StudentRecipe.fromJson(
              """
              {"backbone": "resnet18-16", "inputSize": 64, "cropSize": 48,
               "schedule": {"batch": 4, "epochs": %s, "warmupEpochs": 1, "averageDecay": 0.9}}
              """
                  .formatted(arguments[1]));
      new StudentTrainer(recipe, data, run, Duration.parse(arguments[2]))
          .train(progress -> System.out.println(progress.step()));
    }
  }

  private static IntStream steps(Process process) {
    return process.inputReader(StandardCharsets.UTF_8).lines().mapToInt(Integer::parseInt);
  }

  private static void killAfterTwoSteps(Process process) throws InterruptedException {
    assertThat(steps(process).limit(2)).containsExactly(1, 2);
    kill(process);
  }

  private static void killWhileItWrites(Process process, Path run) throws Exception {
    Set<Path> before = unfinished(run);
    while (process.isAlive() && before.containsAll(unfinished(run))) {
      Thread.onSpinWait();
    }
    kill(process);
  }

  /** Checkpoints that are being written, and those that never will be. */
  private static Set<Path> unfinished(Path run) throws IOException {
    Set<Path> files = new HashSet<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(run, ".checkpoint*")) {
      found.forEach(files::add);
    }
    return files;
  }

  private static void kill(Process process) throws InterruptedException {
    assertThat(process.destroyForcibly().waitFor()).isEqualTo(SIGKILL);
  }
}
