package io.dpiqa.benchmarks;

import io.dpiqa.model.ModelCard;
import io.dpiqa.network.OnnxGraph;
import io.dpiqa.network.Operations;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Teacher;
import io.dpiqa.weights.DType;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/** The published teacher with random weights: its speed and size are real, its scores are not. */
final class UntrainedTeacher {
  static final int SIZE = 512;
  private static final int PROMPTS = 495;
  private static final int PROMPT_WIDTH = 768;
  private static final Teacher TEACHER = Teacher.published();

  private UntrainedTeacher() {}

  /** Tensors and cost. */
  static Shapes shapes() {
    Shapes shapes = new Shapes();
    score(shapes, Shape.of(1, 3, SIZE, SIZE));
    return shapes;
  }

  /** The score of images {@code [N, 3, 512, 512]}. */
  static <T> T score(Operations<T> net, T image) {
    float[] prompts = random("prompts", PROMPTS * PROMPT_WIDTH, 0, 0.5);
    return TEACHER
        .read(net, image, net.constant(Shape.of(1, PROMPTS, PROMPT_WIDTH), prompts))
        .score();
  }

  /** Weights that keep activations in bounds; made each time that they are asked for. */
  static Weights weights(Shapes shapes) {
    return Weights.of(
        shapes.tensors().entrySet().stream()
            .map(owned -> tensor(owned.getKey(), owned.getValue().sizes()))
            .toList());
  }

  private static Tensor tensor(String name, long[] shape) {
    int elements = Math.toIntExact(Arrays.stream(shape).reduce(1, Math::multiplyExact));
    boolean matrix = shape.length > 1;
    double scale = matrix ? Math.sqrt(3.0 * shape[0] / elements) : 0.1;
    double centre = !matrix && name.endsWith(".weight") ? 1 : 0;
    return Tensor.lazy(
        name,
        DType.F32,
        shape,
        () -> {
          ByteBuffer bytes = ByteBuffer.allocate(4 * elements).order(ByteOrder.LITTLE_ENDIAN);
          bytes.asFloatBuffer().put(random(name, elements, centre, scale));
          return bytes;
        });
  }

  private static float[] random(String name, int count, double centre, double scale) {
    SplittableRandom random = new SplittableRandom(name.hashCode());
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (centre + scale * (2 * random.nextDouble() - 1));
    }
    return values;
  }

  /** Writes it as a model. */
  static void write(Weights weights, Shapes shapes, boolean halfPrecision, Path onnx)
      throws IOException {
    ModelCard card =
        new ModelCard(
            ModelCard.FORMAT,
            "untrained",
            "teacher",
            SIZE,
            shapes.parameters(),
            shapes.multiplyAdds(),
            "Apache-2.0",
            Map.of(),
            List.of(),
            Optional.empty());
    OnnxGraph graph = new OnnxGraph(weights, halfPrecision);
    graph.output("score", score(graph, graph.image(SIZE)));
    graph.writeWithData(onnx, Map.of(ModelCard.METADATA_KEY, card.toJson()));
  }
}
