package io.dpiqa.train;

import io.dpiqa.model.ModelCard;
import io.dpiqa.network.Conv;
import io.dpiqa.network.OnnxGraph;
import io.dpiqa.network.Operations;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A teacher that measures noise, how much pixels differ from their neighbours. */
final class TinyTeacher {
  private static final int SIZE = 64;

  private TinyTeacher() {}

  /** Without a feature map. */
  static Path writeWithoutMap(Path file) throws IOException {
    return write(file, 0, 1);
  }

  /**
   * @param maps how many of its 8 channels the feature map has; 0 for none
   * @param scale of the feature map
   */
  static Path write(Path file, int maps, double scale) throws IOException {
    float[] kernel = new float[8 * 3 * 3 * 3];
    for (int channel = 0; channel < 8; channel++) {
      int green = (channel * 3 + 1) * 9;
      for (int neighbour : new int[] {1, 3, 5, 7}) {
        kernel[green + neighbour] = -1;
      }
      kernel[green + 4] = 4;
    }
    float[] mean = {-0.2f, -0.2f, -0.2f, -0.2f, -0.2f, -0.2f, -0.2f, -0.2f};
    Weights weights =
        Weights.of(
            Tensor.of("edges.weight", new long[] {8, 3, 3, 3}, kernel),
            Tensor.of("edges.bias", new long[] {8}, new float[8]),
            Tensor.of("mean.weight", new long[] {1, 8}, mean),
            Tensor.of("mean.bias", new long[] {1}, 1));
    OnnxGraph graph = new OnnxGraph(weights);
    Operations<OnnxGraph.Value> net = graph;
    OnnxGraph.Value edges = net.relu(net.conv2d("edges", graph.image(SIZE), Conv.of(8, 3)));
    OnnxGraph.Value noise = net.averagePool(edges);
    graph.output("score", net.linear("mean", net.flatten(noise), 1));
    if (maps > 0) {
      OnnxGraph.Value map = net.resizeNearest(net.narrow(noise, 1, 0, maps), SIZE, SIZE);
      graph.output("map", net.scale(map, scale));
    }
    ModelCard card =
        new ModelCard(
            ModelCard.FORMAT,
            "tiny",
            "edges",
            SIZE,
            0,
            0,
            "CC0-1.0",
            Map.of(),
            List.of(),
            Optional.empty());
    try (OutputStream out = Files.newOutputStream(file)) {
      graph.write(out, Map.of(ModelCard.METADATA_KEY, card.toJson()));
    }
    return file;
  }
}
