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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
  private static final String MEAN = ".running_mean";
  private static final String VARIANCE = ".running_var";
  private static final String POOLED_HEAD = "fc.weight";

  /**
   * What a student that begins to level makes of brightness, until it learns: so much of the scale
   * of scores for all of the scale of light, and as much again where a picture stays dark.
   */
  private static final float BRIGHTNESS = 0.12f;

  private static final String LICENCE = "licence";
  private static final List<String> CARRIED = List.of("data", LICENCE, "recipe");
  private static final String BEFORE = " before";
  private static final String BETWEEN = "; ";

  /** What can be read again and again. */
  @FunctionalInterface
  private interface Source {
    Weights open() throws IOException;
  }

  /**
   * One file or model.
   *
   * @param fitting names of its tensors that fit
   * @param folded whether BatchNorm is folded into its convolutions, as in a model and in what was
   *     learnt from one: the same numbers mean something else then
   * @param metadata what it says of itself
   */
  private record Part(
      String name,
      String sha256,
      Source source,
      Set<String> fitting,
      boolean folded,
      Map<String, String> metadata) {

    /** The entries of what it says, each once, last learnt first. */
    List<String> told(String about) {
      return Stream.of(about, about + BEFORE)
          .map(metadata::get)
          .filter(Objects::nonNull)
          .flatMap(text -> Stream.of(text.split(BETWEEN)))
          .distinct()
          .toList();
    }

    /** A tensor that another lacks, if there is one; counters are no part of a mean. */
    Optional<String> lackedBy(Part other) {
      return fitting.stream()
          .filter(tensor -> !tensor.endsWith(COUNTER) && !other.fitting.contains(tensor))
          .sorted()
          .findFirst();
    }
  }

  private final Map<String, Shape> owned;
  private final List<Part> parts;

  private InitialWeights(Map<String, Shape> owned, List<Part> parts) {
    this.owned = owned;
    this.parts = List.copyOf(parts);
  }

  /**
   * Weights for the student of a recipe.
   *
   * @param nameOrFile {@code built-in}, the name of a model in the store, or a file: safetensors,
   *     PyTorch's, or an ONNX model made by dpiqa; must stay as it is while training begins
   * @throws io.dpiqa.ModelException if it is no file of weights
   * @throws TrainingException if it lacks a tensor of the student's backbone, or its head reads
   *     brightness and the student's does not
   * @throws IOException if it cannot be read
   */
  public static InitialWeights of(String nameOrFile, StudentRecipe recipe) throws IOException {
    return meanOf(List.of(nameOrFile), recipe);
  }

  /**
   * The mean of weights that were learnt from the same beginning, or one from another: it may well
   * rank better than any of them (Wortsman et al., "Model soups", arXiv 2203.05482).
   *
   * @param namesOrFiles at least one, each as in {@link #of}; what was learnt last comes first
   * @throws TrainingException if they do not hold the same tensors, and otherwise as {@link #of}
   */
  public static InitialWeights meanOf(List<String> namesOrFiles, StudentRecipe recipe)
      throws IOException {
    List<Part> parts = new ArrayList<>();
    for (String nameOrFile : namesOrFiles) {
      parts.add(part(nameOrFile, recipe));
    }
    for (int i = 1; i < parts.size(); i++) {
      requireMean(namesOrFiles.get(0), parts.get(0), namesOrFiles.get(i), parts.get(i));
    }
    return new InitialWeights(recipe.shapes(1, recipe.cropSize()).tensors(), parts);
  }

  private static void requireMean(String nameOrFile, Part part, String otherName, Part other) {
    part.lackedBy(other)
        .or(() -> other.lackedBy(part))
        .ifPresent(
            tensor -> {
              throw new TrainingException(
                  "%s and %s have no mean: only one of them has %s"
                      .formatted(nameOrFile, otherName, tensor));
            });
    if (part.folded != other.folded) {
      throw new TrainingException(
          "%s and %s have no mean: BatchNorm is folded into the convolutions of %s, as in every model"
              .formatted(nameOrFile, otherName, part.folded ? nameOrFile : otherName));
    }
  }

  private static Part part(String nameOrFile, StudentRecipe recipe) throws IOException {
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
    return part(name, bytes, () -> Weights.open(file), Optional.empty(), recipe);
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

  private static Part ofModel(String name, Bytes onnx, StudentRecipe recipe) throws IOException {
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
      return part(name, onnx, source, Optional.of(ModelFile.readCard(in, name)), recipe);
    }
  }

  private static Part part(
      String name, Bytes bytes, Source source, Optional<ModelCard> card, StudentRecipe recipe)
      throws IOException {
    Shapes shapes = recipe.shapes(1, recipe.cropSize());
    Map<String, Shape> owned = shapes.tensors();
    try (Weights weights = source.open();
        InputStream in = new BufferedInputStream(bytes.open())) {
      Weights fitting = fitting(weights, owned);
      owned.keySet().stream()
          .filter(tensor -> tensor.startsWith(STUDENT) && !tensor.endsWith(COUNTER))
          .filter(tensor -> !fitting.names().contains(tensor))
          .findFirst()
          .ifPresent(
              tensor -> {
                throw new TrainingException(
                    "%s: has no %s %s, which %s begins with; it must hold its backbone"
                        .formatted(name, tensor, owned.get(tensor), recipe.student()));
              });
      if (readsBrightness(weights, owned.get(POOLED_HEAD))) {
        throw new TrainingException(
            "%s: is of a student that levels pictures, and the recipe's does not; make the recipe's head LEVELLED"
                .formatted(name));
      }
      Map<String, String> metadata =
          new HashMap<>(card.map(ModelCard::provenance).orElse(weights.metadata()));
      card.ifPresent(model -> metadata.put(LICENCE, model.licence()));
      metadata.putIfAbsent(LICENCE, "unknown");
      return new Part(
          name,
          ModelFile.sha256(in),
          source,
          Set.copyOf(fitting.names()),
          isFolded(fitting, shapes.epsilons()),
          Map.copyOf(metadata));
    }
  }

  private static boolean isFolded(Weights weights, Map<String, Double> epsilons) {
    return epsilons.entrySet().stream()
        .filter(norm -> weights.names().contains(norm.getKey() + MEAN))
        .allMatch(
            norm ->
                FoldedWeights.areStatistics(
                    weights.tensor(norm.getKey() + MEAN).toFloats(),
                    weights.tensor(norm.getKey() + VARIANCE).toFloats(),
                    norm.getValue()));
  }

  /**
   * The tensors that have the name and the shape of one that the student owns, and a head that
   * lacks no more than brightness.
   */
  private static Weights fitting(Weights weights, Map<String, Shape> owned) {
    return weights.map(
        tensor -> {
          Tensor named = tensor.named(studentName(tensor.name()));
          Shape shape = owned.get(named.name());
          return lacksBrightness(named, shape)
              ? Optional.of(withBrightness(named, shape))
              : Optional.of(named).filter(same -> fits(same, shape));
        });
  }

  /** Whether the head reads brightness, and that of the student to be does not. */
  private static boolean readsBrightness(Weights weights, Shape owned) {
    return owned != null
        && weights.names().contains(POOLED_HEAD)
        && differs(weights.tensor(POOLED_HEAD), owned, 1);
  }

  /** Whether it is the head of a student that does not level, and the one to be does. */
  private static boolean lacksBrightness(Tensor tensor, Shape owned) {
    return owned != null && tensor.name().equals(POOLED_HEAD) && differs(tensor, owned, -1);
  }

  /**
   * Whether a head reads one feature more or less; nothing but brightness makes their number odd.
   */
  private static boolean differs(Tensor head, Shape owned, int features) {
    return Arrays.equals(head.shape(), new long[] {1, owned.size(1) + features});
  }

  private static Tensor withBrightness(Tensor head, Shape shape) {
    float[] weights = Arrays.copyOf(head.toFloats(), Math.toIntExact(shape.size(1)));
    weights[weights.length - 1] = BRIGHTNESS;
    return Tensor.of(head.name(), shape.sizes(), weights);
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
    return parts.get(0).fitting.contains(name);
  }

  /** Gives parameters the tensors that fit, or the means of those. */
  void copyTo(Parameters parameters) throws IOException {
    List<Weights> opened = new ArrayList<>();
    try {
      for (Part part : parts) {
        opened.add(fitting(part.source.open(), owned));
      }
      Weights first = opened.get(0);
      parameters.take(
          opened.size() == 1 ? first : first.map(tensor -> Optional.of(mean(tensor, opened))));
    } finally {
      opened.forEach(Weights::close);
    }
  }

  private static Tensor mean(Tensor first, List<Weights> all) {
    return first.name().endsWith(COUNTER)
        ? first
        : Tensor.lazy(first.name(), DType.F32, first.shape(), () -> means(first, all).bytes());
  }

  private static Tensor means(Tensor first, List<Weights> all) {
    double[] sums = new double[first.elements()];
    for (Weights weights : all) {
      float[] values = weights.tensor(first.name()).toFloats();
      Arrays.setAll(sums, i -> sums[i] + values[i]);
    }
    float[] means = new float[sums.length];
    for (int i = 0; i < means.length; i++) {
      means[i] = (float) (sums[i] / all.size());
    }
    return Tensor.of(first.name(), first.shape(), means);
  }

  /** Of all of them, in their order. */
  String sha256() {
    return parts.stream().map(Part::sha256).collect(Collectors.joining(", "));
  }

  /**
   * Adds to what a weights file says which weights these are, what they had learnt from and how,
   * and under which licence they are, the last first.
   */
  void addTo(Map<String, String> provenance) {
    provenance.put("begun with", this + ", " + sha256());
    for (String name : CARRIED) {
      List<String> before = new ArrayList<>();
      List<String> known = List.of(provenance.getOrDefault(name, "").split(BETWEEN));
      for (Part part : parts) {
        // What was learnt on the way from one part to another is told by both.
        List<String> told = List.copyOf(before);
        part.told(name).stream()
            .filter(entry -> !known.contains(entry) && !told.contains(entry))
            .forEach(before::add);
      }
      if (!before.isEmpty()) {
        provenance.put(name + BEFORE, String.join(BETWEEN, before));
      }
    }
  }

  /** For instance {@code 358 of 360 tensors of efficientnet_b0.pth}. */
  @Override
  public String toString() {
    String names = parts.stream().map(Part::name).collect(Collectors.joining(", "));
    return "%d of %d tensors of %s%s"
        .formatted(
            parts.get(0).fitting.size(),
            owned.size(),
            parts.size() == 1 ? "" : "the mean of ",
            names);
  }
}
