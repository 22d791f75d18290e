package io.dpiqa.cli;

import io.dpiqa.dataset.Annotation;
import io.dpiqa.dataset.Dataset;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.dataset.NearDuplicates;
import io.dpiqa.dataset.Scale;
import io.dpiqa.dataset.Split;
import java.io.PrintWriter;
import java.util.DoubleSummaryStatistics;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code dpiqa dataset check}. */
@Command(
    name = "check",
    description = {
      "Tells whether a dataset is whole: reads its annotations and decodes every picture.",
      "Standard output sums up; every picture that something is wrong with is named on standard"
          + " error. Near-duplicates are no fault, but a split has to keep them together."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:every picture is there, once, can be decoded, and has a score on the scale",
      "1:some are missing, cannot be decoded, are listed again, or have a score off the scale",
      "2:wrong usage, or the annotations cannot be used; or the output cannot be" + " written"
    })
final class CheckCommand implements Callable<Integer> {
  private static final int SOME_WRONG = 1;
  private static final int PAIRS_SHOWN = 3;
  private static final Scale FROM_0_TO_1 = new Scale(0, 1);

  @Spec private CommandSpec spec;

  @Mixin private DatasetOptions options;

  private int undecodable;

  @Override
  public Integer call() {
    Dataset dataset = options.read(spec.commandLine());
    Dataset.Listing listing = dataset.listing();
    listing
        .offScale()
        .forEach(
            a -> tell(a, "the score %s is not within %s".formatted(a.score(), dataset.scale())));
    listing.missing().forEach(a -> tell(a, "there is no such picture"));
    listing.repeated().forEach(a -> tell(a, "listed again"));
    listing.contradicted().forEach(a -> tell(a, "listed again, with another score or part"));

    NearDuplicates nearDuplicates = nearDuplicates(listing.images());
    List<List<LabelledImage>> scenes =
        nearDuplicates.groups().stream().filter(group -> group.size() > 1).toList();

    show("dataset", dataset.name() + " in " + dataset.folder());
    show("annotations", Integer.toString(dataset.annotations().size()));
    show("scores", range(dataset, Annotation::score) + ", on a scale of " + dataset.scale());
    if (!dataset.scale().equals(FROM_0_TO_1)) {
      show("from 0 to 1", range(dataset, a -> dataset.scale().normalise(a.score())));
    }
    show("off the scale", offScale(listing.offScale()));
    show("parts", dataset.officialSplit().map(CheckCommand::parts).orElse("none of its authors'"));
    show("listed again", listing.repeated().size() + " with the same score");
    show("contradicted", listing.contradicted().size() + " with another score or part");
    show("missing", Integer.toString(listing.missing().size()));
    show("undecodable", Integer.toString(undecodable));
    show("near-duplicates", nearDuplicates(dataset, scenes));
    nearDuplicates.pairs().limit(PAIRS_SHOWN).forEach(pair -> show("  such as", pair(pair)));
    spec.commandLine().getOut().flush();
    boolean whole =
        listing.offScale().isEmpty()
            && listing.missing().isEmpty()
            && listing.repeated().isEmpty()
            && listing.contradicted().isEmpty()
            && undecodable == 0;
    return whole ? 0 : SOME_WRONG;
  }

  private NearDuplicates nearDuplicates(List<LabelledImage> images) {
    try (Progress progress = new Progress("Reading", images.size())) {
      return NearDuplicates.amongReadable(
          images,
          (image, problem) -> {
            if (problem.isPresent()) {
              undecodable++;
              tell(problem.get().getMessage());
            }
            progress.step();
          });
    }
  }

  private static String range(Dataset dataset, ToDoubleFunction<Annotation> score) {
    DoubleSummaryStatistics scores =
        dataset.annotations().stream()
            .mapToDouble(score)
            .filter(Double::isFinite) // the others are off every scale, and would hide the rest
            .summaryStatistics();
    return scores.getCount() == 0
        ? "none"
        : String.format(
            Locale.ROOT,
            "%.4f to %.4f, mean %.4f",
            scores.getMin(),
            scores.getMax(),
            scores.getAverage());
  }

  private static String offScale(List<Annotation> annotations) {
    return annotations.isEmpty()
        ? "0"
        : "%d, the first at %s".formatted(annotations.size(), annotations.get(0).source());
  }

  private static String pair(NearDuplicates.Pair pair) {
    return "%s and %s, %d bits of 64 apart"
        .formatted(pair.first().name(), pair.second().name(), pair.distance());
  }

  static String parts(Split split) {
    return "%d to train, %d to validate, %d to test with"
        .formatted(
            split.size(Split.Part.TRAIN),
            split.size(Split.Part.VALIDATION),
            split.size(Split.Part.TEST));
  }

  private static String nearDuplicates(Dataset dataset, List<List<LabelledImage>> scenes) {
    String all =
        "%d pictures of %d scenes"
            .formatted(scenes.stream().mapToInt(List::size).sum(), scenes.size());
    return dataset
        .officialSplit()
        .map(split -> all + "; %d to test with repeat others".formatted(leaks(dataset, scenes)))
        .orElse(all);
  }

  /** How many test pictures show a scene that pictures of other parts show too. */
  private static long leaks(Dataset dataset, List<List<LabelledImage>> scenes) {
    Set<String> test = new HashSet<>();
    for (Annotation annotation : dataset.annotations()) {
      if (annotation.part().equals(Optional.of(Split.Part.TEST))) {
        test.add(annotation.name());
      }
    }
    long leaks = 0;
    for (List<LabelledImage> scene : scenes) {
      long tested = scene.stream().filter(image -> test.contains(image.name())).count();
      leaks += tested < scene.size() ? tested : 0;
    }
    return leaks;
  }

  private void show(String name, String value) {
    spec.commandLine().getOut().printf("%-15s  %s%n", name, Printable.of(value));
  }

  private void tell(Annotation annotation, String problem) {
    tell("%s: \"%s\": %s".formatted(annotation.source(), annotation.name(), problem));
  }

  private void tell(String problem) {
    PrintWriter err = spec.commandLine().getErr();
    err.println("dpiqa: " + Printable.of(problem));
    err.flush();
  }
}
