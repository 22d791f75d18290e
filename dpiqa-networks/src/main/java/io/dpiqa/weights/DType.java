package io.dpiqa.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Type of a tensor's elements. The constants carry their names in a safetensors header. */
public enum DType {
  F64(8),
  F32(4),
  F16(2),
  BF16(2),
  I64(8),
  I32(4),
  I16(2),
  I8(1),
  U8(1),
  BOOL(1);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /** Size of one element in bytes. */
  public int bytes() {
    return bytes;
  }

  /**
   * The elements of a little-endian buffer, from its position to its limit, as 32-bit floats. Exact
   * for F32, F16, BF16, 8-bit and 16-bit integers; the wider types are rounded to the nearest
   * float. BOOL gives 0 or 1.
   */
  float[] toFloats(ByteBuffer from) {
    float[] floats = new float[from.remaining() / bytes];
    switch (this) {
      case F64 -> {
        for (int i = 0; i < floats.length; i++) {
          floats[i] = (float) from.getDouble();
        }
      }
      case F32 -> from.asFloatBuffer().get(floats);
      case F16 -> {
        for (int i = 0; i < floats.length; i++) {
          floats[i] = halfToFloat(from.getShort());
        }
      }
      case BF16 -> {
        for (int i = 0; i < floats.length; i++) {
          floats[i] = Float.intBitsToFloat(from.getShort() << 16);
        }
      }
      case I64 -> {
        for (int i = 0; i < floats.length; i++) {
          floats[i] = from.getLong();
        }
      }
      case I32 -> {
        for (int i = 0; i < floats.length; i++) {
          floats[i] = from.getInt();
        }
      }
      case I16 -> {
        for (int i = 0; i < floats.length; i++) {
          floats[i] = from.getShort();
        }
      }
      case I8 -> {
        for (int i = 0; i < floats.length; i++) {
          floats[i] = from.get();
        }
      }
      case U8 -> {
        for (int i = 0; i < floats.length; i++) {
          floats[i] = from.get() & 0xff;
        }
      }
      case BOOL -> {
        for (int i = 0; i < floats.length; i++) {
          floats[i] = from.get() == 0 ? 0 : 1;
        }
      }
    }
    return floats;
  }

  /**
   * Numbers as {@link #F16} stores them, little-endian, each rounded to the nearest, or of two the
   * even one.
   *
   * @param name to call the numbers by in an error
   * @throws IllegalArgumentException if one is too large
   */
  public static ByteBuffer halves(String name, float[] floats) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(floats.length, Short.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float value : floats) {
      short half = floatToHalf(value);
      if ((half & 0x7c00) == 0x7c00) {
        throw new IllegalArgumentException(
            name + " has the value " + value + ", which 16-bit floats cannot hold");
      }
      bytes.putShort(half);
    }
    return bytes.flip();
  }

  /** The nearest IEEE 754 binary16; beyond the largest, infinity. */
  private static short floatToHalf(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    float magnitude = Math.abs(value);
    if (magnitude >= 65520f || Float.isNaN(value)) {
      return (short) (sign | 0x7c00);
    }
    if (magnitude < 0x1p-14f) {
      // Subnormal: a count of units of 2^-24. Scaling is exact, and rint rounds to even.
      return (short) (sign | (int) Math.rint(magnitude * 0x1p24));
    }
    // Drop 13 bits of the fraction, to nearest even; a carry goes into the exponent as it should.
    int odd = (bits >>> 13) & 1;
    int rounded = (bits & 0x7fffffff) + 0xfff + odd;
    return (short) (sign | ((rounded >>> 13) - ((127 - 15) << 10)));
  }

  /** IEEE 754 binary16 to binary32; every value of the former is one of the latter. */
  private static float halfToFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >>> 10) & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {
      // Zero or subnormal: the fraction counts units of 2^-24.
      float magnitude = fraction * 0x1p-24f;
      return Float.intBitsToFloat(sign | Float.floatToRawIntBits(magnitude));
    }
    // Infinity and NaN keep the all-ones exponent; other exponents move from bias 15 to 127.
    int wide = exponent == 0x1f ? 0xff : exponent + (127 - 15);
    return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
  }
}
