package io.dpiqa.weights;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much memory a network could take. */
public final class FreeMemory {
  private static final Path LINUX = Path.of("/proc/meminfo");
  private static final Pattern AVAILABLE = Pattern.compile("(?m)^MemAvailable: +(\\d{1,15}) kB$");

  private FreeMemory() {}

  /** Bytes that programs could have now; on other systems than Linux, all that there is. */
  public static long bytes() {
    long total =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    if (Files.notExists(LINUX)) {
      return total;
    }
    try {
      Matcher free = AVAILABLE.matcher(Files.readString(LINUX));
      // A container may be allowed less than the machine has.
      return free.find() ? Math.min(total, 1024 * Long.parseLong(free.group(1))) : total;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
