package io.dpiqa.torch;

import java.nio.FloatBuffer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Values of libtorch tensors. */
@SuppressWarnings("try") // scopes are opened for their end
public final class Floats {
  private Floats() {}

  /** A copy of a tensor of floats, in row-major order, wherever it is. */
  public static float[] of(Tensor tensor) {
    try (PointerScope temporary = new PointerScope()) {
      float[] floats = new float[Math.toIntExact(tensor.numel())];
      FloatBuffer buffer = tensor.cpu().to(ScalarType.Float).contiguous().createBuffer();
      buffer.get(floats);
      return floats;
    }
  }
}
