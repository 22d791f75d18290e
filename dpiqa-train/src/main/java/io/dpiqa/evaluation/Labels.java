package io.dpiqa.evaluation;

import java.util.Locale;

/** Text as people read it in pictures and reports. */
final class Labels {
  private Labels() {}

  /** A figure with a few decimals, or - where it is not defined. */
  static String decimals(double figure, int decimals) {
    return Double.isNaN(figure) ? "-" : String.format(Locale.ROOT, "%." + decimals + "f", figure);
  }

  /** The same with its sign. */
  static String signed(double figure, int decimals) {
    return Double.isNaN(figure) ? "-" : String.format(Locale.ROOT, "%+." + decimals + "f", figure);
  }

  /** Text from outside, without characters that would break the line or turn its direction. */
  static String oneLine(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", "\uFFFD");
  }

  /** Text from outside, as text of an HTML element or of an attribute in double quotes. */
  static String html(String text) {
    return oneLine(text)
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /** One line of at most so many characters: of longer text, its beginning and its end. */
  static String shorten(String text, int length) {
    String line = oneLine(text);
    int characters = line.codePointCount(0, line.length());
    if (characters <= length) {
      return line;
    }
    int end = length / 2;
    int begin = length - 1 - end;
    return line.substring(0, line.offsetByCodePoints(0, begin))
        + "…"
        + line.substring(line.offsetByCodePoints(line.length(), -end));
  }
}
