package io.dpiqa.cli;

import io.dpiqa.QualityModel;
import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.dataset.Dataset;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.dataset.Layout;
import io.dpiqa.dataset.Split;
import io.dpiqa.importer.ImportOptions;
import io.dpiqa.importer.ModelImporter;
import io.dpiqa.model.ModelStore;
import io.dpiqa.train.BackboneData;
import io.dpiqa.train.BackboneTrainer;
import io.dpiqa.train.BuiltInModel;
import io.dpiqa.train.BuiltInModel.Stage;
import io.dpiqa.train.InitialWeights;
import io.dpiqa.train.StudentRecipe;
import io.dpiqa.train.StudentTrainer;
import io.dpiqa.train.TrainingData;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code dpiqa train built-in}. */
@Command(
    name = "built-in",
    description = {
      "Trains a model by the recipe of the one in the box, from Tiny ImageNet, BIQ2021 and"
          + " photographs without faults to the ONNX file: four to seven days on two cores, with"
          + " 17 GB of memory.",
      "Trains a backbone from random weights and a student from the backbone in several stages,"
          + " each in a folder of its own, and imports it. Started again after it was interrupted,"
          + " it goes on from its last checkpoint."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false)
final class TrainBuiltInCommand implements Callable<Integer> {
  private static final String LICENCE = "Apache-2.0";

  /** The model that scores photographs without faults, and the folder of its store. */
  private static final String SETTLED = "settled";

  /** The folder above has three folders: it is not to be learnt from for hours by mistake. */
  private static final int LEAST_KINDS = 100;

  @Spec private CommandSpec spec;

  @Option(
      names = "--root",
      required = true,
      paramLabel = "DIR",
      description = "BIQ2021, as its authors publish it.")
  private Path root;

  @Option(
      names = "--kinds",
      required = true,
      paramLabel = "DIR",
      description = "The folder train of Tiny ImageNet: 200 folders, one for each kind.")
  private Path kinds;

  @Option(
      names = "--faultless",
      required = true,
      paramLabel = "DIR",
      description =
          "Photographs without visible faults, in this folder or below it. Four later stages"
              + " learn from them too, as they are and degraded.")
  private Path faultless;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder for the split, the runs, decoded pictures (31 GB) and the models.")
  private Path out;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "compact-8",
      description = "What the model is called (default: ${DEFAULT-VALUE}).")
  private String name;

  @Mixin private DeviceOption device;

  @Override
  public Integer call() throws IOException {
    ModelStore store = ModelStore.in(out);
    store.requireFree(name, /* replace= */ true);
    long seed = BuiltInModel.BACKBONE.schedule().seed();
    BackboneData shown =
        BackboneData.of(kinds, TrainBackboneCommand.kinds(kinds), seed, Optional.of(LICENCE))
            .named("Tiny ImageNet");
    if (shown.kinds() < LEAST_KINDS) {
      throw new ParameterException(
          spec.commandLine(),
          "--kinds: Tiny ImageNet's folder train has 200 folders, and %s has %d"
              .formatted(kinds, shown.kinds()));
    }
    FaultlessPhotographs photographs = FaultlessPhotographs.in(faultless);
    Dataset pictures = Layout.BIQ2021.read(root);
    if (device.device() == Device.CPU) {
      BuiltInModel.requireMemory(shown.kinds());
    }
    Split split = TrainingOptions.split(out.resolve("split.csv"), pictures, seed);
    TrainingData data = TrainingData.of(pictures, split, Optional.of(LICENCE));

    Path weights = trainBackbone(shown);
    for (Stage stage : BuiltInModel.RATED) {
      weights = train(stage, data, weights);
    }
    TrainingData more =
        data.with(
            scored(photographs, weights),
            "%d photographs without faults, scored by its first stages"
                .formatted(photographs.size()));
    for (Stage stage : BuiltInModel.FAULTLESS) {
      weights = train(stage, more, weights);
    }
    ImportOptions options = ImportOptions.named(name).replacing(true);
    PrintWriter results = spec.commandLine().getOut();
    results.println(new ModelImporter(store).add(weights, options).path());
    Dpiqa.flush(results);
    return 0;
  }

  private Path trainBackbone(BackboneData data) throws IOException {
    Path folder = out.resolve("backbone");
    BackboneTrainer trainer =
        new BackboneTrainer(BuiltInModel.BACKBONE, data, folder, device.device());
    if (!trainer.isDone()) {
      String first =
          "decoding %d pictures of %d kinds".formatted(data.training().size(), data.kinds());
      try (TrainingProgress progress = progress(folder, first)) {
        trainer.train(progress::show);
      }
    }
    return folder.resolve(BackboneTrainer.FILE);
  }

  private Path train(Stage stage, TrainingData data, Path initial) throws IOException {
    StudentRecipe recipe = stage.recipe();
    Path folder = out.resolve(stage.name());
    StudentTrainer trainer =
        new StudentTrainer(recipe, data, folder)
            .withCache(out)
            .on(device.device())
            .withInitialWeights(InitialWeights.of(initial.toString(), recipe));
    if (!trainer.isDone()) {
      String first = "decoding the pictures, and whatever comes before the first step: minutes";
      try (TrainingProgress progress = progress(folder, first)) {
        trainer.train(progress::show, progress::show);
      }
    }
    return folder.resolve(StudentTrainer.FILE);
  }

  /** What a student makes of photographs, each as often as it is to be seen. */
  private List<LabelledImage> scored(FaultlessPhotographs photographs, Path student)
      throws IOException {
    ImportOptions options = ImportOptions.named(SETTLED).replacing(true);
    ModelStore store = ModelStore.in(out.resolve(SETTLED));
    Path file = new ModelImporter(store).add(student, options).path();
    try (QualityModel model = QualityModel.load(file)) {
      List<LabelledImage> scored = photographs.scored(out.resolve("faultless.csv"), model);
      return Collections.nCopies(BuiltInModel.FAULTLESS_TIMES, scored).stream()
          .flatMap(List::stream)
          .toList();
    }
  }

  private TrainingProgress progress(Path folder, String first) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(folder.getFileName());
    err.flush();
    TrainingProgress progress = new TrainingProgress(err);
    progress.tell(first);
    return progress;
  }
}
