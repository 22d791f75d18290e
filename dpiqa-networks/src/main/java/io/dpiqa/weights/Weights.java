package io.dpiqa.weights;

import java.io.Closeable;
import java.io.IOException;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/** The named tensors of a network, in the order of their file. */
public final class Weights implements AutoCloseable {
  private final Map<String, Tensor> tensors;
  private final Map<String, String> metadata;
  private final Closeable file;

  private Weights(Map<String, Tensor> tensors, Map<String, String> metadata, Closeable file) {
    this.tensors = tensors;
    this.metadata = metadata;
    this.file = file;
  }

  /**
   * Tensors in memory.
   *
   * @throws IllegalArgumentException if two have the same name
   */
  public static Weights of(Collection<Tensor> tensors) {
    return of(tensors, Map.of(), () -> {});
  }

  /** Tensors in memory; see {@link #of(Collection)}. */
  public static Weights of(Tensor... tensors) {
    return of(List.of(tensors));
  }

  /** Tensors that are read from a file, which closing the weights closes. */
  static Weights of(Collection<Tensor> tensors, Map<String, String> metadata, Closeable file) {
    Map<String, Tensor> byName = new LinkedHashMap<>();
    for (Tensor tensor : tensors) {
      if (byName.put(tensor.name(), tensor) != null) {
        throw new IllegalArgumentException("two tensors are named " + tensor.name());
      }
    }
    return new Weights(
        Collections.unmodifiableMap(byName),
        Collections.unmodifiableMap(new LinkedHashMap<>(metadata)),
        file);
  }

  /** Names of the tensors, in the order of the file. */
  public Set<String> names() {
    return tensors.keySet();
  }

  /** The tensors, in the order of the file. */
  public Collection<Tensor> tensors() {
    return tensors.values();
  }

  /**
   * The tensor of that name.
   *
   * @throws NoSuchElementException if there is none
   */
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new NoSuchElementException("no tensor is named " + name);
    }
    return tensor;
  }

  /** What the file says about itself; empty where it says nothing. */
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
