package io.dpiqa.cli;

import java.util.OptionalInt;

/** What the launcher found out about the terminal; Java 17 cannot tell. */
final class Terminal {
  private Terminal() {}

  /** Width of the terminal that standard output goes to, if it goes to one. */
  static OptionalInt columns() {
    Integer columns = Integer.getInteger("dpiqa.columns");
    return columns == null || columns < 1 ? OptionalInt.empty() : OptionalInt.of(columns);
  }

  /** Whether standard error goes to a terminal. */
  static boolean showsProgress() {
    return Boolean.getBoolean("dpiqa.progress");
  }

  /** Whether people's output may have characters beyond ASCII. */
  static boolean showsUnicode() {
    String locale = System.getProperty("native.encoding");
    return "UTF-8".equalsIgnoreCase(System.getProperty("dpiqa.encoding", locale));
  }
}
