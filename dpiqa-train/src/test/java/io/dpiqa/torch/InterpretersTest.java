package io.dpiqa.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import io.dpiqa.golden.Formula;
import io.dpiqa.golden.Golden;
import io.dpiqa.golden.OnnxRunner;
import io.dpiqa.network.DenoisingUnet;
import io.dpiqa.network.OnnxGraph;
import io.dpiqa.network.Operations;
import io.dpiqa.network.QualityFeatureDecoder;
import io.dpiqa.network.ResNet;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
import io.dpiqa.network.Teacher;
import io.dpiqa.network.VaeEncoder;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is written over the operations means the same to all interpreters. */
@SuppressWarnings("try") // scopes are opened for their end
class InterpretersTest {
  private static final Teacher TEACHER =
      new Teacher(
          new VaeEncoder(List.of(32, 32, 64, 64), 1, 4, 0.2),
          new DenoisingUnet(List.of(32, 64, 64, 64), 1, 8, 16, 4),
          new QualityFeatureDecoder(List.of(0, 1, 2, 3), 16, 32),
          Teacher.Options.published());

  @TempDir private Path folder;

  /** A network with its inputs. */
  private abstract static class Network {
    private final Map<String, Shape> inputs = new LinkedHashMap<>();

    Network with(String input, long... sizes) {
      inputs.put(input, Shape.of(sizes));
      return this;
    }

    abstract <T> Map<String, T> outputs(Operations<T> net, Map<String, T> inputs);
  }

  @Test
  void resNet() throws IOException, OrtException {
    compare(
        new Network() {
          @Override
          <T> Map<String, T> outputs(Operations<T> net, Map<String, T> inputs) {
            Student student = Student.compact(new ResNet(16));
            return Map.of("score", student.score(net, inputs.get("image")));
          }
        }.with("image", 1, 3, 97, 66));
  }

  @Test
  void levellingStudent() throws IOException, OrtException {
    compare(
        new Network() {
          @Override
          <T> Map<String, T> outputs(Operations<T> net, Map<String, T> inputs) {
            Student student = new Student(new ResNet(16), Student.Head.LEVELLED);
            // White points of about 0.8, 0.5, which is too dark to be white, and 0.
            T brightness = net.constant(Shape.of(3, 1, 1, 1), 0.3f, 0.2f, 0);
            T images = net.multiply(net.exp(inputs.get("images")), brightness);
            return Map.of("score", student.score(net, images));
          }
        }.with("images", 3, 3, 97, 66));
  }

  @Test
  void everyOperationOfOddSizes() throws IOException, OrtException {
    compare(
        new Network() {
          @Override
          <T> Map<String, T> outputs(Operations<T> net, Map<String, T> inputs) {
            T image = inputs.get("image");
            T text = inputs.get("text");
            Map<String, T> outputs = new LinkedHashMap<>();
            outputs.put("halve", net.halve(image));
            outputs.put("padEnd", net.padEnd(image));
            outputs.put("pixelUnshuffle", net.pixelUnshuffle(net.padEnd(image), 2));
            outputs.put("nearest", net.resizeNearest(image, 10, 14));
            outputs.put("bicubic", net.resizeBicubic(image, 9, 16));
            outputs.put("bicubic smaller", net.resizeBicubic(image, 3, 4));
            outputs.put("bicubic higher", net.resizeBicubic(image, 11, 7));
            outputs.put("tokens", net.tokens(image));
            outputs.put("image", net.image(text, 3, 2));
            outputs.put("narrow images", net.narrow(image, 0, 1, 1));
            outputs.put("narrow channels", net.narrow(image, 1, 2, 3));
            outputs.put("narrow features", net.narrow(text, 2, 4, 4));
            outputs.put("pick", net.pick(text, new int[] {5, 2}));
            outputs.put("group", net.groupNorm("group", image, 3, 1e-5));
            outputs.put("layer", net.layerNorm("layer", text, 1e-5));
            outputs.put("linear", net.linear("linear", text, 3));
            outputs.put("matrix", net.linear("matrix", text, 3, false));
            outputs.put("gelu", net.gelu(image));
            outputs.put("silu", net.silu(image));
            outputs.put("exp", net.exp(image));
            outputs.put("clamp", net.clamp(image, -0.25, 0.5));
            outputs.put("scale", net.scale(image, -3));
            outputs.put("divide", net.divide(image, net.exp(net.averagePool(image))));
            outputs.put("white point", net.whitePoint(image, 0.1));
            outputs.put("white point of one pixel", net.whitePoint(image, 1e-9));
            outputs.put("white point of all", net.whitePoint(image, 1));
            T context = inputs.get("context");
            outputs.put("attention", net.attention(text, context, net.exp(context), 2, false));
            outputs.put("causal", net.attention(text, net.exp(text), text, 4, true));
            int[][] tokens = {{1, 2}, {0, 4}};
            outputs.put("embedding", net.embedding("embedding", tokens, 5, 3));
            outputs.put("add", net.add(image, net.parameter("level", Shape.of(6, 1, 1))));
            outputs.put("multiply", net.multiply(text, net.constant(Shape.of(1, 6, 1), ramp(6))));
            return outputs;
          }
        }.with("image", 2, 6, 5, 7).with("text", 2, 6, 8).with("context", 1, 3, 8));
  }

