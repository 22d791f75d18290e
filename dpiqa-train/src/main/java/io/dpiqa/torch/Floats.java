package io.dpiqa.torch;

import java.nio.FloatBuffer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Values of libtorch tensors. */
@SuppressWarnings("try") // scopes are opened for their end
public final class Floats {
  private Floats() {}

  /** A copy of a tensor of 32-bit floats, in row-major order. */
  public static float[] of(Tensor tensor) {
    try (PointerScope temporary = new PointerScope()) {
      float[] floats = new float[Math.toIntExact(tensor.numel())];
      FloatBuffer buffer = tensor.contiguous().createBuffer();
      buffer.get(floats);
      return floats;
    }
  }
}
