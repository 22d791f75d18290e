package io.dpiqa.torch;

import io.dpiqa.ScoringOptions.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;

/** What libtorch runs on. */
public final class Torch {

  static {
    // JavaCPP would refuse memory once the process, mapped files included, holds four times the
    // Java heap. Native memory is bounded by scopes here.
    String limit = "org.bytedeco.javacpp.maxPhysicalBytes";
    System.setProperty(limit, System.getProperty(limit, "0"));
    try {
      Libtorch.unpack();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    // OpenBLAS's threads would fight with OpenMP's: ten times slower.
    openblas.blas_set_num_threads(1);
  }

  private Torch() {}

  /** Whether tensors can be on that device. */
  public static boolean has(Device device) {
    return device == Device.CPU || torch.cuda_is_available();
  }

  /** Zeros, {@code [n]}, 32-bit floats. */
  static Tensor zeros(long n, Device device) {
    return torch.zeros(new long[] {n}, new TensorOptions(of(device)));
  }

  /** A tensor on that device; itself if it is there. */
  public static Tensor on(Device device, Tensor tensor) {
    return device == Device.CPU ? tensor : tensor.to(of(device), tensor.scalar_type());
  }

  private static org.bytedeco.pytorch.Device of(Device device) {
    return new org.bytedeco.pytorch.Device(device == Device.CPU ? DeviceType.CPU : DeviceType.CUDA);
  }
}
