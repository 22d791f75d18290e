package io.dpiqa.cli;

import io.dpiqa.train.PriorData;
import io.dpiqa.train.PriorRecipe;
import io.dpiqa.train.PriorTrainer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dpiqa train prior}. */
@Command(
    name = "prior",
    description = {
      "Trains a small diffusion model on photographs, to make teachers of without Stable Diffusion.",
      "It learns to predict the noise in pictures, degraded at random, whose quality, scene and"
          + " distortion it is told. --dataset may also be folder: the photographs below --root,"
          + " which are taken to be perfect.",
      "Started again after it was interrupted, it goes on from its last checkpoint. The weights,"
          + " prior.safetensors, are for dpiqa train teacher."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false)
final class TrainPriorCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private TrainingOptions options;

  @Option(
      names = "--descriptions",
      paramLabel = "FILE",
      description =
          "What the photographs show, as CSV with a column path and any of quality, scene and"
              + " distortion, in the words of the prompts.")
  private Optional<Path> descriptions = Optional.empty();

  @Override
  public Integer call() throws IOException {
    PriorRecipe recipe =
        options.recipe(spec.commandLine(), PriorRecipe.SMALL, PriorRecipe::fromJson);
    PriorData data =
        PriorData.of(
            options.dataOrPhotographs(spec.commandLine(), recipe.schedule().seed()), descriptions);
    try (TrainingProgress progress = new TrainingProgress(spec.commandLine().getErr())) {
      progress.tell("decoding the pictures");
      Path weights =
          new PriorTrainer(recipe, data, options.out(), options.device()).train(progress::show);
      PrintWriter out = spec.commandLine().getOut();
      out.println(weights);
      out.flush();
    }
    return 0;
  }
}
