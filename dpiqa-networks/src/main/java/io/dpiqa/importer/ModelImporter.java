package io.dpiqa.importer;

import io.dpiqa.ModelException;
import io.dpiqa.Outcome;
import io.dpiqa.QualityModel;
import io.dpiqa.Score;
import io.dpiqa.model.ModelCard;
import io.dpiqa.model.ModelFile;
import io.dpiqa.model.ModelStore;
import io.dpiqa.network.Configuration;
import io.dpiqa.network.OnnxGraph;
import io.dpiqa.network.Shapes;
import io.dpiqa.text.Prompts;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Turns a checkpoint into a model of the store. */
public final class ModelImporter {

  private static final String LICENCE = "licence";
  private static final String INPUT_SIZE = "input_size";
  private static final String UNKNOWN_LICENCE = "unknown";
  private static final int MAX_INPUT_SIZE = 2048;
  private static final int MAX_CARD = 300_000;

  /** Beyond this the weights get a file of their own; ONNX's format ends at twice as much. */
  private static final long MAX_ONE_FILE = 1L << 30;

  private final ModelStore store;

  /** An importer into that store. */
  public ModelImporter(ModelStore store) {
    this.store = store;
  }

  /**
   * Imports a checkpoint: recognises the network, validates every tensor, folds BatchNorm, and adds
   * the model to the store, whole or not at all.
   *
   * @param checkpoint a {@code .pth} or {@code .safetensors} file; told apart by its content
   * @throws ModelException if the file is refused, holds no network that is known, does not fit it,
   *     or the name cannot be used
   * @throws IOException if reading or writing fails
   */
  public ModelFile add(Path checkpoint, ImportOptions options) throws IOException {
    store.requireFree(options.name(), options.replace());
    try (Pretrained pretrained = Pretrained.open(checkpoint)) {
      Weights weights = pretrained.weights();
      ScoringNetwork network = network(checkpoint, pretrained, options);
      Fit.require(checkpoint.toString(), network, weights);
      ModelCard card = card(checkpoint, options, weights, network);
      requireSpace(card, options);
      if (!options.reference().isEmpty()) {
        card = card.withReferenceScores(referenceScores(weights, network, card, options));
      }
      ModelCard complete = card;
      return store.add(
          options.name(),
          options.replace(),
          onnx -> write(weights, network, complete, options, onnx));
    }
  }

  private static ScoringNetwork network(
      Path checkpoint, Pretrained pretrained, ImportOptions options) throws IOException {
    String file = checkpoint.toString();
    Weights weights = pretrained.weights();
    if (pretrained.kind() == Pretrained.Kind.TEACHER) {
      return TeacherCheckpoint.read(file, weights, prompts(checkpoint, weights, options), options);
    }
    if (pretrained.kind() != Pretrained.Kind.STUDENT) {
      throw new ModelException(
          file,
          "is %s, which gives no scores by itself; import a teacher's or a student's checkpoint"
              .formatted(pretrained.kind()));
    }
    StudentCheckpoint student = StudentCheckpoint.nearest(weights, inputSize(checkpoint, weights));
    if (!student.isIn(weights)) {
      throw new ModelException(
          file,
          "holds no network that dpiqa knows (it has %d tensors, the first of them %s); import a teacher's or a student's checkpoint"
              .formatted(
                  weights.names().size(), weights.names().stream().findFirst().orElse("none")));
    }
    return student;
  }

  private static PromptEmbeddings prompts(Path file, Weights weights, ImportOptions options)
      throws IOException {
    if (options.prompts().isPresent()) {
      return PromptEmbeddings.read(options.prompts().get());
    }
    if (options.text().isEmpty() && weights.names().contains(Configuration.PROMPTS)) {
      return PromptEmbeddings.read(file, Configuration.PROMPTS);
    }
    if (options.text().isEmpty()) {
      throw new ModelException(
          file.toString(),
          "is a teacher, which needs the embeddings of its prompts, or CLIP to make them");
    }
    return PromptEncoder.encode(
        options.text().get(),
        options.promptList().map(Prompts::read).orElseGet(Prompts::published));
  }

  private void requireSpace(ModelCard card, ImportOptions options) throws IOException {
    long needed = bytes(card, options);
    Path folder = store.folder().toAbsolutePath();
    while (Files.notExists(folder)) {
      folder = folder.getParent();
    }
    long free = Files.getFileStore(folder).getUsableSpace();
    if (free < needed) {
      throw new ModelException(
          folder.toString(),
          "the model takes %.1f GB, and %.1f GB are free there; let DPIQA_HOME name another folder"
              .formatted(needed / 1e9, free / 1e9));
    }
  }

