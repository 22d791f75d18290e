package io.dpiqa.torch;

import io.dpiqa.golden.Golden;
import io.dpiqa.golden.GoldenNetwork;
import io.dpiqa.network.Shape;
import io.dpiqa.weights.Weights;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The teacher's networks in libtorch against outputs of the published system. */
@SuppressWarnings("try") // scopes are opened for their end
class GoldenNetworksTest {

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"VAE_ENCODER", "TEACHER"})
  void partOfTheTeacher(GoldenNetwork network) {
    compare(network, 1e-4);
  }

  @Test
  @Tag("full")
  void vaeEncoder() {
    withAllCores(() -> compare(GoldenNetwork.VAE_ENCODER, 1e-4));
  }

  @Test
  @Tag("full")
  void publishedTeacher() {
    withAllCores(() -> compare(GoldenNetwork.TEACHER, 1e-3));
  }

  private static void withAllCores(Runnable test) {
    int threads = torch.get_num_threads();
    torch.set_num_threads(Runtime.getRuntime().availableProcessors());
    try {
      test.run();
    } finally {
      torch.set_num_threads(threads);
    }
  }

  private static void compare(GoldenNetwork network, double tolerance) {
    Map<String, Shape> tensors = network.shapes().tensors();
    try (Parameters parameters =
        Parameters.frozen(tensors, Golden.weights(tensors, Weights.of()))) {
      TorchOperations net = TorchOperations.inference(parameters);
      network
          .runs()
          .forEach((run, inputs) -> network.check(run, outputs(network, net, inputs), tolerance));
    }
  }

  private static Map<String, float[]> outputs(
      GoldenNetwork network, TorchOperations net, Map<String, io.dpiqa.weights.Tensor> inputs) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard inference = new NoGradGuard()) {
      Map<String, Tensor> values = new HashMap<>();
      inputs.forEach((name, x) -> values.put(name, Tensor.create(x.toFloats(), x.shape())));
      Map<String, float[]> outputs = new HashMap<>();
      network.outputs(net, values).forEach((name, y) -> outputs.put(name, Floats.of(y)));
      return outputs;
    }
  }
}
