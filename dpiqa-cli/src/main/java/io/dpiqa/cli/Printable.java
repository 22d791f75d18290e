package io.dpiqa.cli;

/** Text from outside, made fit for a terminal. */
final class Printable {
  private Printable() {}

  /**
   * The text with every character that would move the cursor, change the terminal or the direction
   * of writing, or break the line, as a JSON-like escape: {@code \}{@code u001b}.
   */
  static String of(String text) {
    StringBuilder printable = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            character -> {
              switch (Character.getType(character)) {
                case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE ->
                    printable.append("\\u%04x".formatted(character));
                default -> printable.appendCodePoint(character);
              }
            });
    return printable.toString();
  }
}
