package io.dpiqa.weights;

import io.dpiqa.ModelException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** The named tensors of a network, in the order of their file. */
public final class Weights implements AutoCloseable {
  private static final String WRAPPER = "module.";

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

  /**
   * Opens a weights file: safetensors, or a PyTorch checkpoint ({@code .pth}, zip or legacy). The
   * content tells which, not the name. Nothing of a checkpoint is ever executed. Tensors are read
   * when they are asked for.
   *
   * <p>Of a checkpoint, what is not a tensor is left out. Where the state dict lies in a dictionary
   * with other things, as in {@code {"params": …, "epoch": 3}}, the tensors get its names;
   * otherwise tensors in nested dictionaries get names joined by dots. Where all names begin with
   * {@code module.}, as PyTorch's DataParallel makes them, they lose it.
   *
   * @throws ModelException if the file is missing, damaged, something else, or asks for more than
   *     tensors
   */
  public static Weights open(Path file) {
    try {
      ByteBuffer start = start(file);
      if (Safetensors.recognises(start)) {
        return withoutWrapper(Safetensors.open(file));
      }
      if (PytorchCheckpoint.recognisesZip(start)) {
        return withoutWrapper(PytorchCheckpoint.openZip(file));
      }
      if (PytorchCheckpoint.recognisesLegacy(start)) {
        return withoutWrapper(PytorchCheckpoint.openLegacy(file));
      }
      throw new ModelException(file.toString(), describe(start));
    } catch (NoSuchFileException e) {
      throw new ModelException(file.toString(), "no such file", e);
    } catch (IOException e) {
      throw new ModelException(file.toString(), "cannot be read: " + e.getMessage(), e);
    }
  }

  private static Weights withoutWrapper(Weights read) {
    if (!read.names().stream().allMatch(name -> name.startsWith(WRAPPER))) {
      return read;
    }
    return read.map(t -> Optional.of(t.named(t.name().substring(WRAPPER.length()))));
  }

  private static ByteBuffer start(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new ModelException(file.toString(), "a folder, not a weights file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return ByteBuffer.wrap(in.readNBytes(512));
    }
  }

  /** What a file that holds no weights seems to be instead. */
  private static String describe(ByteBuffer start) {
    String text = StandardCharsets.ISO_8859_1.decode(start).toString();
    if (text.isEmpty()) {
      return "not weights but an empty file; fetch it again";
    }
    if (text.startsWith("version https://git-lfs")) {
      return "not weights but a Git LFS pointer; fetch the file itself with git lfs pull";
    }
    if (text.stripLeading().startsWith("<")) {
      return "not weights but a web page; the download went wrong, fetch it again";
    }
    if (text.startsWith("\u001f\u008b")) {
      return "not weights but compressed with gzip; unpack it first";
    }
    if (text.startsWith("\u0089HDF")) {
      return "not weights but an HDF5 file, as Keras writes them; save the weights as safetensors";
    }
    if (text.startsWith("ustar", 257)) {
      return "not weights but a tar archive; unpack it, or save the weights again with torch.save";
    }
    return "neither safetensors nor a PyTorch checkpoint";
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

  /**
   * The tensors of several files as one; closing it closes them all.
   *
   * @throws IllegalArgumentException if two tensors have the same name
   */
  public static Weights union(List<Weights> parts) {
    return of(
        parts.stream().flatMap(part -> part.tensors().stream()).toList(),
        Map.of(),
        () -> parts.forEach(Weights::close));
  }

  /**
   * These weights with each tensor changed, or left out where the change gives nothing. Nothing is
   * read; closing the result closes the file.
   *
   * @throws IllegalArgumentException if two tensors get the same name
   */
  public Weights map(Function<Tensor, Optional<Tensor>> change) {
    return of(tensors().stream().flatMap(t -> change.apply(t).stream()).toList(), metadata, file);
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
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
