package io.dpiqa.torch;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Pictures as libtorch tensors. */
public final class Images {
  private Images() {}

  /**
   * A batch of square pictures as the networks read them.
   *
   * @param rgb {@code [N, size, size, 3]}, 8 bits a sample
   * @return {@code [N, 3, size, size]} in [0, 1], channels-last
   */
  public static Tensor toTensor(byte[] rgb, int count, int size) {
    // The flag says that the bytes are unsigned.
    return Tensor.create(rgb, false, count, size, size, 3)
        .to(ScalarType.Float)
        .div(new Scalar(255f))
        .permute(0, 3, 1, 2);
  }
}
