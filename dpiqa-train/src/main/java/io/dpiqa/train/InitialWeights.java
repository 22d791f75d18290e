package io.dpiqa.train;

import io.dpiqa.model.ModelFile;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
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
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Weights that a student begins with instead of random ones: of an EfficientNet, as torchvision
 * names its tensors, or of another student with the same backbone.
 */
public final class InitialWeights {
  private static final String TORCHVISION = "features.";
  private static final String STUDENT = "base_model.features.";
  private static final String COUNTER = ".num_batches_tracked";

  private final Path file;
  private final String sha256;
  private final Map<String, Shape> owned;
  private final Set<String> fitting;

  private InitialWeights(Path file, String sha256, Map<String, Shape> owned, Set<String> fitting) {
    this.file = file;
    this.sha256 = sha256;
    this.owned = owned;
    this.fitting = fitting;
  }

  /**
   * Weights for the student of a recipe.
   *
   * @param file safetensors or PyTorch's; must stay as it is while training begins
   * @throws io.dpiqa.ModelException if it is no file of weights
   * @throws TrainingException if it lacks a tensor of the student's backbone
   * @throws IOException if it cannot be read
   */
  public static InitialWeights of(Path file, StudentRecipe recipe) throws IOException {
    Student student = recipe.student();
    Shapes shapes = new Shapes();
    student.score(shapes, Shape.of(1, 3, recipe.cropSize(), recipe.cropSize()));
    Map<String, Shape> owned = shapes.tensors();
    try (Weights weights = Weights.open(file);
        InputStream bytes = new BufferedInputStream(Files.newInputStream(file))) {
      Set<String> fitting = Set.copyOf(fitting(weights, owned).names());
      owned.keySet().stream()
          .filter(name -> name.startsWith(STUDENT) && !name.endsWith(COUNTER))
          .filter(name -> !fitting.contains(name))
          .findFirst()
          .ifPresent(
              name -> {
                throw new TrainingException(
                    "%s: has no %s %s, which %s begins with; it must hold its backbone"
                        .formatted(file, name, owned.get(name), student));
              });
      return new InitialWeights(file, ModelFile.sha256(bytes), owned, fitting);
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
  void copyTo(Parameters parameters) {
    try (Weights weights = Weights.open(file)) {
      parameters.take(fitting(weights, owned));
    }
  }

  String sha256() {
    return sha256;
  }

  /** For instance {@code 358 of 360 tensors of efficientnet_b0.pth}. */
  @Override
  public String toString() {
    return "%d of %d tensors of %s".formatted(fitting.size(), owned.size(), file.getFileName());
  }
}
