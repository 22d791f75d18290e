package io.dpiqa.weights;

import java.nio.ByteBuffer;

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
