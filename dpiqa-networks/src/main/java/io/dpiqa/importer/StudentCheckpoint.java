package io.dpiqa.importer;

import io.dpiqa.ModelException;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
import io.dpiqa.weights.DType;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A student whose weights are all there, each of the right shape and type.
 *
 * @param student the network
 * @param shapes its tensors and cost
 */
record StudentCheckpoint(Student student, Shapes shapes) {

  /** Side of the picture that the published students read. */
  static final int INPUT_SIZE = 512;

  private static final Set<DType> FLOATS = EnumSet.of(DType.F64, DType.F32, DType.F16, DType.BF16);
  private static final String COUNTER = ".num_batches_tracked";
  private static final String VARIANCE = ".running_var";
  private static final int NAMED_TENSORS = 5;

  /**
   * Finds out which student a checkpoint holds, and checks it.
   *
   * @throws ModelException if it is none, or lists what is missing, unexpected or misshapen
   */
  static StudentCheckpoint of(String file, Weights weights, int inputSize) {
    StudentCheckpoint nearest =
        IntStream.rangeClosed(0, 7)
            .boxed()
            .flatMap(b -> Stream.of(Student.published(b), Student.compact(b)))
            .map(student -> read(student, inputSize))
            .max(Comparator.comparingLong(candidate -> candidate.matches(weights)))
            .orElseThrow();
    if (nearest.matches(weights) * 2 < nearest.shapes.tensors().size()) {
      throw new ModelException(
          file,
          "holds no network that dpiqa knows (it has %d tensors, the first of them %s); import a student checkpoint"
              .formatted(
                  weights.names().size(), weights.names().stream().findFirst().orElse("none")));
    }
    nearest.validate(file, weights);
    return nearest;
  }

  private static StudentCheckpoint read(Student student, int inputSize) {
    Shapes shapes = new Shapes();
    student.score(shapes, Shape.of(1, 3, inputSize, inputSize));
    return new StudentCheckpoint(student, shapes);
  }

  private long matches(Weights weights) {
    return shapes.tensors().entrySet().stream()
        .filter(owned -> weights.names().contains(owned.getKey()))
        .filter(owned -> shape(weights, owned.getKey()).equals(owned.getValue()))
        .count();
  }

  private void validate(String file, Weights weights) {
    List<String> missing = new ArrayList<>();
    List<String> misshapen = new ArrayList<>();
    List<String> unusable = new ArrayList<>();
    for (Map.Entry<String, Shape> owned : shapes.tensors().entrySet()) {
      String name = owned.getKey();
      if (name.endsWith(COUNTER)) {
        continue; // No score depends on it, and files converted by other tools lack it.
      }
      if (!weights.names().contains(name)) {
        missing.add(name);
      } else if (!shape(weights, name).equals(owned.getValue())) {
        misshapen.add(weights.tensor(name) + " for " + owned.getValue());
      } else if (!FLOATS.contains(weights.tensor(name).dtype())) {
        unusable.add(weights.tensor(name).toString());
      } else if (!isFinite(weights.tensor(name))) {
        unusable.add(name + ", which has values that are not finite");
      } else if (name.endsWith(VARIANCE) && hasNegative(weights.tensor(name))) {
        unusable.add(name + ", which has negative variances");
      }
    }
    List<String> unexpected =
        weights.names().stream().filter(name -> !shapes.tensors().containsKey(name)).toList();

    List<String> problems =
        Stream.of(
                list("missing", missing),
                list("unexpected", unexpected),
                list("misshapen", misshapen),
                list("unusable", unusable))
            .flatMap(Optional::stream)
            .toList();
    if (!problems.isEmpty()) {
      throw new ModelException(
          file, "does not fit a %s: %s".formatted(student, String.join("; ", problems)));
    }
  }

  private static Optional<String> list(String kind, List<String> tensors) {
    if (tensors.isEmpty()) {
      return Optional.empty();
    }
    int named = Math.min(tensors.size(), NAMED_TENSORS);
    String names = String.join(", ", tensors.subList(0, named));
    String more = tensors.size() > named ? ", …" : "";
    return Optional.of("%d %s (%s%s)".formatted(tensors.size(), kind, names, more));
  }

  private static Shape shape(Weights weights, String name) {
    return Shape.of(weights.tensor(name).shape());
  }

  private static boolean hasNegative(Tensor tensor) {
    for (float value : tensor.toFloats()) {
      if (value < 0) {
        return true;
      }
    }
    return false;
  }

  private static boolean isFinite(Tensor tensor) {
    for (float value : tensor.toFloats()) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }
}
