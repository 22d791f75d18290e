package io.dpiqa.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import picocli.CommandLine;

/** What one run of the command did. */
record CommandRun(int status, String out, String err) {

  static CommandRun of(String... arguments) {
    StringWriter out = new StringWriter();
    return of(out, arguments);
  }

  /** A run that writes its standard output to {@code out}. */
  static CommandRun of(Writer out, String... arguments) {
    StringWriter err = new StringWriter();
    CommandLine command = Dpiqa.commandLine();
    command.setOut(new PrintWriter(new StandardOutput(out)));
    command.setErr(new PrintWriter(err));
    int status = command.execute(arguments);
    return new CommandRun(status, out.toString(), err.toString());
  }
}
