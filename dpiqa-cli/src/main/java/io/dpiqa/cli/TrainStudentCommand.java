package io.dpiqa.cli;

import io.dpiqa.train.StudentRecipe;
import io.dpiqa.train.StudentTrainer;
import io.dpiqa.train.TrainingData;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code dpiqa train student}. */
@Command(
    name = "student",
    description = {
      "Trains a student on people's scores, on the CPU.",
      "Started again after it was interrupted, it goes on from its last checkpoint. The weights,"
          + " student.safetensors in the end, can be imported with dpiqa model import."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false)
final class TrainStudentCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private TrainingOptions options;

  @Override
  public Integer call() throws IOException {
    StudentRecipe recipe =
        options.recipe(spec.commandLine(), StudentRecipe.COMPACT, StudentRecipe::fromJson);
    TrainingData data = options.data(spec.commandLine(), recipe.schedule().seed());
    try (TrainingProgress progress = new TrainingProgress(spec.commandLine().getErr())) {
      progress.tell("decoding the pictures and fitting the head: minutes");
      Path weights = new StudentTrainer(recipe, data, options.out()).train(progress::show);
      PrintWriter out = spec.commandLine().getOut();
      out.println(weights);
      Dpiqa.flush(out);
    }
    return 0;
  }
}
