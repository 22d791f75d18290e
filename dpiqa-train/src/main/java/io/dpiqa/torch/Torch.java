package io.dpiqa.torch;

import io.dpiqa.ScoringOptions.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.bytedeco.javacpp.Loader;
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
    unpack();
    // OpenBLAS's threads would fight with OpenMP's: ten times slower.
    openblas.blas_set_num_threads(1);
  }

  private Torch() {}

  /**
   * JavaCPP unpacks and loads one library after another. Where the system has a libtorch too, the
   * first would be bound to that one's parts, as its own are not there yet, and the process crash.
   */
  private static void unpack() {
    for (String build : List.of("", "-gpu")) {
      try {
        Loader.cacheResources(
            torch.class, "/org/bytedeco/pytorch/" + Loader.getPlatform() + build + "/");
      } catch (IOException e) {
        throw new UncheckedIOException(
            "libtorch's libraries, 450 MB, cannot be unpacked (%s); make room, or name another folder with"
                    .formatted(e.getMessage())
                + " JAVA_TOOL_OPTIONS=-Dorg.bytedeco.javacpp.cachedir=FOLDER",
            e);
      }
    }
  }

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
