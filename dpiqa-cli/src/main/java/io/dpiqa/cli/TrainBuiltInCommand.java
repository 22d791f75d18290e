package io.dpiqa.cli;

import io.dpiqa.dataset.Dataset;
import io.dpiqa.dataset.Layout;
import io.dpiqa.dataset.Split;
import io.dpiqa.importer.ImportOptions;
import io.dpiqa.importer.ModelImporter;
import io.dpiqa.model.ModelFile;
import io.dpiqa.model.ModelStore;
import io.dpiqa.train.BuiltInModel;
import io.dpiqa.train.InitialWeights;
import io.dpiqa.train.StudentRecipe;
import io.dpiqa.train.StudentTrainer;
import io.dpiqa.train.TrainingData;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
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
      "Trains a student from random weights, fine-tunes it on degraded pictures, each in a folder"
          + " of its own, and imports it. Started again after it was interrupted, it goes on from its last checkpoint."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false)
final class TrainBuiltInCommand implements Callable<Integer> {
  private static final String LICENCE = "Apache-2.0";
  private static final String BEGINNING = "beginning";

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
      description = "Folder for the split, the runs, decoded pictures (13 GB) and the models.")
  private Path out;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "compact-3",
      description = "What the model is called (default: ${DEFAULT-VALUE}).")
  private String name;

  @Override
  public Integer call() throws IOException {
    ModelStore store = ModelStore.in(out);
    if (name.equals(BEGINNING)) {
      throw new ParameterException(
          spec.commandLine(), "--name cannot be " + name + ", as the first model is called");
    }
    store.requireFree(name, /* replace= */ true);
    Dataset pictures = Layout.BIQ2021.read(root);
    long seed = BuiltInModel.BEGINNING.schedule().seed();
    Split split = TrainingOptions.split(out.resolve("split.csv"), pictures, seed);
    TrainingData data = TrainingData.of(pictures, split, Optional.of(LICENCE));

    Path weights = train(BEGINNING, BuiltInModel.BEGINNING, data, trainer -> trainer);
    String beginning = add(store, weights, BEGINNING).path().toString();
    InitialWeights initial = InitialWeights.of(beginning, BuiltInModel.FINE_TUNING);
    Path student =
        train(
            "fine-tuning",
            BuiltInModel.FINE_TUNING,
            data,
            trainer -> trainer.withInitialWeights(initial));
    PrintWriter results = spec.commandLine().getOut();
    results.println(add(store, student, name).path());
    Dpiqa.flush(results);
    return 0;
  }

  private Path train(
      String stage, StudentRecipe recipe, TrainingData data, UnaryOperator<StudentTrainer> options)
      throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    err.println(stage);
    try (TrainingProgress progress = new TrainingProgress(err)) {
      progress.tell("decoding the pictures and fitting the head: minutes");
      StudentTrainer trainer = new StudentTrainer(recipe, data, out.resolve(stage)).withCache(out);
      return options.apply(trainer).train(progress::show, progress::show);
    }
  }

  private static ModelFile add(ModelStore store, Path weights, String name) throws IOException {
    return new ModelImporter(store).add(weights, ImportOptions.named(name).replacing(true));
  }
}
