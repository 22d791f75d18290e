package io.dpiqa.importer;

import io.dpiqa.network.Backbone;
import io.dpiqa.network.Operations;
import io.dpiqa.network.Student;
import io.dpiqa.network.Student.Head;
import io.dpiqa.weights.Weights;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;

/**
 * A student.
 *
 * @param student the network
 * @param inputSize side of the picture that it reads
 */
record StudentCheckpoint(Student student, int inputSize) implements ScoringNetwork {

  /** Side of the picture that the published students read. */
  static final int PUBLISHED_SIZE = 512;

  private static final String COUNTER = ".num_batches_tracked";

  /** The student that a checkpoint holds most of. */
  static StudentCheckpoint nearest(Weights weights, int inputSize) {
    return Backbone.all().stream()
        .flatMap(backbone -> Arrays.stream(Head.values()).map(head -> new Student(backbone, head)))
        .map(student -> new StudentCheckpoint(student, inputSize))
        .max(Comparator.comparingLong(candidate -> candidate.matches(weights)))
        .orElseThrow();
  }

  private long matches(Weights weights) {
    return shapes().tensors().entrySet().stream()
        .filter(owned -> weights.names().contains(owned.getKey()))
        .filter(owned -> Fit.shape(weights, owned.getKey()).equals(owned.getValue()))
        .count();
  }

  /** Whether a checkpoint holds at least half of it. */
  boolean isIn(Weights weights) {
    return matches(weights) * 2 >= shapes().tensors().size();
  }

  @Override
  public String description() {
    return student.toString();
  }

  /** Files converted by other tools lack BatchNorm's counters. */
  @Override
  public boolean isUnused(String name) {
    return name.endsWith(COUNTER) && name.startsWith("base_model.");
  }

  @Override
  public Map<String, String> choices() {
    return Map.of();
  }

  @Override
  public <T> Reading<T> read(Operations<T> net, T image) {
    if (student.head().isPooled()) {
      return new Reading<>(Optional.empty(), student.score(net, image));
    }
    T map = student.featureMap(net, student.features(net, image));
    return new Reading<>(Optional.of(map), student.scoreOfMap(net, map));
  }
}
