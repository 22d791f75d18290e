package io.dpiqa.cli;

import io.dpiqa.ImageException;
import io.dpiqa.train.BackboneData;
import io.dpiqa.train.BackboneRecipe;
import io.dpiqa.train.BackboneTrainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dpiqa train backbone}. */
@Command(
    name = "backbone",
    description = {
      "Trains a student's convolutional network to tell kinds of pictures apart, to begin with.",
      "Every folder in --root is a kind, and the pictures anywhere in it are of that kind. One of"
          + " fifty of each, at least one, is validated with.",
      "Started again after it was interrupted, it goes on from its last checkpoint. The weights,"
          + " backbone.safetensors, are for dpiqa train student --init."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false)
final class TrainBackboneCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Option(
      names = "--root",
      required = true,
      paramLabel = "DIR",
      description = "The folder of the kinds' folders.")
  private Path root;

  @Mixin private RunOptions options;

  @Override
  public Integer call() throws IOException {
    BackboneRecipe recipe =
        options.recipe(spec.commandLine(), BackboneRecipe.DEFAULT, BackboneRecipe::fromJson);
    BackboneData data =
        BackboneData.of(root, kinds(root), recipe.schedule().seed(), options.licence());
    try (TrainingProgress progress = new TrainingProgress(spec.commandLine().getErr())) {
      progress.tell("decoding the pictures");
      Path weights =
          new BackboneTrainer(recipe, data, options.out(), options.device()).train(progress::show);
      PrintWriter out = spec.commandLine().getOut();
      out.println(weights);
      out.flush();
    }
    return 0;
  }

  /** The pictures of each folder that is not hidden. */
  static Map<String, List<Path>> kinds(Path root) throws IOException {
    List<Path> folders;
    try (Stream<Path> content = Files.list(root)) {
      folders = content.filter(TrainBackboneCommand::isKind).sorted().toList();
    }
    BiConsumer<Path, ImageException> refuse =
        (path, problem) -> {
          throw new UncheckedIOException(new IOException(problem.getMessage(), problem));
        };
    Map<String, List<Path>> kinds = new TreeMap<>();
    for (Path folder : folders) {
      List<Path> pictures = new ArrayList<>();
      new Photographs(List.of(folder), /* recursive= */ true, refuse)
          .forEachRemaining(pictures::add);
      kinds.put(folder.getFileName().toString(), pictures);
    }
    return kinds;
  }

  private static boolean isKind(Path path) {
    return Files.isDirectory(path) && !path.getFileName().toString().startsWith(".");
  }
}
