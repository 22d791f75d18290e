package io.dpiqa.importer;

import io.dpiqa.ModelException;
import io.dpiqa.network.Shapes;

/**
 * Whether an import fits in the memory that is free. What it takes was measured on two cores, of
 * full-size networks.
 */
final class Memory {
  /** Java itself, and its heap with the tensors that pass through it. */
  private static final long JAVA = 400_000_000;

  /** What a run takes at most beside the weights: as much by a teacher as by the student of B7. */
  private static final long RUN = 750_000_000;

  /** A run of a smaller network is taken to need at most so many times what its weights take. */
  private static final long RUN_PER_WEIGHTS = 3;

  private Memory() {}

  /**
   * Requires memory for an import.
   *
   * @param available bytes that are free
   * @throws ModelException if there are fewer
   */
  static void require(String checkpoint, Shapes shapes, ImportOptions options, long available) {
    long needed = needed(shapes, options);
    if (available < needed) {
      throw new ModelException(
          checkpoint,
          "importing it takes %.2f GB of memory, and %.2f GB are free; close other programs%s"
              .formatted(
                  needed / 1e9,
                  available / 1e9,
                  options.reference.isEmpty() ? "" : ", or import it without a reference"));
    }
  }

  private static long needed(Shapes shapes, ImportOptions options) {
    long weights = Float.BYTES * shapes.parameters();
    // All in memory while they are written, and left to the garbage collector then.
    long writing = ModelImporter.isOneFile(shapes, options) ? weights : 0;
    return JAVA + writing + (options.reference.isEmpty() ? 0 : scoring(weights, options));
  }

  private static long scoring(long weights, ImportOptions options) {
    long run = Math.min(RUN, RUN_PER_WEIGHTS * weights);
    // ONNX Runtime makes 32-bit floats of 16-bit ones, and keeps both.
    return run + weights + (options.halfPrecision ? weights / 2 : 0);
  }
}
