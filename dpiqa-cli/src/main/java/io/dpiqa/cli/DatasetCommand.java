package io.dpiqa.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import io.dpiqa.dataset.Dataset;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.dataset.Layout;
import io.dpiqa.dataset.NearDuplicates;
import io.dpiqa.dataset.Split;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dpiqa dataset}. */
@Command(
    name = "dataset",
    description = "Looks into datasets and divides them.",
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {CheckCommand.class, SplitCommand.class})
final class DatasetCommand {

  @Spec private CommandSpec spec;

  /** {@code dpiqa dataset near-duplicates}. */
  @Command(
      name = "near-duplicates",
      description = {
        "Lists the pictures of the official test part of BIQ2021 that show what one of the training"
            + " part shows.",
        "Writes CSV: name, other (in the training part), distance (bits of 64 that their perceptual"
            + " hashes differ in, 0 to "
            + NearDuplicates.MAX_DISTANCE
            + "). dpiqa evaluate takes it after --exclude."
      },
      mixinStandardHelpOptions = true)
  int nearDuplicates(
      @Option(
              names = "--root",
              required = true,
              paramLabel = "DIR",
              description = "BIQ2021: the folder with Images and the two CSV files.")
          Path root) {
    Dataset dataset = Layout.BIQ2021.read(root);
    Split split = dataset.officialSplit().orElseThrow();
    List<LabelledImage> test = dataset.part(split, Split.Part.TEST).images();
    List<LabelledImage> training = dataset.part(split, Split.Part.TRAIN).images();
    Set<LabelledImage> testSet = new HashSet<>(test);
    Set<LabelledImage> trainingSet = new HashSet<>(training);
    NearDuplicates duplicates =
        NearDuplicates.among(Stream.concat(test.stream(), training.stream()).toList());

    PrintWriter out = spec.commandLine().getOut();
    CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).bufferSize(0).build(out);
    csv.writeRecord("name", "other", "distance");
    duplicates
        .pairs()
        .filter(pair -> testSet.contains(pair.first()) && trainingSet.contains(pair.second()))
        .forEach(
            pair ->
                csv.writeRecord(
                    pair.first().name(), pair.second().name(), Integer.toString(pair.distance())));
    Dpiqa.flush(out);
    return 0;
  }
}
