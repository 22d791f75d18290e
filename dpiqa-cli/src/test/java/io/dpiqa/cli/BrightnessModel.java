package io.dpiqa.cli;

import io.dpiqa.model.ErrorBand;
import io.dpiqa.model.ModelCard;
import io.dpiqa.network.OnnxGraph;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Makes a model whose raw score is how bright the picture is, 0 to 1. */
final class BrightnessModel {
  private static final int SIZE = 4;

  private BrightnessModel() {}

  /** With percentiles: half of the reference photographs are darker than 0.25. */
  static Path write(Path file) throws IOException {
    return write(
        file,
        IntStream.rangeClosed(0, 100)
            .mapToObj(q -> q <= 50 ? q / 200.0 : 0.25 + 0.015 * (q - 50))
            .toList());
  }

  static Path write(Path file, List<Double> referenceScores) throws IOException {
    return write(file, referenceScores, Optional.empty());
  }

  static Path write(Path file, List<Double> referenceScores, Optional<ErrorBand> errorBand)
      throws IOException {
    ModelCard card =
        new ModelCard(
            ModelCard.FORMAT,
            "brightness",
            "mean of the samples",
            SIZE,
            0,
            SIZE * SIZE * 3,
            "Apache-2.0",
            Map.of("source", "a test"),
            referenceScores,
            errorBand);
    Weights weights =
        Weights.of(
            Tensor.of("mix.weight", new long[] {1, 3}, 0.25f, 0.5f, 0.25f),
            Tensor.of("mix.bias", new long[] {1}, 0));
    OnnxGraph graph = new OnnxGraph(weights);
    OnnxGraph.Value mean = graph.flatten(graph.averagePool(graph.image(SIZE)));
    graph.output("score", graph.linear("mix", mean, 1));
    try (OutputStream out = Files.newOutputStream(file)) {
      graph.write(out, Map.of(ModelCard.METADATA_KEY, card.toJson()));
    }
    return file;
  }
}
