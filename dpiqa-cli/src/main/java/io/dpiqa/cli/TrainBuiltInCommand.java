package io.dpiqa.cli;

import io.dpiqa.QualityModel;
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
import java.nio.file.Files;
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
      "Trains a model by the recipe of the one in the box, from Tiny ImageNet, BIQ2021,"
          + " photographs without faults and others to the ONNX file, which it writes to"
          + " models/NAME.onnx in --out, for dpiqa score --model FILE.",
      "Trains a backbone from random weights and a student from the backbone in ten stages, each"
          + " in a folder of its own, and imports it. Started again after it was interrupted, it"
          + " goes on from its last checkpoint.",
      "By the speed of single stages it takes four to seven days on two cores; it takes 17 GB of"
          + " memory. At full size it has never been run to its end."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false)
final class TrainBuiltInCommand implements Callable<Integer> {
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
          "Photographs without visible faults, in this folder or below it. Seven later stages"
              + " learn from them too, as they are and degraded: leave out those that the model is"
              + " to be measured with.")
  private Path faultless;

  @Option(
      names = "--unrated",
      required = true,
      paramLabel = "DIR",
      description =
          "Photographs of any kind, in this folder or below it, others than those of --root and"
              + " --faultless. One later stage learns from them, degraded, while their scores stay"
              + " what they are: leave out those that the model is to be measured with.")
  private Path unrated;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder for the split, the runs, decoded pictures (43 GB) and the models.")
  private Path out;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "rebuilt",
      description = "What the model is called (default: ${DEFAULT-VALUE}).")
  private String name;

  @Option(names = "--licence", paramLabel = "TEXT", description = "Licence that the model states.")
  private Optional<String> licence = Optional.empty();

  @Mixin private DeviceOption device;

  @Override
  public Integer call() throws IOException {
    ModelStore store = ModelStore.in(out);
    store.requireFree(name, /* replace= */ true);
    long seed = BuiltInModel.BACKBONE.schedule().seed();
    BackboneData shown = BackboneData.of(kinds, TrainBackboneCommand.kinds(kinds), seed, licence);
    if (shown.kinds() < LEAST_KINDS) {
      throw new ParameterException(
          spec.commandLine(),
          "--kinds: Tiny ImageNet's folder train has 200 folders, and %s has %d"
              .formatted(kinds, shown.kinds()));
    }
    Dataset pictures = Layout.BIQ2021.read(root);
    BuiltInModel.require(device.device(), shown.kinds());
    if (Files.exists(out) && !Files.isDirectory(out)) {
      throw new ParameterException(spec.commandLine(), "--out: " + out + " is no folder");
    }
    say("photographs that nobody rated: each is decoded once, to see that it can be");
    UnratedPhotographs clean = UnratedPhotographs.in(faultless);
    UnratedPhotographs others = UnratedPhotographs.in(unrated);
    requireApart(unrated, root);
    requireApart(unrated, faultless);
    say("split");
    Split split = TrainingOptions.split(out.resolve("split.csv"), pictures, seed);
    TrainingData data = TrainingData.of(pictures, split, licence);
    BuiltInModel.requireSpace(out, shown, data, clean.size(), others.size());

    trainBackbone(shown);
    Path settled = train(BuiltInModel.RATED, data);
    TrainingData withClean =
        data.with(
            scored(clean, settled, "faultless.csv"),
            "%d photographs without faults, scored by its first stages".formatted(clean.size()));
    train(BuiltInModel.FAULTLESS, withClean);
    TrainingData withOthers =
        withClean.with(
            scored(others, settled, "unrated.csv"),
            "%d other photographs that nobody rated".formatted(others.size()));
    train(BuiltInModel.UNRATED, withOthers);
    Path last = train(BuiltInModel.SCALED, withClean);
    ImportOptions options = ImportOptions.named(name).replacing(true);
    PrintWriter results = spec.commandLine().getOut();
    results.println(new ModelImporter(store).add(last, options).path());
    results.flush();
    return 0;
  }

  /** What is held of pictures that are known by heart already holds little. */
  private void requireApart(Path others, Path known) throws IOException {
    Path one = others.toRealPath();
    Path two = known.toRealPath();
    if (one.startsWith(two) || two.startsWith(one)) {
      throw new ParameterException(
          spec.commandLine(),
          "--unrated: its photographs must be others than those in %s, and %s is not apart from it"
              .formatted(known, others));
    }
  }

  private void trainBackbone(BackboneData data) throws IOException {
    Path folder = out.resolve(BuiltInModel.BACKBONE_FOLDER);
    BackboneTrainer trainer =
        new BackboneTrainer(BuiltInModel.BACKBONE, data, folder, device.device());
    if (!trainer.isDone()) {
      String first =
          "decoding %d pictures of %d kinds".formatted(data.training().size(), data.kinds());
      try (TrainingProgress progress = progress(folder, first)) {
        trainer.train(progress::show);
      }
    }
  }

  /** The weights that the last of some stages ends with. */
  private Path train(List<Stage> stages, TrainingData data) throws IOException {
    for (Stage stage : stages) {
      train(stage, data);
    }
    return weights(stages.get(stages.size() - 1).name());
  }

  private void train(Stage stage, TrainingData data) throws IOException {
    StudentRecipe recipe = stage.recipe();
    List<String> begun = stage.beginsWith().stream().map(before -> weights(before) + "").toList();
    Path folder = out.resolve(stage.name());
    StudentTrainer trainer =
        new StudentTrainer(recipe, data, folder)
            .withCache(out)
            .on(device.device())
            .withInitialWeights(InitialWeights.meanOf(begun, recipe));
    if (!trainer.isDone()) {
      String first = "decoding the pictures, and whatever comes before the first step: minutes";
      try (TrainingProgress progress = progress(folder, first)) {
        trainer.train(progress::show, progress::show);
      }
    }
  }

  private Path weights(String stage) {
    return out.resolve(stage)
        .resolve(
            stage.equals(BuiltInModel.BACKBONE_FOLDER)
                ? BackboneTrainer.FILE
                : StudentTrainer.FILE);
  }

  /** What a student makes of photographs, each as often as it is to be seen. */
  private List<LabelledImage> scored(UnratedPhotographs photographs, Path student, String csv)
      throws IOException {
    ImportOptions options = ImportOptions.named(SETTLED).replacing(true);
    ModelStore store = ModelStore.in(out.resolve(SETTLED));
    Path file = new ModelImporter(store).add(student, options).path();
    try (QualityModel model = QualityModel.load(file)) {
      List<LabelledImage> scored = photographs.scored(out.resolve(csv), model);
      return Collections.nCopies(BuiltInModel.UNRATED_TIMES, scored).stream()
          .flatMap(List::stream)
          .toList();
    }
  }

  private TrainingProgress progress(Path folder, String first) {
    say(folder.getFileName().toString());
    TrainingProgress progress = new TrainingProgress(spec.commandLine().getErr());
    progress.tell(first);
    return progress;
  }

  /** What comes next. */
  private void say(String next) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(next);
    err.flush();
  }
}
