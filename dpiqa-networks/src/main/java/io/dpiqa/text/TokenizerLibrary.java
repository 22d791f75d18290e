package io.dpiqa.text;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import io.dpiqa.ModelException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The native library of Hugging Face's tokenizers, in which DJL brings it to Java. */
final class TokenizerLibrary {
  private TokenizerLibrary() {}

  /** What says where DJL, and JNA under it, unpack libraries. */
  private static final List<String> UNPACKING = List.of("ENGINE_CACHE_DIR", "jna.tmpdir");

  private static boolean loaded;

  /**
   * Loads it without a trace: by itself, DJL asks Amazon's metadata service where it runs to report
   * that, and leaves its unpacked libraries in the home directory.
   *
   * @throws ModelException if it has none for this system, or it cannot be unpacked
   */
  static synchronized void load() {
    if (loaded) {
      return;
    }
    System.setProperty("ai.djl.offline", "true");
    try {
      Path folder = Files.createTempDirectory("dpiqa-");
      List<String> unset = UNPACKING.stream().filter(p -> System.getProperty(p) == null).toList();
      unset.forEach(property -> System.setProperty(property, folder.toString()));
      try {
        LibUtils.checkStatus();
      } finally {
        unset.forEach(System::clearProperty);
        delete(folder);
      }
    } catch (IOException | EngineException | LinkageError e) {
      throw new ModelException(
          "tokenizer", "its native library cannot be loaded on this system: " + e, e);
    }
    loaded = true;
  }

  /** Where the system lets go of a library that is in use; elsewhere it stays. */
  private static void delete(Path folder) throws IOException {
    try (Stream<Path> contents = Files.walk(folder)) {
      contents.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    }
  }
}
