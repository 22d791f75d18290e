package io.dpiqa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs {@code ./dpiqa}, in a copy of the checkout that has never been built. */
@Tag("full")
final class LauncherTest {
  private static final String JAVA_HOME = "JAVA_HOME";
  private static final Path CHECKOUT = Path.of("").toAbsolutePath().getParent();
  private static final String PARTS =
      "dpiqa mvnw .mvn pom.xml examples dpiqa-core dpiqa-networks dpiqa-train dpiqa-cli"
          + " dpiqa-benchmarks";

  @TempDir private static Path folder;
  private static Path copy;
  private static Path link;

  @BeforeAll
  static void copyAndBuild() throws Exception {
    copy = Files.createDirectory(folder.resolve("a copy"));
    String script = "tar -C \"$1\" --exclude target -cf - " + PARTS + " | tar -xf -";
    assertThat(run(copy, Map.of(), "sh", "-c", script, "sh", CHECKOUT.toString()).status())
        .isZero();
    link = Files.createSymbolicLink(folder.resolve("link"), Path.of("a copy/dpiqa"));

    Run first = run(folder, Map.of(), link.toString(), "--version");
    assertThat(first.err()).startsWith("dpiqa: building ").hasLineCount(1);
    assertThat(first.out()).startsWith("dpiqa ");
    assertThat(first.status()).isZero();
  }

  @Test
  void startsWithoutBuildingAgainAndPassesTheStatus() throws Exception {
    Path model = BrightnessModel.write(folder.resolve("brightness.onnx"));
    String photo = copy.resolve("examples/lake.jpg").toString();

    Run run = run(Path.of("/"), Map.of(), link.toString(), "score", "-m", model.toString(), photo);
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("768").contains(photo);
    assertThat(run.status()).isZero();
    Run low =
        run(folder, Map.of(), link + "", "score", "-m", model + "", "--min-score", "99", photo);
    assertThat(low.status()).isEqualTo(3);
  }

  @Test
  void saysThatItsOutputCannotBeWritten() throws Exception {
    Path model = BrightnessModel.write(folder.resolve("full.onnx"));
    String score = "score -m \"$2\" \"$1/a copy/examples\"";
    for (String command : new String[] {score, "--help", "--version", "model list"}) {
      String script = "\"$1/link\" " + command + " > /dev/full";

      Run run = run(folder, Map.of(), "sh", "-c", script, "sh", folder + "", model + "");

      assertThat(run.err())
          .isEqualTo("dpiqa: standard output cannot be written: No space left on device\n");
      assertThat(run.status()).isEqualTo(2);
    }
  }

  @Test
  void leavesNothingInTheHomeDirectory() throws Exception {
    Path model = BrightnessModel.write(folder.resolve("home.onnx"));
    Path home = Files.createDirectory(folder.resolve("home"));
    String photo = copy.resolve("examples/lake.jpg").toString();

    Run run = run(folder, Map.of("HOME", home + ""), link + "", "score", "-m", model + "", photo);

    assertThat(run.status()).isZero();
    assertThat(home).isEmptyDirectory();
  }

  @Test
  void isFoundWhateverTheSearchPathOfCd() throws Exception {
    Map<String, String> environment = Map.of("CDPATH", folder + "");

    Run run = run(folder, environment, "sh", "-c", "'a copy/dpiqa' --version");

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
  }

  @Test
  void runsWhereItCannotWrite() throws Exception {
    Path state = copy.resolve("dpiqa-cli/target/launcher");
    Path away = Files.move(state, folder.resolve("away"));
    Files.createFile(state);
    try {
      Run run = run(folder, Map.of(), link + "", "--version");
      assertThat(run.err()).isEmpty();
      assertThat(run.status()).isZero();
    } finally {
      Files.delete(state);
      Files.move(away, state);
    }
  }

  @Test
  void findsNamesThatAreNotAsciiInTheCLocale() throws Exception {
    Path model = BrightnessModel.write(folder.resolve("locale.onnx"));
    String script =
        "cp \"$1/a copy/examples/lake.jpg\" \"$1/$(printf 'l\\303\\244ke.jpg')\" && "
            + "LC_ALL=C \"$1/link\" score -f csv -m \"$2\" \"$1\"";

    Run run = run(folder, Map.of(), "sh", "-c", script, "sh", folder + "", model + "");

    assertThat(run.out()).contains("l\u00e4ke.jpg,");
    assertThat(run.status()).isZero();
  }

  @Test
  void saysWhatIsWrongWithTheJava() throws Exception {
    Run run = run(folder, Map.of(JAVA_HOME, "/nowhere"), link.toString(), "--version");

    assertThat(run.status()).isEqualTo(70);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("dpiqa: JAVA_HOME is '/nowhere'").hasLineCount(1);
  }

  private record Run(int status, String out, String err) {}

  private static Run run(Path directory, Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile(folder, "run", ".out");
    Path err = Files.createTempFile(folder, "run", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put(JAVA_HOME, System.getProperty("java.home"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
    return new Run(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }
}
