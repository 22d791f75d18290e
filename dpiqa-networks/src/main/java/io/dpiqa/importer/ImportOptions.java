package io.dpiqa.importer;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a checkpoint is to be imported.
 *
 * @param name of the model in the store
 * @param replace whether it may replace a model of that name
 * @param licence of the weights, if other than what the checkpoint states
 * @param reference photographs that percentiles are measured against; none for no percentiles
 * @param prompts file with the embeddings of a teacher's prompts: a tensor {@code embeddings}
 *     {@code [prompts, width]}
 * @param text CLIP's folder or weights, to encode a teacher's prompts with, instead of the former
 * @param promptList file with the prompts to encode, one a line; the published ones if empty
 * @param timestep that a teacher is read at, 0 to 999; 1 as published
 * @param latentSeed seed with which a teacher draws latents; their mean if empty
 * @param halfPrecision whether kernels and matrices are stored as 16-bit floats, in half the space
 */
public record ImportOptions(
    String name,
    boolean replace,
    Optional<String> licence,
    List<Path> reference,
    Optional<Path> prompts,
    Optional<Path> text,
    Optional<Path> promptList,
    int timestep,
    OptionalLong latentSeed,
    boolean halfPrecision) {

  private static final int PUBLISHED_TIMESTEP = 1;

  /** Imports under that name, which must be free, with the checkpoint's own licence. */
  public static ImportOptions named(String name) {
    return new ImportOptions(
        name,
        false,
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        PUBLISHED_TIMESTEP,
        OptionalLong.empty(),
        false);
  }

  public ImportOptions {
    reference = List.copyOf(reference);
  }

  public ImportOptions replacing(boolean newReplace) {
    return new ImportOptions(
        name,
        newReplace,
        licence,
        reference,
        prompts,
        text,
        promptList,
        timestep,
        latentSeed,
        halfPrecision);
  }

  public ImportOptions withLicence(Optional<String> newLicence) {
    return new ImportOptions(
        name,
        replace,
        newLicence,
        reference,
        prompts,
        text,
        promptList,
        timestep,
        latentSeed,
        halfPrecision);
  }

  public ImportOptions withReference(List<Path> newReference) {
    return new ImportOptions(
        name,
        replace,
        licence,
        newReference,
        prompts,
        text,
        promptList,
        timestep,
        latentSeed,
        halfPrecision);
  }

  public ImportOptions withPrompts(Path embeddings) {
    return new ImportOptions(
        name,
        replace,
        licence,
        reference,
        Optional.of(embeddings),
        text,
        promptList,
        timestep,
        latentSeed,
        halfPrecision);
  }

  public ImportOptions withText(Path clip) {
    return new ImportOptions(
        name,
        replace,
        licence,
        reference,
        prompts,
        Optional.of(clip),
        promptList,
        timestep,
        latentSeed,
        halfPrecision);
  }

  public ImportOptions withPromptList(Path list) {
    return new ImportOptions(
        name,
        replace,
        licence,
        reference,
        prompts,
        text,
        Optional.of(list),
        timestep,
        latentSeed,
        halfPrecision);
  }

  public ImportOptions withTimestep(int newTimestep) {
    return new ImportOptions(
        name,
        replace,
        licence,
        reference,
        prompts,
        text,
        promptList,
        newTimestep,
        latentSeed,
        halfPrecision);
  }

  public ImportOptions withLatentSeed(OptionalLong newLatentSeed) {
    return new ImportOptions(
        name,
        replace,
        licence,
        reference,
        prompts,
        text,
        promptList,
        timestep,
        newLatentSeed,
        halfPrecision);
  }

  public ImportOptions withHalfPrecision(boolean half) {
    return new ImportOptions(
        name, replace, licence, reference, prompts, text, promptList, timestep, latentSeed, half);
  }
}
