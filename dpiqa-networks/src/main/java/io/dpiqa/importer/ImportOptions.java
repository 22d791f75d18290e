package io.dpiqa.importer;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How a checkpoint is to be imported.
 *
 * @param name of the model in the store
 * @param replace whether it may replace a model of that name
 * @param licence of the weights, if other than what the checkpoint states
 * @param reference photographs that percentiles are measured against; none for no percentiles
 */
public record ImportOptions(
    String name, boolean replace, Optional<String> licence, List<Path> reference) {

  /** Imports under that name, which must be free, with the checkpoint's own licence. */
  public static ImportOptions named(String name) {
    return new ImportOptions(name, false, Optional.empty(), List.of());
  }

  public ImportOptions {
    reference = List.copyOf(reference);
  }

  public ImportOptions replacing(boolean newReplace) {
    return new ImportOptions(name, newReplace, licence, reference);
  }

  public ImportOptions withLicence(Optional<String> newLicence) {
    return new ImportOptions(name, replace, newLicence, reference);
  }

  public ImportOptions withReference(List<Path> newReference) {
    return new ImportOptions(name, replace, licence, newReference);
  }
}
