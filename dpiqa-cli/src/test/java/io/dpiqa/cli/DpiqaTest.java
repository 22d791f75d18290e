package io.dpiqa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class DpiqaTest {

  @Test
  void versionIsTheOneThatWasBuilt() {
    CommandRun run = CommandRun.of("--version");

    assertThat(run.status()).isZero();
    assertThat(run.out())
        .matches("dpiqa \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\nJava .*\n")
        .contains("Java " + System.getProperty("java.version"));
  }

  @Test
  void helpNamesTheSubcommands() {
    assertThat(CommandRun.of("--help").out()).startsWith("Usage: dpiqa ").contains("score");
  }

  @Test
  void withoutASubcommandItSaysHow() {
    CommandRun run = CommandRun.of();

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("Usage: dpiqa ");
  }

  @Test
  void anEmptyPathIsNotTheCurrentFolder() {
    CommandRun run = CommandRun.of("sensitivity", "--out", "", "photo.jpg");

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).startsWith("dpiqa: Invalid value for option '--out': it is empty");
    assertThat(CommandRun.of("score", "").err())
        .startsWith(
            "dpiqa: Invalid value for positional parameter at index 0..* (PATH): it is empty");
  }

  @Test
  void anUnknownSubcommandIsSaidInTwoLines() {
    CommandRun run = CommandRun.of("train", "studnet");

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).startsWith("dpiqa: Unmatched argument").contains("student");
    assertThat(run.err()).doesNotContain("Usage:").doesNotContain("Exit");
  }
}
