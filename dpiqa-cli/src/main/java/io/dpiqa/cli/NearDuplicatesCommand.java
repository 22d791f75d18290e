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
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dpiqa dataset near-duplicates}. */
@Command(
    name = "near-duplicates",
    description = {
      "Lists the pictures of the test part of a dataset (default: biq2021) that show what one of the"
          + " training part shows.",
      "Writes CSV: name, other (in the training part), distance (bits of 64 that their perceptual"
          + " hashes differ in, 0 to "
          + NearDuplicates.MAX_DISTANCE
          + "). dpiqa evaluate takes it after --exclude."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false)
final class NearDuplicatesCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private DatasetOptions options;

  @Option(
      names = "--split",
      paramLabel = "FILE",
      description =
          "Which picture is in which part, as CSV (name,part); one of the training part alone"
              + " leaves the authors' test part as it is (default: the authors' own split).")
  private Path splitFile;

  @Override
  public Integer call() {
    Dataset dataset = options.readOr(Layout.BIQ2021, spec.commandLine());
    Split split = split(dataset);
    List<LabelledImage> test = part(dataset, split, Split.Part.TEST);
    List<LabelledImage> training = part(dataset, split, Split.Part.TRAIN);
    Set<LabelledImage> testSet = new HashSet<>(test);
    Set<LabelledImage> trainingSet = new HashSet<>(training);
    NearDuplicates duplicates = among(Stream.concat(test.stream(), training.stream()).toList());

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
    out.flush();
    return 0;
  }

  private Split split(Dataset dataset) {
    if (splitFile != null) {
      return dataset.complete(Split.read(splitFile));
    }
    return dataset
        .officialSplit()
        .orElseThrow(() -> usage(dataset.name() + " has no parts of its own: name a --split"));
  }

  private List<LabelledImage> part(Dataset dataset, Split split, Split.Part part) {
    if (split.size(part) == 0) {
      throw usage(
          "no picture of %s is in the %s part; name a --split that has one"
              .formatted(
                  splitFile == null ? dataset.name() : splitFile,
                  part.name().toLowerCase(Locale.ROOT)));
    }
    return dataset.part(split, part).images();
  }

  /** The near-duplicates among pictures, with a progress bar. */
  static NearDuplicates among(List<LabelledImage> images) {
    try (Progress progress = new Progress("Reading", images.size())) {
      return NearDuplicates.among(images, progress::step);
    }
  }

  private ParameterException usage(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }
}
