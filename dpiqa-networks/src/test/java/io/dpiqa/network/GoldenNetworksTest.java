package io.dpiqa.network;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import io.dpiqa.golden.Formula;
import io.dpiqa.golden.Golden;
import io.dpiqa.golden.GoldenNetwork;
import io.dpiqa.golden.OnnxRunner;
import io.dpiqa.weights.DType;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The networks, as ONNX graphs run by ONNX Runtime, against outputs of the published system. */
class GoldenNetworksTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"0, 224", "3, 300"})
  void efficientNet(int variant, int size) throws IOException, OrtException {
    EfficientNet network = new EfficientNet(variant);
    Shapes shapes = new Shapes();
    network.features(shapes, "features", Shape.of(1, 3, size, size));

    try (Weights golden = Golden.open("efficientnet-b" + variant + ".safetensors")) {
      OnnxGraph graph = new OnnxGraph(Golden.weights(shapes.tensors(), golden));
      graph.output("features", network.features(graph, "features", graph.image(size)));
      for (int seed = 1; seed <= 2; seed++) {
        float[] features = run(graph, size, seed).get("features");
        float[] expected = golden.tensor("seed" + seed + ".features").toFloats();
        assertThat(Golden.relativeError(features, expected)).isLessThan(1e-4);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"VAE_ENCODER", "TEACHER"})
  void partOfTheTeacher(GoldenNetwork network) throws IOException, OrtException {
    compare(network, 1e-4);
  }

  @Test
  @Tag("full")
  void vaeEncoder() throws IOException, OrtException {
    compare(GoldenNetwork.VAE_ENCODER, 1e-4);
  }

  @Test
  @Tag("full")
  void publishedTeacher() throws IOException, OrtException {
    compare(GoldenNetwork.TEACHER, 1e-3);
  }

  /** As below, for attention and group normalisation. */
  @Test
  void everyNumberOfThreadsGivesTheSameBitsOfTheUnet() throws IOException, OrtException {
    OnnxGraph graph = graph(GoldenNetwork.UNET_AT_1);
    Map<String, Tensor> inputs = GoldenNetwork.UNET_AT_1.runs().get("t1.");
    Map<String, float[]> alone = run(graph, inputs, 1);
    for (int threads : new int[] {2, 3, 4}) {
      run(graph, inputs, threads)
          .forEach((name, values) -> assertThat(values).as(name).isEqualTo(alone.get(name)));
    }
  }

  private void compare(GoldenNetwork network, double tolerance) throws IOException, OrtException {
    int threads = Runtime.getRuntime().availableProcessors();
    try (OnnxRunner runner = new OnnxRunner(graph(network), folder, threads)) {
      for (Map.Entry<String, Map<String, Tensor>> run : network.runs().entrySet()) {
        network.check(run.getKey(), runner.run(run.getValue()), tolerance);
      }
    }
  }

  private static OnnxGraph graph(GoldenNetwork network) {
    OnnxGraph graph = new OnnxGraph(Golden.weights(network.shapes().tensors(), Weights.of()));
    Map<String, OnnxGraph.Value> inputs = new HashMap<>();
    network
        .runs()
        .values()
        .iterator()
        .next()
        .forEach((name, x) -> inputs.put(name, graph.input(name, Shape.of(x.shape()))));
    network.outputs(graph, inputs).forEach(graph::output);
    return graph;
  }

  @Test
  @Tag("full")
  void publishedStudent() throws IOException, OrtException {
    Student student = Student.published(7);
    Shapes shapes = new Shapes();
    student.score(shapes, Shape.of(1, 3, 512, 512));

    try (Weights golden = Golden.open("student-b7.safetensors");
        Weights statistics = Golden.open("student-b7-batchnorm.safetensors")) {
      OnnxGraph graph = new OnnxGraph(Golden.weights(shapes.tensors(), statistics));
      OnnxGraph.Value features =
          student.backbone().features(graph, "base_model.features", graph.image(512));
      OnnxGraph.Value map = student.featureMap(graph, features);
      graph.output("features", features);
      graph.output("map", map);
      graph.output("score", student.scoreOfMap(graph, map));

      for (int seed = 1; seed <= 2; seed++) {
        Map<String, float[]> outputs = run(graph, 512, seed);
        for (String output : List.of("features", "map")) {
          float[] expected = golden.tensor("seed" + seed + "." + output + ".sample").toFloats();
          float[] sample = Golden.sample(outputs.get(output), 4096);
          assertThat(Golden.relativeError(sample, expected)).as(output).isLessThan(1e-4);
        }
        float[] expected = golden.tensor("seed" + seed + ".score").toFloats();
        assertThat(Golden.relativeError(outputs.get("score"), expected)).isLessThan(1e-3);
      }
    }
  }

  /** A score must not depend on the number of cores, whatever the head. */
  @ParameterizedTest
  @CsvSource({
    "efficientnet-b0, FEATURE_MAP",
    "efficientnet-b0, POOLED",
    "efficientnet-b0, LEVELLED",
    "resnet18-32, FEATURE_MAP",
    "resnet18-32, POOLED"
  })
  void everyNumberOfThreadsGivesTheSameBits(String backbone, Student.Head head)
      throws IOException, OrtException {
    Student student = new Student(Backbone.named(backbone), head);
    Shapes shapes = new Shapes();
    student.score(shapes, Shape.of(1, 3, 256, 256));
    OnnxGraph graph = new OnnxGraph(Golden.weights(shapes.tensors(), Weights.of()));
    graph.output("score", student.score(graph, graph.image(256)));

    float[] alone = run(graph, 256, 1, 1).get("score");
    for (int threads : new int[] {2, 3, 4, 8}) {
      assertThat(run(graph, 256, 1, threads).get("score")).isEqualTo(alone);
    }
  }

  private Map<String, float[]> run(OnnxGraph graph, int size, int seed)
      throws IOException, OrtException {
    return run(graph, size, seed, 2);
  }

  /** Runs a graph on the formula's picture. */
  private Map<String, float[]> run(OnnxGraph graph, int size, int seed, int threads)
      throws IOException, OrtException {
    long[] shape = {1, size, size, 3};
    ByteBuffer picture = ByteBuffer.wrap(Formula.pattern(size, size, seed));
    return run(graph, Map.of("image", Tensor.of("image", DType.U8, shape, picture)), threads);
  }

  private Map<String, float[]> run(OnnxGraph graph, Map<String, Tensor> inputs, int threads)
      throws IOException, OrtException {
    try (OnnxRunner runner = new OnnxRunner(graph, folder, threads)) {
      return runner.run(inputs);
    }
  }
}
