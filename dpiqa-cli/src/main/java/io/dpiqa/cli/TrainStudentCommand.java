package io.dpiqa.cli;

import io.dpiqa.QualityModel;
import io.dpiqa.ScoringOptions;
import io.dpiqa.train.InitialWeights;
import io.dpiqa.train.StudentRecipe;
import io.dpiqa.train.StudentTrainer;
import io.dpiqa.train.TrainingData;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dpiqa train student}. */
@Command(
    name = "student",
    description = {
      "Trains a student on people's scores, a teacher's, or degraded pictures.",
      "Started again after it was interrupted, it goes on from its last checkpoint. The weights,"
          + " student.safetensors in the end, can be imported with dpiqa model import."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false)
final class TrainStudentCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private TrainingOptions options;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      defaultValue = "compact",
      description =
          "Recipe: compact, from people's scores; fine-tuning, to go on from a model with --init; or"
              + " small, published-clive, published-koniq10k,"
              + " published-livefb or published-spaq, which need a teacher (default:"
              + " ${DEFAULT-VALUE}).")
  private String preset;

  @Option(
      names = "--teacher",
      paramLabel = "NAME|FILE",
      description =
          "A model of the store or an ONNX file, for recipes with a teacherScoreWeight or a"
              + " mapWeight. It reads every picture once, before the first step.")
  private Optional<String> teacher = Optional.empty();

  @Option(
      names = "--teacher-low-memory",
      description =
          "For large teachers: leave the teacher's weights as they are in the file, at half"
              + " precision if it was imported with --half. Slower, before the first step.")
  private boolean teacherLowMemory;

  @Option(
      names = "--init",
      paramLabel = "NAME|FILE",
      description =
          "Begin with these weights, .pth or safetensors: torchvision's EfficientNet, what dpiqa"
              + " train backbone made, or a student with the recipe's backbone; or built-in, a model"
              + " of the store or an ONNX file. Given several times, with the mean of these.")
  private List<String> initial = List.of();

  @Override
  public Integer call() throws IOException {
    if (teacherLowMemory && teacher.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--teacher-low-memory needs --teacher");
    }
    StudentRecipe begin =
        StudentRecipe.preset(preset)
            .orElseThrow(
                () ->
                    new ParameterException(
                        spec.commandLine(),
                        "--preset must be one of %s, not %s"
                            .formatted(StudentRecipe.PRESETS, preset)));
    if (preset.equals(StudentRecipe.FINE_TUNING) && initial.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "--preset %s goes on from a model: name one with --init, for instance built-in"
              .formatted(preset));
    }
    StudentRecipe recipe =
        options.recipe(spec.commandLine(), begin, json -> StudentRecipe.fromJson(json, begin));
    TrainingData data = options.data(spec.commandLine(), recipe.schedule().seed());
    StudentTrainer trainer = new StudentTrainer(recipe, data, options.out()).on(options.device());
    if (!initial.isEmpty()) {
      InitialWeights weights = InitialWeights.meanOf(initial, recipe);
      PrintWriter err = spec.commandLine().getErr();
      err.println("to begin with: " + weights);
      err.flush();
      trainer = trainer.withInitialWeights(weights);
    }
    if (teacher.isEmpty()) {
      return train(trainer);
    }
    ScoringOptions reading = ScoringOptions.DEFAULT.withLowMemory(teacherLowMemory);
    try (QualityModel model = QualityModel.load(teacher.get(), reading)) {
      return train(trainer.withTeacher(model));
    }
  }

  private int train(StudentTrainer trainer) throws IOException {
    try (TrainingProgress progress = new TrainingProgress(spec.commandLine().getErr())) {
      progress.tell("decoding the pictures and fitting the head: minutes");
      Path weights = trainer.train(progress::show, progress::show);
      PrintWriter out = spec.commandLine().getOut();
      out.println(weights);
      out.flush();
    }
    return 0;
  }
}
