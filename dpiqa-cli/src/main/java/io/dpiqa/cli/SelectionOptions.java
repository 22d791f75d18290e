package io.dpiqa.cli;

import io.dpiqa.dataset.Dataset;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.dataset.LabelledImages;
import io.dpiqa.dataset.Split;
import io.dpiqa.evaluation.SplitFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options that choose pictures of a dataset. */
final class SelectionOptions {

  /** Pictures to evaluate with, what they are in a few words, and the file that chose them. */
  record Selection(String name, Optional<SplitFile> split, List<LabelledImage> images) {}

  private enum Part {
    ALL,
    TEST,
    TRAINING,
    VALIDATION;

    private String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Mixin private DatasetOptions options;

  @Option(
      names = "--part",
      paramLabel = "test|training|validation|all",
      description =
          "Part of --split or, without it, of the authors' own split (default: test, or all if"
              + " there is no split).")
  private Part part;

  @Option(
      names = "--split",
      paramLabel = "FILE",
      description =
          "Which picture is in which part, as CSV (name,part). One of the training part alone, as"
              + " dpiqa train student writes it, leaves the authors' test part as it is. Given"
              + " several times, the first model is evaluated on the first split, the second on the"
              + " second, or one model on all, and the median is shown.")
  private List<Path> splits = new ArrayList<>();

  @Option(
      names = "--exclude",
      paramLabel = "FILE",
      description =
          "CSV file with a header; pictures named in its first column are left out, for instance"
              + " those that dpiqa dataset near-duplicates found.")
  private Path exclude;

  /** Whether any of the options is given. */
  boolean isGiven() {
    return options.isGiven() || part != null || !splits.isEmpty() || exclude != null;
  }

  /**
   * Finds the pictures, once for every split.
   *
   * @throws ParameterException if the options do not fit together
   */
  List<Selection> read(CommandLine command) {
    Dataset dataset = options.read(command);
    if (splits.isEmpty()) {
      return List.of(select(dataset, dataset.officialSplit(), Optional.empty(), command));
    }
    if (part == Part.ALL) {
      throw new ParameterException(command, "--part all takes no --split");
    }
    return splits.stream().map(file -> select(dataset, file, command)).toList();
  }

  private Selection select(Dataset dataset, Path file, CommandLine command) {
    Split split = Split.read(file);
    return select(
        dataset,
        Optional.of(dataset.complete(split)),
        Optional.of(new SplitFile(shortName(file), split.sha256())),
        command);
  }

  /** Without its folder, unless another split is called the same. */
  private String shortName(Path file) {
    boolean unique =
        splits.stream()
            .filter(other -> !other.equals(file))
            .noneMatch(other -> other.getFileName().equals(file.getFileName()));
    return unique ? file.getFileName().toString() : file.toString();
  }

  private Selection select(
      Dataset dataset, Optional<Split> split, Optional<SplitFile> splitFile, CommandLine command) {
    String name = dataset.name();
    Dataset selected = dataset;
    Part chosen = part != null ? part : split.isPresent() ? Part.TEST : Part.ALL;
    if (chosen != Part.ALL) {
      selected = part(dataset, split, splitFile, chosen, command);
      name += " " + chosen.label();
    }
    if (splitFile.isPresent()) {
      name += " of " + splitFile.get().name();
    }
    List<LabelledImage> images = selected.images();
    if (exclude != null) {
      images = LabelledImages.without(exclude, images);
      name += " without " + exclude.getFileName();
    }
    return new Selection(name, splitFile, images);
  }

  private static Dataset part(
      Dataset dataset,
      Optional<Split> split,
      Optional<SplitFile> splitFile,
      Part chosen,
      CommandLine command) {
    if (split.isEmpty()) {
      throw new ParameterException(
          command, dataset.name() + " has no parts of its own: --part needs --split");
    }
    Split.Part itsName =
        switch (chosen) {
          case TEST -> Split.Part.TEST;
          case VALIDATION -> Split.Part.VALIDATION;
          case TRAINING, ALL -> Split.Part.TRAIN;
        };
    if (split.get().size(itsName) == 0) {
      throw new ParameterException(
          command,
          "no picture of %s is in the %s part; name a --split that has one"
              .formatted(splitFile.map(SplitFile::name).orElse(dataset.name()), chosen.label()));
    }
    return dataset.part(split.get(), itsName);
  }
}
