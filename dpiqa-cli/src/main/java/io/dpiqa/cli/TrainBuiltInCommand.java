package io.dpiqa.cli;

import io.dpiqa.dataset.Dataset;
import io.dpiqa.dataset.Layout;
import io.dpiqa.dataset.Split;
import io.dpiqa.importer.ImportOptions;
import io.dpiqa.importer.ModelImporter;
import io.dpiqa.model.ModelStore;
import io.dpiqa.train.BuiltInModel;
import io.dpiqa.train.BuiltInModel.Stage;
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
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dpiqa train built-in}. */
@Command(
    name = "built-in",
    description = {
      "Makes the model in the box again, from BIQ2021 to the ONNX file: hours.",
      "Trains a student from random weights in several stages, each in a folder of its own and"
          + " from the model before, and imports it. Started again after it was interrupted, it goes"
          + " on from its last checkpoint."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false)
final class TrainBuiltInCommand implements Callable<Integer> {
  private static final String LICENCE = "Apache-2.0";

  @Spec private CommandSpec spec;

  @Option(
      names = "--root",
      required = true,
      paramLabel = "DIR",
      description = "BIQ2021, as its authors publish it.")
  private Path root;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder for the split, the runs, decoded pictures (16 GB) and the models.")
  private Path out;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "compact-4",
      description = "What the model is called (default: ${DEFAULT-VALUE}).")
  private String name;

  @Override
  public Integer call() throws IOException {
    ModelStore store = ModelStore.in(out);
    List<Stage> stages = BuiltInModel.STAGES;
    if (stages.stream().anyMatch(stage -> stage.name().equals(name))) {
      throw new ParameterException(
          spec.commandLine(), "--name cannot be " + name + ", as a stage is called");
    }
    store.requireFree(name, /* replace= */ true);
    Dataset pictures = Layout.BIQ2021.read(root);
    long seed = stages.get(0).recipe().schedule().seed();
    Split split = TrainingOptions.split(out.resolve("split.csv"), pictures, seed);
    TrainingData data = TrainingData.of(pictures, split, Optional.of(LICENCE));

    ModelImporter importer = new ModelImporter(store);
    Path model = null;
    Path student = null;
    for (Stage stage : stages) {
      student = train(stage, data, model);
      model = importer.add(student, ImportOptions.named(stage.name()).replacing(true)).path();
    }
    PrintWriter results = spec.commandLine().getOut();
    results.println(importer.add(student, ImportOptions.named(name).replacing(true)).path());
    Dpiqa.flush(results);
    return 0;
  }

  /**
   * @param begin the model to begin with; null for random weights
   */
  private Path train(Stage stage, TrainingData data, Path begin) throws IOException {
    StudentRecipe recipe = stage.recipe();
    StudentTrainer trainer =
        new StudentTrainer(recipe, data, out.resolve(stage.name())).withCache(out);
    if (begin != null) {
      trainer = trainer.withInitialWeights(InitialWeights.of(begin.toString(), recipe));
    }
    PrintWriter err = spec.commandLine().getErr();
    err.println(stage.name());
    try (TrainingProgress progress = new TrainingProgress(err)) {
      progress.tell("decoding the pictures, and fitting the head or measuring BatchNorm: minutes");
      return trainer.train(progress::show, progress::show);
    }
  }
}
