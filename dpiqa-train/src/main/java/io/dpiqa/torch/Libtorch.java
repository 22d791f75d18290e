package io.dpiqa.torch;

import java.io.File;
import java.io.IOException;
import java.util.List;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.global.torch;

/** The libraries of libtorch, which lie in jars until they are needed. */
public final class Libtorch {

  private Libtorch() {}

  /**
   * Unpacks what is not unpacked yet. JavaCPP by itself unpacks and loads one library after
   * another: where the system has a libtorch too, the first would be bound to that one's parts, as
   * its own are not there yet, and the process crash.
   *
   * @throws IOException if they cannot be written; the message says where to, and what to do
   */
  public static void unpack() throws IOException {
    File folder = Loader.getCacheDir();
    String platform = Loader.getPlatform();
    try {
      Loader.cacheResources(openblas.class, "/org/bytedeco/openblas/" + platform + "/");
      for (String build : List.of("", "-gpu")) {
        Loader.cacheResources(torch.class, "/org/bytedeco/pytorch/" + platform + build + "/");
      }
    } catch (IOException e) {
      throw new IOException(
          "%s: libtorch cannot be unpacked there (%s); make room, or name another folder with %s"
              .formatted(
                  folder,
                  e.getMessage(),
                  "JAVA_TOOL_OPTIONS=-Dorg.bytedeco.javacpp.cachedir=FOLDER"),
          e);
    }
  }
}
