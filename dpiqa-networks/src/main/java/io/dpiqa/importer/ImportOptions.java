package io.dpiqa.importer;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * How a checkpoint is to be imported. Immutable: each choice gives new options.
 *
 * <pre>{@code
 * ImportOptions.named("teacher").withText(clip).withHalfPrecision(true)
 * }</pre>
 */
public final class ImportOptions implements Cloneable {
  final String name;
  boolean replace;
  Optional<String> licence = Optional.empty();
  Map<String, String> notes = Map.of();
  List<Path> reference = List.of();
  Optional<Path> prompts = Optional.empty();
  Optional<Path> text = Optional.empty();
  Optional<Path> promptList = Optional.empty();
  Optional<Path> config = Optional.empty();
  OptionalInt timestep = OptionalInt.empty();
  OptionalLong latentSeed = OptionalLong.empty();
  boolean halfPrecision;

  private ImportOptions(String name) {
    this.name = name;
  }

  /** Imports under that name, which must be free, with the checkpoint's own licence. */
  public static ImportOptions named(String name) {
    return new ImportOptions(name);
  }

  /** Whether a model of that name may be replaced. */
  public ImportOptions replacing(boolean replace) {
    return with(options -> options.replace = replace);
  }

  /** Licence of the weights, if other than what the checkpoint states. */
  public ImportOptions withLicence(Optional<String> licence) {
    return with(options -> options.licence = licence);
  }

  /** What the model is to tell besides what the checkpoint states, by what it is about. */
  public ImportOptions withNotes(Map<String, String> texts) {
    Map<String, String> notes = Collections.unmodifiableMap(new LinkedHashMap<>(texts));
    return with(options -> options.notes = notes);
  }

  /** Photographs that percentiles are measured against; none for no percentiles. */
  public ImportOptions withReference(List<Path> photographs) {
    List<Path> reference = List.copyOf(photographs);
    return with(options -> options.reference = reference);
  }

  /**
   * File with the embeddings of a teacher's prompts: a tensor {@code embeddings} {@code [prompts,
   * width]}.
   */
  public ImportOptions withPrompts(Path embeddings) {
    return with(options -> options.prompts = Optional.of(embeddings));
  }

  /** CLIP's folder or weights, to encode a teacher's prompts with, instead of the former. */
  public ImportOptions withText(Path clip) {
    return with(options -> options.text = Optional.of(clip));
  }

  /** File with the prompts to encode, one a line, instead of the published ones. */
  public ImportOptions withPromptList(Path list) {
    return with(options -> options.promptList = Optional.of(list));
  }

  /**
   * Folder of the Stable Diffusion that a teacher was made of, with {@code unet/config.json} and
   * {@code vae/config.json}: they tell the number of heads and the scale of latents, which tensors
   * do not show. Without it they are those of Stable Diffusion 1.5.
   */
  public ImportOptions withConfig(Path stableDiffusion) {
    return with(options -> options.config = Optional.of(stableDiffusion));
  }

  /**
   * Timestep that a teacher is read at, 0 to 999; otherwise what it was trained at, 1 as published.
   */
  public ImportOptions withTimestep(int timestep) {
    return with(options -> options.timestep = OptionalInt.of(timestep));
  }

  /**
   * Seed with which a teacher draws latents; otherwise as it was trained, their mean as published.
   */
  public ImportOptions withLatentSeed(OptionalLong seed) {
    return with(options -> options.latentSeed = seed);
  }

  /** Whether kernels and matrices are stored as 16-bit floats, in half the space. */
  public ImportOptions withHalfPrecision(boolean half) {
    return with(options -> options.halfPrecision = half);
  }

  private ImportOptions with(Consumer<ImportOptions> choice) {
    ImportOptions options = clone();
    choice.accept(options);
    return options;
  }

  @Override
  protected ImportOptions clone() {
    try {
      return (ImportOptions) super.clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError("options can be cloned", e);
    }
  }

  /** One of the choices that only a teacher leaves open, if any was made. */
  Optional<String> choiceOfTeachers() {
    Map<String, Boolean> choices = new LinkedHashMap<>();
    choices.put("embeddings of prompts", prompts.isPresent());
    choices.put("CLIP", text.isPresent());
    choices.put("list of prompts", promptList.isPresent());
    choices.put("configuration of Stable Diffusion", config.isPresent());
    choices.put("timestep", timestep.isPresent());
    choices.put("seed of latents", latentSeed.isPresent());
    return choices.keySet().stream().filter(choices::get).findFirst();
  }

  /** Whether a checkpoint is read in another way than it says. */
  boolean changesScores() {
    return timestep.isPresent()
        || latentSeed.isPresent()
        || prompts.isPresent()
        || text.isPresent();
  }
}
