package io.dpiqa;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ModelExceptionTest {
  @Test
  void isOneLineThatCannotControlATerminal() {
    assertThat(new ModelException("a.pth", "no\r\nfurther \u001b[2J\u009b2J than\u2028here"))
        .hasMessage("a.pth: no further  [2J 2J than here");
  }
}
