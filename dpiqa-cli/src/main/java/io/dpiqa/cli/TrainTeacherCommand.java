package io.dpiqa.cli;

import io.dpiqa.importer.DiffusionPrior;
import io.dpiqa.train.TeacherRecipe;
import io.dpiqa.train.TeacherTrainer;
import io.dpiqa.train.TrainingData;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code dpiqa train teacher}. */
@Command(
    name = "teacher",
    description = {
      "Trains a teacher on people's scores, from Stable Diffusion 1.x or a prior of dpiqa train"
          + " prior.",
      "Started again after it was interrupted, it goes on from its last checkpoint. The weights,"
          + " teacher.safetensors, can be imported with dpiqa model import."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false)
final class TrainTeacherCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private PriorOptions prior;

  @Mixin private TrainingOptions options;

  @Mixin private TeacherPreset preset;

  @Override
  public Integer call() throws IOException {
    TeacherRecipe recipe = preset.recipe(spec.commandLine(), options);
    TrainingData data = options.data(spec.commandLine(), recipe.schedule().seed());
    try (DiffusionPrior opened = prior.open();
        TrainingProgress progress = new TrainingProgress(spec.commandLine().getErr())) {
      progress.tell("decoding the pictures and computing latents");
      Path weights =
          new TeacherTrainer(recipe, data, opened, options.out(), options.device())
              .train(progress::show, progress::show);
      PrintWriter out = spec.commandLine().getOut();
      out.println(weights);
      out.flush();
    }
    return 0;
  }
}
