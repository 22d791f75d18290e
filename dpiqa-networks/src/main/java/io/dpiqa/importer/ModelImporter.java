package io.dpiqa.importer;

import io.dpiqa.ModelException;
import io.dpiqa.Outcome;
import io.dpiqa.QualityModel;
import io.dpiqa.Score;
import io.dpiqa.model.Calibration;
import io.dpiqa.model.ModelCard;
import io.dpiqa.model.ModelFile;
import io.dpiqa.model.ModelStore;
import io.dpiqa.network.Configuration;
import io.dpiqa.network.OnnxGraph;
import io.dpiqa.network.Shapes;
import io.dpiqa.text.Prompts;
import io.dpiqa.weights.FreeMemory;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.DoubleStream;

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
  private final ImportListener listener;
  private final LongSupplier memory;

  /** An importer into that store. */
  public ModelImporter(ModelStore store) {
    this(store, ImportListener.NONE);
  }

  /** An importer into that store that tells how far it is. */
  public ModelImporter(ModelStore store, ImportListener listener) {
    this(store, listener, FreeMemory::bytes);
  }

  /**
   * @param memory bytes that are free
   */
  ModelImporter(ModelStore store, ImportListener listener, LongSupplier memory) {
    this.store = store;
    this.listener = listener;
    this.memory = memory;
  }

  /**
   * Imports a checkpoint: recognises the network, validates every tensor, folds BatchNorm, and adds
   * the model to the store, whole or not at all.
   *
   * @param checkpoint a {@code .pth} or {@code .safetensors} file; told apart by its content
   * @throws ModelException if the file is refused, holds no network that is known, does not fit it,
   *     the name cannot be used, or there is too little memory or space on the disk
   * @throws IOException if reading or writing fails
   */
  public ModelFile add(Path checkpoint, ImportOptions options) throws IOException {
    store.requireFree(options.name, options.replace);
    try (Pretrained pretrained = Pretrained.open(checkpoint)) {
      Weights weights = pretrained.weights();
      ScoringNetwork network = network(checkpoint, pretrained, options);
      requireRoom(checkpoint, network, options);
      Fit.require(checkpoint.toString(), network, weights, listener);
      ModelCard card = card(checkpoint, options, weights, network);
      if (!options.reference.isEmpty()) {
        card = card.withReferenceScores(referenceScores(weights, network, card, options));
      }
      ModelCard complete = card;
      return store.add(
          options.name, options.replace, onnx -> write(weights, network, complete, options, onnx));
    }
  }

  private ScoringNetwork network(Path checkpoint, Pretrained pretrained, ImportOptions options)
      throws IOException {
    String file = checkpoint.toString();
    Weights weights = pretrained.weights();
    if (pretrained.kind() == Pretrained.Kind.TEACHER) {
      return TeacherCheckpoint.read(file, weights, prompts(checkpoint, weights, options), options);
    }
    if (pretrained.kind() != Pretrained.Kind.STUDENT) {
      throw new ModelException(
          file,
          "is %s, which gives no scores by itself; make a teacher of Stable Diffusion with dpiqa train teacher, or import a teacher's or a student's checkpoint"
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
    options
        .choiceOfTeachers()
        .ifPresent(
            choice -> {
              throw new ModelException(
                  file, "is a student, which has no use for a teacher's " + choice);
            });
    return student;
  }

  private PromptEmbeddings prompts(Path file, Weights weights, ImportOptions options)
      throws IOException {
    if (options.prompts.isPresent()) {
      return PromptEmbeddings.read(options.prompts.get());
    }
    if (options.text.isEmpty() && weights.names().contains(Configuration.PROMPTS)) {
      return PromptEmbeddings.read(file, Configuration.PROMPTS);
    }
    if (options.text.isEmpty()) {
      throw new ModelException(
          file.toString(),
          "is a teacher, which needs the embeddings of its prompts, or CLIP to make them");
    }
    return PromptEncoder.encode(
        options.text.get(),
        options.promptList.map(Prompts::read).orElseGet(Prompts::published),
        listener);
  }

  /** Requires memory and space on the disk, before work is spent. */
  private void requireRoom(Path checkpoint, ScoringNetwork network, ImportOptions options)
      throws IOException {
    Shapes shapes = network.shapes();
    Memory.require(checkpoint.toString(), shapes, options, memory.getAsLong());
    long bytes = bytes(shapes, options);
    Space.require(store.folder(), "the model", bytes, "let DPIQA_HOME name another folder");
    if (!options.reference.isEmpty()) {
      Space.requireTemporary("a copy of the model, to score the reference with,", bytes);
    }
  }

  /** Whether the graph holds the weights, which are all in memory while it is written. */
  static boolean isOneFile(Shapes shapes, ImportOptions options) {
    return bytes(shapes, options) <= MAX_ONE_FILE;
  }

  private static long bytes(Shapes shapes, ImportOptions options) {
    return shapes.parameters() * (options.halfPrecision ? Short.BYTES : Float.BYTES);
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
    String measured = provenance.remove(Calibration.METADATA_KEY);
    // It is of the network as it was trained, not of one that is read in another way.
    Calibration calibration = calibration(checkpoint, options.changesScores() ? null : measured);

    provenance.putAll(network.choices());
    options.config.ifPresent(
        folder -> provenance.put("configuration", folder.getFileName().toString()));
    if (options.halfPrecision) {
      provenance.put("precision", "kernels and matrices in 16-bit floats");
    }

    options.notes.forEach(
        (about, text) -> {
          if (about.isBlank()) {
            throw new ModelException(
                checkpoint.toString(), "the note \"%s\" must say what it is about".formatted(text));
          }
          if (provenance.putIfAbsent(about, text) != null) {
            throw new ModelException(
                checkpoint.toString(),
                "says itself what its %s is; call the note something else".formatted(about));
          }
        });

    Shapes shapes = network.shapes();
    ModelCard card =
        new ModelCard(
            ModelCard.FORMAT,
            options.name,
            network.description(),
            network.inputSize(),
            shapes.parameters(),
            shapes.multiplyAdds(),
            options.licence.orElse(stated == null ? UNKNOWN_LICENCE : stated),
            provenance,
            calibration.referenceScores(),
            calibration.errorBand());
    int length = card.toJson().length();
    if (length > MAX_CARD) {
      throw new ModelException(
          checkpoint.toString(),
          "its metadata of %d characters is more than the %d that a model may carry; save it with less"
              .formatted(length, MAX_CARD));
    }
    return card;
  }

  private static Calibration calibration(Path checkpoint, String stated) {
    try {
      return stated == null
          ? new Calibration(List.of(), Optional.empty())
          : Calibration.fromJson(stated);
    } catch (IllegalArgumentException e) {
      throw new ModelException(
          checkpoint.toString(),
          "its metadata are damaged (%s); train or download it again".formatted(e.getMessage()),
          e);
    }
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

  private void write(
      Weights weights, ScoringNetwork network, ModelCard card, ImportOptions options, Path onnx)
      throws IOException {
    OnnxGraph graph = new OnnxGraph(telling(weights, network), options.halfPrecision);
    ScoringNetwork.Reading<OnnxGraph.Value> reading =
        network.read(graph, graph.image(card.inputSize()));
    graph.output("score", reading.score());
    reading.map().ifPresent(map -> graph.output("map", map));
    Map<String, String> metadata = Map.of(ModelCard.METADATA_KEY, card.toJson());
    if (isOneFile(network.shapes(), options)) {
      try (OutputStream out = Files.newOutputStream(onnx)) {
        graph.write(out, metadata);
      }
    } else {
      graph.writeWithData(onnx, metadata);
    }
  }

  /** The same weights; each that the network owns tells the listener when it is first read. */
  private Weights telling(Weights weights, ScoringNetwork network) {
    Set<String> unread = new HashSet<>(network.shapes().tensors().keySet());
    unread.retainAll(weights.names());
    int total = unread.size();
    return weights.map(
        tensor ->
            Optional.of(
                Tensor.lazy(
                    tensor.name(),
                    tensor.dtype(),
                    tensor.shape(),
                    () -> {
                      if (unread.remove(tensor.name())) {
                        listener.step("Writing the model", total);
                      }
                      return tensor.bytes();
                    })));
  }

  /** Scores reference photographs with the model to be, for the quantiles 0 %, 1 % … 100 %. */
  private List<Double> referenceScores(
      Weights weights, ScoringNetwork network, ModelCard card, ImportOptions options)
      throws IOException {
    try (TemporaryModel temporary = TemporaryModel.create()) {
      write(weights, network, card, options, temporary.onnx());
      DoubleStream.Builder scores = DoubleStream.builder();
      try (QualityModel model = QualityModel.load(temporary.onnx())) {
        model.scoreAll(
            options.reference.iterator(),
            outcome -> {
              scores.add(raw(outcome));
              listener.step("Scoring the reference", options.reference.size());
            });
      }
      return Calibration.quantiles(scores.build().toArray());
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
}
