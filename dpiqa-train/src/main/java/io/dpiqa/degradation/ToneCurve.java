package io.dpiqa.degradation;

import io.dpiqa.image.RgbImage;
import java.util.function.DoubleUnaryOperator;

/** What every value of a sample becomes. */
final class ToneCurve {
  private final byte[] values;

  private ToneCurve(byte[] values) {
    this.values = values;
  }

  /**
   * @param curve from samples to samples, 0 to 1; the result is clipped, and rounded to 8 bits
   */
  static ToneCurve of(DoubleUnaryOperator curve) {
    byte[] values = new byte[256];
    for (int i = 0; i < values.length; i++) {
      double value = curve.applyAsDouble(i / 255.0);
      values[i] = (byte) Math.round(255 * Math.max(0, Math.min(1, value)));
    }
    return new ToneCurve(values);
  }

  /** Multiplies the light that samples stand for, by the transfer function of sRGB. */
  static ToneCurve light(double gain) {
    return of(sample -> sample(gain * linear(sample)));
  }

  /** The light, 0 to 1, that a sample stands for. */
  static double linear(double sample) {
    return sample <= 0.04045 ? sample / 12.92 : StrictMath.pow((sample + 0.055) / 1.055, 2.4);
  }

  /** The sample, 0 to 1, that stands for this light. */
  static double sample(double light) {
    return light <= 0.0031308 ? 12.92 * light : 1.055 * StrictMath.pow(light, 1 / 2.4) - 0.055;
  }

  RgbImage apply(RgbImage image) {
    return apply(image, this, this, this);
  }

  static RgbImage apply(RgbImage image, ToneCurve red, ToneCurve green, ToneCurve blue) {
    byte[] in = image.rgb();
    byte[] out = new byte[in.length];
    for (int i = 0; i < in.length; i += 3) {
      out[i] = red.values[in[i] & 0xFF];
      out[i + 1] = green.values[in[i + 1] & 0xFF];
      out[i + 2] = blue.values[in[i + 2] & 0xFF];
    }
    return new RgbImage(image.width(), image.height(), out);
  }
}