  private static long bytes(ModelCard card, ImportOptions options) {
    return card.parameters() * (options.halfPrecision() ? 2 : 4);
  }

  private static ModelCard card(
      Path checkpoint, ImportOptions options, Weights weights, ScoringNetwork network)
      throws IOException {
    Map<String, String> provenance = new LinkedHashMap<>();
    provenance.put("source", checkpoint.getFileName().toString());
    try (InputStream in = Files.newInputStream(checkpoint)) {
      provenance.put("source sha256", ModelFile.sha256(in));
    }
    weights.metadata().forEach(provenance::putIfAbsent);
    provenance.remove(INPUT_SIZE);
    String stated = provenance.remove(LICENCE);

    provenance.putAll(network.choices());
    if (options.halfPrecision()) {
      provenance.put("precision", "kernels and matrices in 16-bit floats");
    }

    Shapes shapes = network.shapes();
    ModelCard card =
        new ModelCard(
            ModelCard.FORMAT,
            options.name(),
            network.description(),
            network.inputSize(),
            shapes.parameters(),
            shapes.multiplyAdds(),
            options.licence().orElse(stated == null ? UNKNOWN_LICENCE : stated),
            provenance,
            List.of());
    int length = card.toJson().length();
    if (length > MAX_CARD) {
      throw new ModelException(
          checkpoint.toString(),
          "its metadata of %d characters is more than the %d that a model may carry; save it with less"
              .formatted(length, MAX_CARD));
    }
    return card;
  }

  /** Side of the picture: what the checkpoint says, or the published students'. */
  private static int inputSize(Path checkpoint, Weights weights) {
    String text = weights.metadata().get(INPUT_SIZE);
    if (text == null) {
      return StudentCheckpoint.PUBLISHED_SIZE;
    }
    if (!text.matches("[1-9][0-9]{1,3}") || Integer.parseInt(text) > MAX_INPUT_SIZE) {
      throw new ModelException(
          checkpoint.toString(),
          "its %s is %s, not 10 to %d pixels".formatted(INPUT_SIZE, text, MAX_INPUT_SIZE));
    }
    return Integer.parseInt(text);
  }

  private static void write(
      Weights weights, ScoringNetwork network, ModelCard card, ImportOptions options, Path onnx)
      throws IOException {
    OnnxGraph graph = new OnnxGraph(weights, options.halfPrecision());
    graph.output("score", network.score(graph, graph.image(card.inputSize())));
    Map<String, String> metadata = Map.of(ModelCard.METADATA_KEY, card.toJson());
    if (bytes(card, options) > MAX_ONE_FILE) {
      graph.writeWithData(onnx, metadata);
    } else {
      try (OutputStream out = Files.newOutputStream(onnx)) {
        graph.write(out, metadata);
      }
    }
  }

  /** Scores reference photographs with the model to be, for the quantiles 0 %, 1 % … 100 %. */
  private static List<Double> referenceScores(
      Weights weights, ScoringNetwork network, ModelCard card, ImportOptions options)
      throws IOException {
    Path folder = Files.createTempDirectory("dpiqa-");
    Path onnx = folder.resolve(ModelFile.IN_FOLDER);
    try {
      write(weights, network, card, options, onnx);
      DoubleStream.Builder scores = DoubleStream.builder();
      try (QualityModel model = QualityModel.load(onnx)) {
        model.scoreAll(options.reference().iterator(), outcome -> scores.add(raw(outcome)));
      }
      double[] sorted = scores.build().sorted().toArray();
      return IntStream.rangeClosed(0, 100).mapToObj(q -> quantile(sorted, q / 100.0)).toList();
    } finally {
      Files.deleteIfExists(ModelFile.weights(onnx));
      Files.deleteIfExists(onnx);
      Files.delete(folder);
    }
  }

  private static double raw(Outcome outcome) {
    return outcome
        .score()
        .map(Score::raw)
        .orElseThrow(
            () ->
                new ModelException(
                    outcome.path().toString(),
                    "cannot be a reference: " + outcome.error().orElseThrow().getMessage()));
  }

  private static double quantile(double[] sorted, double probability) {
    double position = probability * (sorted.length - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }
}
