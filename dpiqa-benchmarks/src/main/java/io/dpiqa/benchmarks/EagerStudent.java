package io.dpiqa.benchmarks;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.dpiqa.network.Conv;
import io.dpiqa.network.Operations;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
import io.dpiqa.torch.Images;
import io.dpiqa.torch.Parameters;
import io.dpiqa.torch.TorchOperations;
import io.dpiqa.weights.DType;
import io.dpiqa.weights.Weights;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A student in eager libtorch at its best: channels-last, the folded weights of an ONNX model, no
 * BatchNorm, activations in place.
 */
@SuppressWarnings("try") // scopes are opened for their end
final class EagerStudent implements AutoCloseable {
  private final Student student;
  private final int size;
  private final Parameters parameters;
  private final Operations<Tensor> net;

  /**
   * @param weights of the student
   * @param model what {@link io.dpiqa.network.OnnxGraph} made of them
   * @param size side of the picture
   */
  EagerStudent(Student student, Weights weights, ModelProto model, int size) {
    this.student = student;
    this.size = size;
    Shapes shapes = new Shapes();
    student.score(folded(shapes), Shape.of(1, 3, size, size));
    parameters = Parameters.load(shapes.tensors(), folded(weights, model));
    net = folded(TorchOperations.inference(parameters));
  }

  /** The weights, and in their place those of convolutions that the model has folded. */
  private static Weights folded(Weights weights, ModelProto model) {
    Map<String, io.dpiqa.weights.Tensor> tensors = new LinkedHashMap<>();
    weights.tensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
    for (TensorProto folded : model.getGraph().getInitializerList()) {
      if (folded.getName().startsWith("base_model.")) {
        long[] shape = folded.getDimsList().stream().mapToLong(Long::longValue).toArray();
        ByteBuffer values = folded.getRawData().asReadOnlyByteBuffer();
        tensors.put(
            folded.getName(),
            io.dpiqa.weights.Tensor.of(folded.getName(), DType.F32, shape, values));
      }
    }
    return Weights.of(tensors.values());
  }

  /**
   * The same operations where BatchNorm is folded: it does nothing, and all convolutions have a
   * bias. Nothing but SiLU reads what goes into SiLU, so it may overwrite it.
   */
  @SuppressWarnings("unchecked")
  private static <T> Operations<T> folded(Operations<T> net) {
    return (Operations<T>)
        Proxy.newProxyInstance(
            Operations.class.getClassLoader(),
            new Class<?>[] {Operations.class},
            (proxy, method, arguments) -> {
              try {
                return switch (method.getName()) {
                  case "batchNorm" -> arguments[1];
                  case "conv2d" ->
                      method.invoke(net, arguments[0], arguments[1], biased((Conv) arguments[2]));
                  case "silu" -> arguments[0] instanceof Tensor x ? torch.silu_(x) : arguments[0];
                  default -> method.invoke(net, arguments);
                };
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static Conv biased(Conv conv) {
    return new Conv(
        conv.channels(), conv.kernel(), conv.stride(), conv.padding(), conv.groups(), true);
  }

  /** The raw score of a picture {@code [size, size, 3]}. */
  float score(byte[] rgb) {
    try (PointerScope temporary = new PointerScope();
        NoGradGuard noGradients = new NoGradGuard()) {
      return student.score(net, Images.toTensor(rgb, 1, size)).item_float();
    }
  }

  @Override
  public void close() {
    parameters.close();
  }
}
