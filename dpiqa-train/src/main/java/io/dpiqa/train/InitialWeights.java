package io.dpiqa.train;

import io.dpiqa.ModelException;
import io.dpiqa.model.ModelCard;
import io.dpiqa.model.ModelFile;
import io.dpiqa.model.ModelStore;
import io.dpiqa.network.FoldedWeights;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.torch.Parameters;
import io.dpiqa.weights.DType;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Weights that a student begins with instead of random ones: of a backbone, as torchvision and
 * {@link BackboneTrainer} name its tensors, of another student with the same backbone, or of a
 * model that one became.
 */
public final class InitialWeights {
  private static final String TORCHVISION = "features.";
  private static final String STUDENT = "base_model.features.";
  private static final String COUNTER = ".num_batches_tracked";
  private static final List<String> CARRIED = List.of("data", "recipe");
  private static final String BEFORE = " before";

  /** What can be read again and again. */
  @FunctionalInterface
  private interface Source {
    Weights open() throws IOException;
  }

  private final String name;
  private final String sha256;
  private final Source source;
  private final Map<String, Shape> owned;
  private final Set<String> fitting;
  private final Map<String, String> metadata;

  private InitialWeights(
      String name,
      String sha256,
      Source source,
      Map<String, Shape> owned,
      Set<String> fitting,
      Map<String, String> metadata) {
    this.name = name;
    this.sha256 = sha256;
    this.source = source;
    this.owned = owned;
    this.fitting = fitting;
    this.metadata = Map.copyOf(metadata);
  }

  /**
   * Weights for the student of a recipe.
   *
   * @param nameOrFile {@code built-in}, the name of a model in the store, or a file: safetensors,
   *     PyTorch's, or an ONNX model made by dpiqa; must stay as it is while training begins
   * @throws io.dpiqa.ModelException if it is no file of weights
   * @throws TrainingException if it lacks a tensor of the student's backbone
   * @throws IOException if it cannot be read
   */
  public static InitialWeights of(String nameOrFile, StudentRecipe recipe) throws IOException {
    if (nameOrFile.equals(ModelStore.BUILT_IN)) {
      return ofModel(nameOrFile, ModelFile::openBuiltIn, recipe);
    }
    Path file = Path.of(nameOrFile);
    Optional<ModelFile> model = ModelStore.open().find(nameOrFile).or(() -> model(file));
    if (model.isPresent()) {
      Path onnx = model.get().path();
      return ofModel(model.get().card().name(), () -> Files.newInputStream(onnx), recipe);
    }
    String name = file.getFileName().toString();
    Bytes bytes = () -> Files.newInputStream(file);
    return of(name, bytes, () -> Weights.open(file), Optional.empty(), recipe);
  }

  private static Optional<ModelFile> model(Path file) {
    try {
      return Optional.of(ModelFile.read(file));
    } catch (ModelException e) {
      if (file.toString().endsWith(".onnx")) {
        throw e;
      }
      return Optional.empty(); // perhaps a file of weights
    }
  }

  @FunctionalInterface
  private interface Bytes {
    InputStream open() throws IOException;
  }

  private static InitialWeights ofModel(String name, Bytes onnx, StudentRecipe recipe)
      throws IOException {
    Shapes shapes = recipe.shapes(1, recipe.cropSize());
    Source source =
        () -> {
          try (InputStream in = onnx.open()) {
            return FoldedWeights.read(in, shapes);
          } catch (IllegalArgumentException e) {
            throw new TrainingException(name + ": " + e.getMessage(), e);
          }
        };
    try (InputStream in = new BufferedInputStream(onnx.open())) {
      return of(name, onnx, source, Optional.of(ModelFile.readCard(in, name)), recipe);
    }
  }

  private static InitialWeights of(
      String name, Bytes bytes, Source source, Optional<ModelCard> card, StudentRecipe recipe)
      throws IOException {
    Map<String, Shape> owned = recipe.shapes(1, recipe.cropSize()).tensors();
    try (Weights weights = source.open();
        InputStream in = new BufferedInputStream(bytes.open())) {
      Set<String> fitting = Set.copyOf(fitting(weights, owned).names());
      owned.keySet().stream()
          .filter(tensor -> tensor.startsWith(STUDENT) && !tensor.endsWith(COUNTER))
          .filter(tensor -> !fitting.contains(tensor))
          .findFirst()
          .ifPresent(
              tensor -> {
                throw new TrainingException(
                    "%s: has no %s %s, which %s begins with; it must hold its backbone"
                        .formatted(name, tensor, owned.get(tensor), recipe.student()));
              });
      Map<String, String> metadata = card.map(ModelCard::provenance).orElse(weights.metadata());
      return new InitialWeights(name, ModelFile.sha256(in), source, owned, fitting, metadata);
    }
  }

  /** The tensors that have the name and the shape of one that the student owns. */
  private static Weights fitting(Weights weights, Map<String, Shape> owned) {
    return weights.map(
        tensor ->
            Optional.of(tensor.named(studentName(tensor.name())))
                .filter(named -> fits(named, owned.get(named.name()))));
  }

  private static String studentName(String name) {
    return name.startsWith(TORCHVISION) ? STUDENT + name.substring(TORCHVISION.length()) : name;
  }

  private static boolean fits(Tensor tensor, Shape shape) {
    boolean counts = tensor.dtype() == DType.I64;
    return shape != null
        && Arrays.equals(tensor.shape(), shape.sizes())
        && counts == tensor.name().endsWith(COUNTER);
  }

  /** Whether a tensor of this name is among those that fit. */
  boolean has(String name) {
    return fitting.contains(name);
  }

  /** Gives parameters the tensors that fit. */
  void copyTo(Parameters parameters) throws IOException {
    try (Weights weights = source.open()) {
      parameters.take(fitting(weights, owned));
    }
  }

  String sha256() {
    return sha256;
  }

  /**
   * Adds to what a weights file says which weights these are, and what they had learnt from and
   * how, the last first.
   */
  void addTo(Map<String, String> provenance) {
    provenance.put("begun with", this + ", " + sha256);
    for (String name : CARRIED) {
      String before =
          Stream.of(name, name + BEFORE)
              .map(metadata::get)
              .filter(text -> text != null && !text.equals(provenance.get(name)))
              .collect(Collectors.joining("; "));
      if (!before.isEmpty()) {
        provenance.put(name + BEFORE, before);
      }
    }
  }

  /** For instance {@code 358 of 360 tensors of efficientnet_b0.pth}. */
  @Override
  public String toString() {
    return "%d of %d tensors of %s".formatted(fitting.size(), owned.size(), name);
  }
}
