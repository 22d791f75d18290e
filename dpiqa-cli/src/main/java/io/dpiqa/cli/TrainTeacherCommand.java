package io.dpiqa.cli;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.importer.DiffusionPrior;
import io.dpiqa.train.TeacherRecipe;
import io.dpiqa.train.TeacherTrainer;
import io.dpiqa.train.TrainingData;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
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

  @Option(
      names = "--prior",
      required = true,
      paramLabel = "PATH",
      description =
          "Stable Diffusion 1.x, a folder or a file, or the prior.safetensors of dpiqa train prior.")
  private Path prior;

  @Option(
      names = "--prompts",
      paramLabel = "FILE",
      description =
          "For Stable Diffusion: the embeddings of the prompts, a safetensors file with a tensor"
              + " 'embeddings' [prompts, width].")
  private Optional<Path> prompts = Optional.empty();

  @Option(
      names = "--text",
      paramLabel = "CLIP",
      description =
          "For Stable Diffusion, instead of --prompts: the folder of"
              + " openai/clip-vit-large-patch14, to encode the prompts with.")
  private Optional<Path> text = Optional.empty();

  @Mixin private TrainingOptions options;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      defaultValue = "published-koniq10k",
      description =
          "Recipe: published-clive, published-koniq10k, published-livefb, published-spaq, or small"
              + " for priors trained here (default: ${DEFAULT-VALUE}).")
  private String preset;

  @Option(
      names = "--device",
      paramLabel = "cpu|cuda",
      defaultValue = "cpu",
      description = "What to train on (default: ${DEFAULT-VALUE}).")
  private Device device;

  @Override
  public Integer call() throws IOException {
    if (prompts.isPresent() && text.isPresent()) {
      throw new ParameterException(spec.commandLine(), "--prompts and --text exclude each other");
    }
    TeacherRecipe begin =
        TeacherRecipe.preset(preset)
            .orElseThrow(
                () ->
                    new ParameterException(
                        spec.commandLine(),
                        "--preset must be one of %s, not %s"
                            .formatted(TeacherRecipe.PRESETS, preset)));
    TeacherRecipe recipe =
        options.recipe(spec.commandLine(), begin, json -> TeacherRecipe.fromJson(json, begin));
    TrainingData data = options.data(spec.commandLine(), recipe.schedule().seed());
    try (DiffusionPrior opened = DiffusionPrior.open(prior, prompts, text);
        TrainingProgress progress = new TrainingProgress(spec.commandLine().getErr())) {
      progress.tell("decoding the pictures and computing latents");
      Path weights =
          new TeacherTrainer(recipe, data, opened, options.out(), device).train(progress::show);
      PrintWriter out = spec.commandLine().getOut();
      out.println(weights);
      Dpiqa.flush(out);
    }
    return 0;
  }
}
