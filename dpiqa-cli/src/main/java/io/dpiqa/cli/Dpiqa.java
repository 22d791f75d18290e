package io.dpiqa.cli;

import io.dpiqa.ModelException;
import io.dpiqa.cli.StandardOutput.LostException;
import io.dpiqa.dataset.DatasetException;
import io.dpiqa.train.TrainingException;
import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code dpiqa} command. */
@Command(
    name = "dpiqa",
    description = "Says how good photographs look to people, with no reference to compare.",
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      ScoreCommand.class,
      ModelCommand.class,
      TrainCommand.class,
      AblateCommand.class,
      EvaluateCommand.class,
      SensitivityCommand.class,
      DatasetCommand.class
    })
public final class Dpiqa {
  private static final int INTERNAL_ERROR = 70;
  private static final int READER_GONE = 141;

  private Dpiqa() {}

  /** Runs the command and ends the process with its exit status. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** The command, ready to execute. */
  static CommandLine commandLine() {
    return new CommandLine(new Dpiqa())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .registerConverter(Path.class, Dpiqa::path)
        .registerConverter(BigDecimal.class, Dpiqa::decimal)
        // A photograph called @x.jpg is no file of further arguments.
        .setExpandAtFiles(false)
        .setOut(new PrintWriter(new BufferedWriter(new StandardOutput(utf8(FileDescriptor.out)))))
        .setErr(new PrintWriter(new BufferedWriter(utf8(FileDescriptor.err))))
        .setExecutionStrategy(Dpiqa::run)
        .setParameterExceptionHandler(Dpiqa::correct)
        .setExecutionExceptionHandler(Dpiqa::explain);
  }

  /** An empty path, of a variable that is not set, would be the current folder. */
  private static Path path(String text) {
    if (text.isEmpty()) {
      throw new TypeConversionException("it is empty");
    }
    return Path.of(text);
  }

  private static BigDecimal decimal(String text) {
    try {
      return new BigDecimal(text);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'" + text + "' is not a number");
    }
  }

  /** UTF-8 whatever the locale, as the formats for programs promise. */
  private static Writer utf8(FileDescriptor descriptor) {
    return new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8);
  }

  private static int run(ParseResult parsed) {
    try {
      return new RunLast().execute(parsed);
    } catch (LostException e) { // of help, which no command writes
      throw new ExecutionException(parsed.commandSpec().commandLine(), e.getMessage(), e);
    }
  }

  /** All help would push what is wrong with a command off the screen. */
  private static int correct(ParameterException exception, String[] arguments) {
    CommandLine command = exception.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("dpiqa: " + Printable.of(exception.getMessage()));
    if (UnmatchedArgumentException.printSuggestions(exception, err)
        || command.getSubcommands().isEmpty()) {
      err.println("See " + command.getCommandSpec().qualifiedName() + " --help");
    } else {
      command.usage(err);
    }
    err.flush();
    return ExitCode.USAGE;
  }

  private static int explain(Exception exception, CommandLine command, ParseResult parsed) {
    if (exception instanceof LostException lost && lost.isUnread()) {
      return READER_GONE; // without a word, as others end when the pipe they write to is closed
    }
    PrintWriter err = command.getErr();
    String problem = problem(exception);
    if (problem == null) {
      exception.printStackTrace(err);
    } else {
      err.println("dpiqa: " + Printable.of(problem));
    }
    err.flush();
    return problem == null ? INTERNAL_ERROR : ExitCode.USAGE;
  }

  /** What the user can do something about, or null if it is a fault of this program. */
  private static String problem(Exception exception) {
    if (exception instanceof InvalidPathException path) {
      return "%.100s cannot be a path: %s; paths on standard input stand one a line"
          .formatted(path.getInput(), path.getReason());
    }
    if (exception instanceof UncheckedIOException unchecked) {
      return problem(unchecked.getCause());
    }
    if (exception instanceof IOException io) {
      return problem(io);
    }
    return exception instanceof ModelException
            || exception instanceof DatasetException
            || exception instanceof TrainingException
            || exception instanceof LostException
        ? exception.getMessage()
        : null;
  }

  /** Of many, the message is no more than a file, and what is wrong with it their class. */
  private static String problem(IOException exception) {
    if (exception instanceof AccessDeniedException denied) {
      return denied.getFile() + ": no permission to read or write this";
    }
    if (exception instanceof NoSuchFileException missing) {
      return missing.getFile() + ": there is no such file or folder";
    }
    if (exception instanceof NotDirectoryException file) {
      return file.getFile() + ": is no folder";
    }
    if (exception instanceof FileAlreadyExistsException existing) {
      return existing.getFile() + ": is there already, and is no folder";
    }
    boolean plain = exception.getClass() == IOException.class && exception.getMessage() != null;
    boolean reasoned = exception instanceof FileSystemException file && file.getReason() != null;
    return plain || reasoned ? exception.getMessage() : exception.toString();
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
