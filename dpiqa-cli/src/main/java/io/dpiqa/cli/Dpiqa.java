package io.dpiqa.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The {@code dpiqa} command. */
@Command(
    name = "dpiqa",
    description = "Says how good photographs look to people, with no reference to compare.",
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    synopsisSubcommandLabel = "COMMAND")
public final class Dpiqa {

  private Dpiqa() {}

  /** Runs the command and ends the process with its exit status. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** The command, ready to execute. */
  static CommandLine commandLine() {
    return new CommandLine(new Dpiqa());
  }

  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
      Properties properties = new Properties();
      try (InputStream in = Dpiqa.class.getResourceAsStream("version.properties")) {
        properties.load(in);
      }
      return new String[] {
        "dpiqa " + properties.getProperty("version"),
        "Java ${java.version} (${java.vendor}), ${os.name} ${os.arch}"
      };
    }
  }
}
