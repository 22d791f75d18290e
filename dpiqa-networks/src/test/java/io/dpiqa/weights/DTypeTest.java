package io.dpiqa.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class DTypeTest {
  @Test
  void readsEveryHalf() {
    float[] floats = allShorts(DType.F16).toFloats();
    for (int bits = 0; bits < 65536; bits++) {
      int exponent = bits >> 10 & 31;
      int fraction = bits & 1023;
      double magnitude;
      if (exponent == 31) {
        magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
      } else if (exponent == 0) {
        magnitude = fraction * Math.pow(2, -24);
      } else {
        magnitude = (1 + fraction / 1024.0) * Math.pow(2, exponent - 15);
      }
      double expected = bits < 32768 ? magnitude : -magnitude;
      assertThat(Double.valueOf(floats[bits]))
          .as("half %04x", bits)
          .isEqualTo(Double.valueOf(expected));
    }
  }

  @Test
  void writesEveryHalfAsItWas() {
    ByteBuffer all = allShorts(DType.F16).bytes();
    float[] values = allShorts(DType.F16).toFloats();
    for (int bits = 0; bits < 65536; bits++) {
      short half = all.getShort(2 * bits);
      if ((half & 0x7c00) != 0x7c00) {
        assertThat(half(values[bits])).isEqualTo(half);
      }
    }
  }

  @Test
  void roundsToTheNearestHalfAndOfTwoToTheEven() {
    assertThat(half(1 + 0x1p-11f)).isEqualTo((short) 0x3c00);
    assertThat(half(1 + 3 * 0x1p-11f)).isEqualTo((short) 0x3c02);
    assertThat(half(Math.nextUp(1 + 0x1p-11f))).isEqualTo((short) 0x3c01);
    assertThat(half(65519)).isEqualTo((short) 0x7bff);
    assertThat(half(-0x1p-25f)).isEqualTo((short) 0x8000);
    assertThat(half(Math.nextUp(0x1p-25f))).isEqualTo((short) 1);
    assertThat(half(0x1p-14f - 0x1p-26f)).isEqualTo((short) 0x0400);
    assertThatThrownBy(() -> half(65520))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("65520");
  }

  private static short half(float value) {
    return DType.halves("x", new float[] {value}).getShort();
  }

  @Test
  void readsEveryBfloat16AsTheUpperHalfOfAFloat() {
    float[] floats = allShorts(DType.BF16).toFloats();
    for (int bits = 0; bits < 65536; bits++) {
      assertThat(Float.floatToRawIntBits(floats[bits]) >>> 16).isEqualTo(bits);
    }
    assertThat(floats[0x3f80]).isEqualTo(1);
    assertThat(floats[0xc049]).isEqualTo(-3.140625f);
    assertThat(floats[0xff80]).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(floats[0x7fc0]).isNaN();
    assertThat(floats[1]).isEqualTo(0x1p-133f);
  }

  @Test
  void readsIntegersAndDoubles() {
    assertThat(tensor(DType.I64, 2, b -> b.putLong(-5).putLong(1L << 40)).toFloats())
        .containsExactly(-5, 0x1p40f);
    assertThat(tensor(DType.I32, 2, b -> b.putInt(-70_000).putInt(3)).toFloats())
        .containsExactly(-70_000, 3);
    assertThat(tensor(DType.I16, 1, b -> b.putShort((short) -300)).toFloats())
        .containsExactly(-300);
    assertThat(tensor(DType.I8, 1, b -> b.put((byte) -2)).toFloats()).containsExactly(-2);
    assertThat(tensor(DType.U8, 1, b -> b.put((byte) -2)).toFloats()).containsExactly(254);
    assertThat(tensor(DType.BOOL, 3, b -> b.put((byte) 1).put((byte) 0).put((byte) 7)).toFloats())
        .containsExactly(1, 0, 1);
    assertThat(tensor(DType.F64, 2, b -> b.putDouble(0.1).putDouble(-2.5)).toFloats())
        .containsExactly(0.1f, -2.5f);
  }

  private interface Filler {
    void fill(ByteBuffer bytes);
  }

  private static Tensor tensor(DType dtype, int n, Filler filler) {
    ByteBuffer bytes = ByteBuffer.allocate(n * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    filler.fill(bytes);
    return Tensor.of("x", dtype, new long[] {n}, bytes.flip());
  }

  private static Tensor allShorts(DType dtype) {
    return tensor(
        dtype,
        65536,
        bytes -> {
          for (int bits = 0; bits < 65536; bits++) {
            bytes.putShort((short) bits);
          }
        });
  }
}
