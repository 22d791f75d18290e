package io.dpiqa.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** How numbers are rounded, the same in every format and wherever they are compared. */
final class Decimals {
  private Decimals() {}

  /** A score, 0.00 to 100.00. */
  static BigDecimal score(double value) {
    return BigDecimal.valueOf(value).setScale(2, RoundingMode.HALF_UP);
  }

  /** All digits and no more, nor an exponent. */
  static String plain(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  /** A percentile, 0.0 to 100.0. */
  static BigDecimal percentile(double value) {
    return BigDecimal.valueOf(value).setScale(1, RoundingMode.HALF_UP);
  }
}
