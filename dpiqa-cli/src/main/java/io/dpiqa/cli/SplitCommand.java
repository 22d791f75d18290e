package io.dpiqa.cli;

import io.dpiqa.dataset.Dataset;
import io.dpiqa.dataset.Protocol;
import io.dpiqa.dataset.Split;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dpiqa dataset split}. */
@Command(
    name = "split",
    description = {
      "Divides a dataset into pictures to train, to validate and to test with.",
      "Writes CSV: name, part (train, validation or test), by name. The same seed and pictures give"
          + " the same file. dpiqa evaluate takes it after --split."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false)
final class SplitCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private DatasetOptions options;

  @Option(
      names = "--protocol",
      paramLabel = "official|grouped|published",
      description =
          "official: as the authors did, and if they left nothing to validate with, a tenth of"
              + " their training part. grouped: a fifth to test, a tenth to validate with, at"
              + " random, and pictures of one scene in one part. published: a fifth to test with,"
              + " at random, and nothing to validate with, to compare with published results"
              + " (default: official where there is one, or grouped).")
  private Protocol protocol;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Determines what is random (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "The split; must not be there.")
  private Path out;

  @Override
  public Integer call() throws IOException {
    if (Files.exists(out)) {
      throw new ParameterException(
          spec.commandLine(), out + " is there already; remove it or name another --out");
    }
    Path folder = out.toAbsolutePath().getParent();
    if (!Files.isDirectory(folder)) { // better told before all pictures are read
      throw new ParameterException(
          spec.commandLine(), folder + ": there is no such folder; make it or name another --out");
    }
    if (!Files.isWritable(folder)) {
      throw new ParameterException(
          spec.commandLine(), folder + ": this folder cannot be written to");
    }
    Dataset dataset = options.read(spec.commandLine());
    if (protocol == null) {
      protocol = dataset.officialSplit().isPresent() ? Protocol.OFFICIAL : Protocol.GROUPED;
    }
    Split split = protocol.draw(dataset, NearDuplicatesCommand::among, seed);
    split.write(out);
    PrintWriter stdout = spec.commandLine().getOut();
    stdout.printf(
        "%s: %s; sha256 %s%n",
        Printable.of(out.toString()), CheckCommand.parts(split), split.sha256());
    stdout.flush();
    return 0;
  }
}
