package io.dpiqa.cli;

import io.dpiqa.QualityModel;
import io.dpiqa.file.WholeFile;
import io.dpiqa.importer.DiffusionPrior;
import io.dpiqa.importer.ImportOptions;
import io.dpiqa.importer.ModelImporter;
import io.dpiqa.model.ModelStore;
import io.dpiqa.train.Ablation;
import io.dpiqa.train.StudentRecipe;
import io.dpiqa.train.StudentTrainer;
import io.dpiqa.train.TeacherRecipe;
import io.dpiqa.train.TeacherTrainer;
import io.dpiqa.train.TrainingData;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dpiqa ablate}. */
@Command(
    name = "ablate",
    description = {
      "Trains teachers and students with and without parts of the method, and tabulates them.",
      "Teachers: without each adapter, with each up block alone, at other timesteps. Students: with"
          + " and without the teacher's score and feature map. Each has a folder in --out, and all"
          + " go on where they were interrupted. Figures are those of the best epoch on the"
          + " validation part."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false)
final class AblateCommand implements Callable<Integer> {
  private static final String TEACHER = "teacher";

  @Spec private CommandSpec spec;

  @Mixin private PriorOptions prior;

  @Mixin private TrainingOptions options;

  @Mixin private TeacherPreset preset;

  @Option(
      names = "--student-recipe",
      paramLabel = "FILE",
      description = "JSON; what it leaves out is as in the students' preset small.")
  private Path studentRecipe;

  private final List<Ablation.Row> rows = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    TeacherRecipe recipe = preset.recipe(spec.commandLine(), options);
    StudentRecipe small = StudentRecipe.preset("small").orElseThrow();
    StudentRecipe student =
        RunOptions.recipe(
            spec.commandLine(), studentRecipe, small, json -> StudentRecipe.fromJson(json, small));
    Map<String, StudentRecipe> students = students(student, recipe);
    TrainingData data = options.data(spec.commandLine(), recipe.schedule().seed());
    try (DiffusionPrior opened = prior.open()) {
      for (Map.Entry<String, TeacherRecipe> variant : Ablation.teachers(recipe).entrySet()) {
        Path folder = options.out().resolve(variant.getKey());
        try (TrainingProgress progress = progress(variant.getKey())) {
          new TeacherTrainer(variant.getValue(), data, opened, folder, options.device())
              .withCache(options.out())
              .train(progress::show, progress::show);
        }
        add(Ablation.Row.of(variant.getKey(), folder, 0));
      }
    }
    ModelStore store = ModelStore.in(options.out());
    Path weights = options.out().resolve(TEACHER).resolve(TeacherTrainer.FILE);
    ImportOptions importing = ImportOptions.named(TEACHER).replacing(true);
    Path model = new ModelImporter(store).add(weights, importing).path();
    try (QualityModel teacher = QualityModel.load(model)) {
      for (Map.Entry<String, StudentRecipe> variant : students.entrySet()) {
        Path folder = options.out().resolve(variant.getKey());
        try (TrainingProgress progress = progress(variant.getKey())) {
          StudentTrainer trainer =
              new StudentTrainer(variant.getValue(), data, folder)
                  .withCache(options.out())
                  .on(options.device());
          StudentTrainer taught =
              variant.getValue().needsTeacher() ? trainer.withTeacher(teacher) : trainer;
          taught.train(progress::show, progress::show);
        }
        add(Ablation.Row.of(variant.getKey(), folder, variant.getValue().pretrainEpochs()));
      }
    }
    show();
    return 0;
  }

  /** Before any training: teachers take hours. */
  private Map<String, StudentRecipe> students(StudentRecipe student, TeacherRecipe teacher) {
    try {
      return Ablation.students(student, teacher);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "--student-recipe: a variant is no recipe: " + e.getMessage(), e);
    }
  }

  /** The table grows with each variant. */
  private void add(Ablation.Row row) throws IOException {
    rows.add(row);
    WholeFile.write(options.out().resolve("ablation.csv"), Ablation.csv(rows));
  }

  private TrainingProgress progress(String variant) throws IOException {
    Files.createDirectories(options.out());
    PrintWriter err = spec.commandLine().getErr();
    err.println(variant);
    err.flush();
    return new TrainingProgress(err);
  }

  private void show() {
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "%-30s  %10s  %7s  %7s  %7s  %7s%n",
        "VARIANT", "BEST EPOCH", "SRCC", "PLCC", "KRCC", "RMSE");
    for (Ablation.Row row : rows) {
      Map<String, Double> figures = row.best().validation();
      out.printf(
          Locale.ROOT,
          "%-30s  %10s  %7.4f  %7.4f  %7.4f  %7.4f%n",
          row.variant(),
          "%d of %d".formatted(row.best().epoch(), row.epochs()),
          figures.get("srcc"),
          figures.get("plcc"),
          figures.get("krcc"),
          figures.get("rmse"));
    }
    out.flush();
  }
}
