package io.dpiqa.importer;

import io.dpiqa.ModelException;
import io.dpiqa.network.Shape;
import io.dpiqa.weights.DType;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Whether a checkpoint holds what a network owns. */
final class Fit {
  private static final Set<DType> FLOATS = EnumSet.of(DType.F64, DType.F32, DType.F16, DType.BF16);
  private static final String VARIANCE = ".running_var";
  private static final int NAMED_TENSORS = 5;

  private Fit() {}

  /**
   * Checks that all tensors are there, each of the right shape and type, with finite values.
   *
   * @param file to name in an error
   * @throws ModelException listing what is missing, unexpected, misshapen or unusable
   */
  static void require(
      String file, ScoringNetwork network, Weights weights, ImportListener listener) {
    Map<String, Shape> owned = network.shapes().tensors();
    List<String> missing = new ArrayList<>();
    List<String> misshapen = new ArrayList<>();
    List<String> unusable = new ArrayList<>();
    for (Map.Entry<String, Shape> entry : owned.entrySet()) {
      String name = entry.getKey();
      listener.step("Checking tensors", owned.size());
      if (network.isUnused(name)) {
        continue;
      }
      if (!weights.names().contains(name)) {
        missing.add(name);
      } else if (!shape(weights, name).equals(entry.getValue())) {
        misshapen.add(weights.tensor(name) + " for " + entry.getValue());
      } else {
        problem(weights.tensor(name)).ifPresent(unusable::add);
      }
    }
    List<String> unexpected =
        weights.names().stream()
            .filter(name -> !owned.containsKey(name) && !network.isUnused(name))
            .toList();

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
          file,
          "does not fit a %s: %s".formatted(network.description(), String.join("; ", problems)));
    }
  }

  private static Optional<String> problem(Tensor tensor) {
    if (!FLOATS.contains(tensor.dtype())) {
      return Optional.of(tensor.toString());
    }
    boolean negative = false;
    for (float value : tensor.toFloats()) {
      if (!Float.isFinite(value)) {
        return Optional.of(tensor.name() + ", which has values that are not finite");
      }
      negative |= value < 0;
    }
    return negative && tensor.name().endsWith(VARIANCE)
        ? Optional.of(tensor.name() + ", which has negative variances")
        : Optional.empty();
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

  /** The shape of a tensor that is there. */
  static Shape shape(Weights weights, String name) {
    return Shape.of(weights.tensor(name).shape());
  }
}
