package io.dpiqa.benchmarks;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.dpiqa.image.ImageDecoder;
import io.dpiqa.model.ModelCard;
import io.dpiqa.network.Backbone;
import io.dpiqa.network.OnnxGraph;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
import io.dpiqa.torch.Images;
import io.dpiqa.torch.Parameters;
import io.dpiqa.torch.TorchOperations;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/** A student as training begins with it: as fast as a trained one. */
@SuppressWarnings("try") // scopes are opened for their end
public final class UntrainedStudent {
  private static final long SEED = 1;

  private UntrainedStudent() {}

  /**
   * Writes a compact student as a model file.
   *
   * @param arguments the backbone, {@code efficientnet-b0} and so on; side of the picture; the file
   */
  public static void main(String[] arguments) throws IOException {
    Student student = Student.compact(Backbone.named(arguments[0]));
    int size = Integer.parseInt(arguments[1]);
    ModelProto model = model(student, weights(student, size), size);
    Files.write(Path.of(arguments[2]), model.toByteArray());
  }

  /**
   * The weights of the student. Values are as large as a trained one's: BatchNorm knows what a
   * picture makes of them.
   */
  static Weights weights(Student student, int size) {
    byte[] picture = ImageDecoder.convert(AlpineLake.render(size, size)).rgb();
    try (Parameters parameters = Parameters.initialise(shapes(student, size).tensors(), SEED);
        PointerScope scope = new PointerScope();
        NoGradGuard inference = new NoGradGuard()) {
      student.score(TorchOperations.measuring(parameters, 1), Images.toTensor(picture, 1, size));
      return Weights.of(parameters.tensors().stream().map(UntrainedStudent::copy).toList());
    }
  }

  /** Tensors of parameters are gone when those are closed. */
  private static Tensor copy(Tensor tensor) {
    return Tensor.of(tensor.name(), tensor.dtype(), tensor.shape(), tensor.bytes());
  }

  /** The student as an ONNX model with its card. */
  static ModelProto model(Student student, Weights weights, int size) throws IOException {
    Shapes shapes = shapes(student, size);
    ModelCard card =
        new ModelCard(
            ModelCard.FORMAT,
            "untrained",
            student.toString(),
            size,
            shapes.parameters(),
            shapes.multiplyAdds(),
            "Apache-2.0",
            Map.of(),
            List.of(),
            Optional.empty());
    OnnxGraph graph = new OnnxGraph(weights);
    graph.output("score", student.score(graph, graph.image(size)));
    ByteArrayOutputStream onnx = new ByteArrayOutputStream();
    graph.write(onnx, Map.of(ModelCard.METADATA_KEY, card.toJson()));
    return ModelProto.parseFrom(onnx.toByteArray());
  }

  private static Shapes shapes(Student student, int size) {
    Shapes shapes = new Shapes();
    student.score(shapes, Shape.of(1, 3, size, size));
    return shapes;
  }
}