  @Test
  void teacherInEveryVariant() throws IOException, OrtException {
    Map<String, Float> scores = new LinkedHashMap<>();
    scores.put("published", score(TEACHER));
    scores.put("another timestep", score(with(new Teacher.Options(500, mean(), true, true))));
    scores.put("latents of seed 1", score(with(new Teacher.Options(1, seed(1), true, true))));
    scores.put("latents of seed 2", score(with(new Teacher.Options(1, seed(2), true, true))));
    scores.put("no text adapter", score(with(new Teacher.Options(1, mean(), false, true))));
    scores.put("no image adapter", score(with(new Teacher.Options(1, mean(), true, false))));
    scores.put("two up blocks", score(reading(List.of(1, 0))));
    assertThat(scores.values()).doesNotHaveDuplicates();
    assertThat(score(with(new Teacher.Options(1, seed(2), true, true))))
        .isEqualTo(scores.get("latents of seed 2"));
  }

  @Test
  void blocksThatTheDecoderDoesNotReadAreNotComputed() {
    Shapes all = new Shapes();
    Shapes coarse = new Shapes();
    network(TEACHER).outputs(all, network(TEACHER).inputs);
    network(reading(List.of(0, 1))).outputs(coarse, network(TEACHER).inputs);
    assertThat(all.tensors().keySet()).anyMatch(name -> name.startsWith("unet.up_blocks.2."));
    assertThat(coarse.tensors().keySet()).noneMatch(name -> name.startsWith("unet.up_blocks.2."));
  }

  private static OptionalLong mean() {
    return OptionalLong.empty();
  }

  private static OptionalLong seed(long seed) {
    return OptionalLong.of(seed);
  }

  private static Teacher with(Teacher.Options options) {
    return new Teacher(TEACHER.encoder(), TEACHER.unet(), TEACHER.decoder(), options);
  }

  private static Teacher reading(List<Integer> upBlocks) {
    QualityFeatureDecoder decoder = new QualityFeatureDecoder(upBlocks, 16, 32);
    return new Teacher(TEACHER.encoder(), TEACHER.unet(), decoder, TEACHER.options());
  }

  private static Network network(Teacher teacher) {
    return new Network() {
      @Override
      <T> Map<String, T> outputs(Operations<T> net, Map<String, T> inputs) {
        Teacher.Reading<T> reading = teacher.read(net, inputs.get("image"), inputs.get("prompts"));
        return Map.of("map", reading.map(), "score", reading.score());
      }
    }.with("image", 2, 3, 128, 128).with("prompts", 1, 5, 16);
  }

  private float score(Teacher teacher) throws IOException, OrtException {
    return compare(network(teacher)).get("score")[0];
  }

  /** Runs a network in libtorch and in ONNX Runtime; the outputs of the former. */
  private Map<String, float[]> compare(Network network) throws IOException, OrtException {
    Shapes shapes = new Shapes();
    Map<String, Shape> expected = network.outputs(shapes, network.inputs);
    Weights weights = Golden.weights(shapes.tensors(), Weights.of());
    Map<String, io.dpiqa.weights.Tensor> inputs = new LinkedHashMap<>();
    network.inputs.forEach(
        (name, shape) ->
            inputs.put(
                name,
                io.dpiqa.weights.Tensor.of(
                    name,
                    shape.sizes(),
                    Formula.uniform(name, Math.toIntExact(shape.elements())))));

    Map<String, float[]> eager = new HashMap<>();
    try (Parameters parameters = Parameters.frozen(shapes.tensors(), weights);
        PointerScope scope = new PointerScope();
        NoGradGuard inference = new NoGradGuard()) {
      Map<String, Tensor> values = new LinkedHashMap<>();
      inputs.forEach((name, x) -> values.put(name, Tensor.create(x.toFloats(), x.shape())));
      network
          .outputs(TorchOperations.inference(parameters), values)
          .forEach(
              (name, y) -> {
                assertThat(Shape.of(y.shape())).as(name).isEqualTo(expected.get(name));
                eager.put(name, Floats.of(y));
              });
    }

    OnnxGraph graph = new OnnxGraph(weights);
    Map<String, OnnxGraph.Value> values = new LinkedHashMap<>();
    network.inputs.forEach((name, shape) -> values.put(name, graph.input("in " + name, shape)));
    network.outputs(graph, values).forEach(graph::output);
    Map<String, io.dpiqa.weights.Tensor> fed = new LinkedHashMap<>();
    inputs.forEach((name, x) -> fed.put("in " + name, x));
    try (OnnxRunner runner = new OnnxRunner(graph, folder, 1)) {
      runner
          .run(fed)
          .forEach(
              (name, y) ->
                  assertThat(Golden.relativeError(y, eager.get(name))).as(name).isLessThan(1e-5));
    }
    return eager;
  }

  private static float[] ramp(int size) {
    float[] ramp = new float[size];
    for (int i = 0; i < size; i++) {
      ramp[i] = i;
    }
    return ramp;
  }
}
