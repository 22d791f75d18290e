package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.dpiqa.ImageException;
import io.dpiqa.QualityModel;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.importer.ImportOptions;
import io.dpiqa.importer.ModelImporter;
import io.dpiqa.model.ModelStore;
import io.dpiqa.weights.Safetensors;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A student that goes on from a model, whose BatchNorm is folded. */
class FineTuningTest {
  private static final String KEEP = "{\"keepStatistics\": true, \"schedule\": {\"epochs\": %d}}";

  @TempDir private Path folder;
  private TrainingData data;
  private ModelStore store;

  @BeforeEach
  void draw() throws IOException {
    List<LabelledImage> training = NoisyPictures.draw(folder, "training", 12, 1);
    List<LabelledImage> validation = NoisyPictures.draw(folder, "validation", 44, 2);
    data = new TrainingData(training, validation, Map.of());
    store = ModelStore.in(folder);
  }

  private static StudentRecipe recipe(String backbone, String change) {
    StudentRecipe small =
        StudentRecipe.fromJson(
            """
            {"backbone": "%s", "inputSize": 64, "cropSize": 64, "loss": "SQUARED_ERROR", "ridge": 10,
             "schedule": {"batch": 4, "epochs": 0, "warmupEpochs": 0}}
            """
                .formatted(backbone));
    return StudentRecipe.fromJson(change, small);
  }

  private Path model(String name, Path student) throws IOException {
    return new ModelImporter(store).add(student, ImportOptions.named(name)).path();
  }

  private double score(Path model) throws ImageException {
    try (QualityModel quality = QualityModel.load(model)) {
      return quality.score(data.validation().get(3).file()).raw();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"efficientnet-b0", "resnet18-16"})
  void modelGoesOnFromWhatItIs(String backbone) throws IOException, ImageException {
    Path first =
        new StudentTrainer(recipe(backbone, "{}"), data, folder.resolve("first")).train(p -> {});
    Path model = model("first", first);
    StudentRecipe keep = recipe(backbone, KEEP.formatted(0));
    InitialWeights begin = InitialWeights.of(model.toString(), keep);
    Path same =
        new StudentTrainer(keep, data, folder.resolve("same"))
            .withInitialWeights(begin)
            .train(p -> {});
    assertThat(score(model("same", same))).isCloseTo(score(model), within(1e-4));

    StudentRecipe more = recipe(backbone, KEEP.formatted(1));
    Path learnt =
        new StudentTrainer(more, data, folder.resolve("more"))
            .withInitialWeights(begin)
            .train(p -> {});
    assertThat(score(model("more", learnt))).isNotEqualTo(score(model));
    StudentRecipe half = StudentRecipe.fromJson("{\"initialShare\": 0.5}", more);
    Path between =
        new StudentTrainer(half, data, folder.resolve("half"))
            .withInitialWeights(begin)
            .train(p -> {});
    assertThat(kernel(between))
        .isCloseTo((kernel(same) + kernel(learnt)) / 2, within(1e-6))
        .isNotEqualTo(kernel(learnt));
    try (Weights weights = Weights.open(learnt)) {
      assertThat(weights.metadata()).containsEntry("licence before", "unknown");
      weights.names().stream()
          .filter(name -> name.endsWith(".running_mean"))
          .forEach(name -> assertThat(weights.tensor(name).toFloats()).containsOnly(0));
    }
  }

  /** A checkpoint has statistics of its own, and data that those after it name too. */
  @Test
  void checkpointKeepsItsStatistics() throws IOException, ImageException {
    TrainingData other =
        new TrainingData(
            data.training(),
            data.validation(),
            Map.of("data", "other pictures", "licence", "CC0-1.0"));
    StudentRecipe once = recipe("resnet18-16", "{\"schedule\": {\"epochs\": 1}}");
    Path first = new StudentTrainer(once, other, folder.resolve("first")).train(p -> {});
    Path last = first;
    for (String name : List.of("second", "third", "fourth")) {
      StudentRecipe keep = recipe("resnet18-16", KEEP.formatted(0));
      last =
          new StudentTrainer(keep, data, folder.resolve(name))
              .withInitialWeights(InitialWeights.of(last.toString(), keep))
              .train(p -> {});
    }
    assertThat(score(model("last", last))).isCloseTo(score(model("first", first)), within(1e-4));
    try (Weights begun = Weights.open(first);
        Weights weights = Weights.open(last)) {
      assertThat(weights.metadata())
          .containsEntry("data before", "other pictures")
          .containsEntry("licence before", "unknown; CC0-1.0")
          .containsEntry("recipe before", once.toJson());
      for (String name : begun.names()) {
        if (name.endsWith(".running_mean")) {
          float[] mean = weights.tensor(name).toFloats();
          assertThat(mean).isEqualTo(begun.tensor(name).toFloats());
        }
      }
    }
  }

  @Test
  void beginsWithTheMeanOfSeveral() throws IOException {
    StudentRecipe once = recipe("resnet18-16", "{\"schedule\": {\"epochs\": 1}}");
    Path first = new StudentTrainer(once, data, folder.resolve("first")).train(p -> {});
    StudentRecipe more = recipe("resnet18-16", KEEP.formatted(1));
    Path second = train("second", more, first);
    StudentRecipe keep = recipe("resnet18-16", KEEP.formatted(0));

    InitialWeights mean = InitialWeights.meanOf(List.of(second + "", first + ""), keep);
    Path between =
        new StudentTrainer(keep, data, folder.resolve("mean"))
            .withInitialWeights(mean)
            .train(p -> {});

    try (Weights one = Weights.open(first);
        Weights other = Weights.open(second);
        Weights weights = Weights.open(between)) {
      for (String name : List.of("base_model.features.bn1.bias", "fc.weight")) {
        float[] a = one.tensor(name).toFloats();
        float[] b = other.tensor(name).toFloats();
        float[] both = weights.tensor(name).toFloats();
        assertThat(a).isNotEqualTo(b);
        for (int i = 0; i < both.length; i++) {
          assertThat(both[i]).isCloseTo((a[i] + b[i]) / 2, within(1e-6f));
        }
      }
      assertThat(weights.metadata().get("begun with"))
          .contains("tensors of the mean of student.safetensors, student.safetensors, ");
      assertThat(weights.metadata())
          .containsEntry("recipe before", more.toJson() + "; " + once.toJson());
    }
  }

  @Test
  void hasNoMeanOfWhatMeansSomethingElse() throws IOException {
    StudentRecipe recipe = recipe("resnet18-16", "{\"schedule\": {\"epochs\": 1}}");
    Path student = new StudentTrainer(recipe, data, folder.resolve("first")).train(p -> {});
    Path folded = model("first", student);
    assertThatThrownBy(() -> InitialWeights.meanOf(List.of(student + "", folded + ""), recipe))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "%s and %s have no mean: BatchNorm is folded into the convolutions of %s, as in every model"
                .formatted(student, folded, folded));

    Path backbone = folder.resolve("backbone.safetensors");
    try (Weights weights = Weights.open(student)) {
      List<Tensor> headless =
          weights.tensors().stream().filter(tensor -> !tensor.name().startsWith("fc")).toList();
      Safetensors.write(backbone, headless, Map.of());
    }
    assertThatThrownBy(() -> InitialWeights.meanOf(List.of(student + "", backbone + ""), recipe))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "%s and %s have no mean: only one of them has fc.bias".formatted(student, backbone));
  }

  /** A value that is learnt. */
  private static double kernel(Path student) {
    try (Weights weights = Weights.open(student)) {
      String first =
          weights.names().stream()
              .filter(name -> name.matches("base_model.features.(0.0|conv1).weight"))
              .findFirst()
              .orElseThrow();
      return weights.tensor(first).toFloats()[0];
    }
  }

  @Test
  void modelInTheBoxCanBeFineTuned() throws IOException {
    StudentRecipe keep =
        StudentRecipe.fromJson(
            "{\"head\": \"LEVELLED\"}", recipe("efficientnet-b0", KEEP.formatted(1)));
    InitialWeights begin = InitialWeights.of("built-in", keep);
    Path student =
        new StudentTrainer(keep, data, folder.resolve("run"))
            .withInitialWeights(begin)
            .train(p -> {});
    try (Weights weights = Weights.open(student)) {
      assertThat(weights.metadata().get("begun with")).contains("tensors of built-in, ");
      assertThat(weights.metadata().get("data before")).contains("biq2021", "Tiny ImageNet");
    }
    Path model = model("tuned", student);
    try (QualityModel quality = QualityModel.load(model)) {
      assertThat(quality.card().errorBand()).isPresent();
      assertThat(quality.card().referenceScores()).hasSize(101);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"initialShare", "initialScoreWeight"})
  void whatAsksForTheBeginningNeedsOne(String name) {
    String change = "{\"keepStatistics\": true, \"%s\": 0.5}".formatted(name);
    StudentTrainer trainer =
        new StudentTrainer(recipe("resnet18-16", change), data, folder.resolve("run"));
    assertThatThrownBy(() -> trainer.train(p -> {}))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining(name + " needs weights to begin with");
  }

  /** What else it learns moves scores less far. */
  @Test
  void scoresOfTheBeginningHold() throws IOException, ImageException {
    Path student =
        new StudentTrainer(recipe("resnet18-16", "{}"), data, folder.resolve("first"))
            .train(p -> {});
    Path first = model("first", student);
    String epochs =
        """
        {"keepStatistics": true, "cropSize": 48, "scoreWeight": 0.01, "initialScoreWeight": %s,
         "twins": {"weight": 1}, "schedule": {"epochs": 3, "parts": 2, "learningRate": 1e-2}}
        """;
    Path free = train("free", recipe("resnet18-16", epochs.formatted(0)), first);
    Path held = train("held", recipe("resnet18-16", epochs.formatted(1000)), first);
    double[] before = scores(first);
    double freely = distance(scores(model("free", free)), before);
    assertThat(distance(scores(model("held", held)), before)).isLessThan(freely / 2);
  }

  private double[] scores(Path model) throws ImageException {
    double[] scores = new double[data.validation().size()];
    try (QualityModel quality = QualityModel.load(model)) {
      for (int i = 0; i < scores.length; i++) {
        scores[i] = quality.score(data.validation().get(i).file()).raw();
      }
    }
    return scores;
  }

  /** How far scores are from others on average. */
  private static double distance(double[] scores, double[] others) {
    return IntStream.range(0, scores.length)
        .mapToDouble(i -> Math.abs(scores[i] - others[i]))
        .average()
        .orElseThrow();
  }

  /** Without dropout, the scores are what they are to be until something is learnt. */
  @ParameterizedTest
  @ValueSource(strings = {"efficientnet-b0", "resnet18-16"})
  void nothingIsDroppedWithoutDropout(String backbone) throws IOException {
    Path first =
        new StudentTrainer(recipe(backbone, "{}"), data, folder.resolve("first")).train(p -> {});
    Path model = model("first", first);
    String held =
        """
        {"keepStatistics": true, "scoreWeight": 0, "initialScoreWeight": 1, "dropout": %s,
         "twins": {"weight": 1e-9}, "schedule": {"epochs": 1}}
        """;
    assertThat(lossAtFirst("with", recipe(backbone, held.formatted(true)), model))
        .isGreaterThan(1e-4);
    assertThat(lossAtFirst("without", recipe(backbone, held.formatted(false)), model))
        .isLessThan(1e-8);
  }

  private double lossAtFirst(String name, StudentRecipe recipe, Path begin) throws IOException {
    List<Double> losses = new ArrayList<>();
    new StudentTrainer(recipe, data, folder.resolve(name))
        .withInitialWeights(InitialWeights.of(begin.toString(), recipe))
        .train(progress -> losses.add(progress.loss()));
    return losses.get(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"efficientnet-b0", "resnet18-16"})
  void foldedStatisticsAreMeasuredWhereTheyAreNotKept(String backbone)
      throws IOException, ImageException {
    Path first =
        new StudentTrainer(recipe(backbone, "{}"), data, folder.resolve("first")).train(p -> {});
    Path model = model("first", first);
    Path learnt = train("learnt", recipe(backbone, KEEP.formatted(1)), model);
    StudentRecipe nothing = recipe(backbone, "{\"schedule\": {\"averageDecay\": 0}}");
    // Its BatchNorm has learnt, and is still folded.
    Path as = train("as", nothing, learnt);
    assertThat(score(model("as", as))).isCloseTo(score(model("learnt", learnt)), within(1e-4));

    Path same = train("same", nothing, model);
    assertThat(score(model("same", same))).isCloseTo(score(model), within(1e-4));
    try (Weights weights = Weights.open(same)) {
      List<String> norms =
          weights.names().stream().filter(name -> name.endsWith(".running_mean")).toList();
      assertThat(norms).hasSizeGreaterThan(10);
      for (String mean : norms) {
        String norm = mean.substring(0, mean.lastIndexOf('.'));
        float[] means = weights.tensor(mean).toFloats();
        assertThat(means).isNotEqualTo(new float[means.length]);
        float[] variances = weights.tensor(norm + ".running_var").toFloats();
        float[] scales = weights.tensor(norm + ".weight").toFloats();
        for (int i = 0; i < scales.length; i++) {
          double deviation = Math.sqrt(variances[i] + 1e-5);
          assertThat(scales[i]).isCloseTo((float) deviation, withinPercentage(0.01));
        }
      }
    }
  }

  private Path train(String name, StudentRecipe recipe, Path begin) throws IOException {
    return new StudentTrainer(recipe, data, folder.resolve(name))
        .withInitialWeights(InitialWeights.of(begin.toString(), recipe))
        .train(p -> {});
  }

  @Test
  void withoutEpochsCorrelationFitsTheScaleAlone() throws IOException {
    Path first =
        new StudentTrainer(recipe("resnet18-16", "{}"), data, folder.resolve("first"))
            .train(p -> {});
    String larger =
        """
        {"inputSize": 96, "keepStatistics": true, "loss": "CORRELATION"}
        """;
    Path scaled = train("scaled", recipe("resnet18-16", larger), first);
    try (Weights before = Weights.open(first);
        Weights after = Weights.open(scaled)) {
      assertThat(before.names())
          .filteredOn(
              name -> !Arrays.equals(before.tensor(name).toFloats(), after.tensor(name).toFloats()))
          .containsExactlyInAnyOrder("fc.weight", "fc.bias");
      float[] head = before.tensor("fc.weight").toFloats();
      float[] fitted = after.tensor("fc.weight").toFloats();
      float factor = fitted[0] / head[0];
      for (int i = 0; i < head.length; i++) {
        assertThat(fitted[i]).isCloseTo(factor * head[i], within(1e-5f));
      }
    }
  }

  @Test
  void unfoldedModelLearnsFromCrops() throws IOException {
    String crops =
        """
        {"cropSize": 48, "loss": "CORRELATION", "pretrainEpochs": %d,
         "schedule": {"epochs": 2, "averageDecay": 0.5}}
        """;
    Path model =
        model(
            "first",
            new StudentTrainer(recipe("resnet18-16", "{}"), data, folder.resolve("first"))
                .train(p -> {}));
    for (int pretraining : new int[] {0, 1}) {
      StudentRecipe recipe = recipe("resnet18-16", crops.formatted(pretraining));
      Path student = train("crops" + pretraining, recipe, model);
      assertThat(Run.epochs(student.getParent())).hasSize(2 + pretraining);
      // Of those that are left, however good the ones before.
      assertThat(Ablation.Row.of("crops", student.getParent(), 1 + pretraining).best().epoch())
          .isEqualTo(2 + pretraining);
      try (Weights weights = Weights.open(student)) {
        // The bias that was folded was 0, and these few steps hardly move it.
        float[] biases = weights.tensor("base_model.features.bn1.bias").toFloats();
        assertThat(biases).usingComparatorWithPrecision(0.05f).containsOnly(0);
      }
    }
  }

  /** It scores what is fully bright as before, and what is darker by the darkness alone. */
  @Test
  void studentThatLevelsBeginsWithOneThatDoesNot() throws IOException, ImageException {
    Path first =
        new StudentTrainer(recipe("resnet18-16", "{}"), data, folder.resolve("first"))
            .train(p -> {});
    String levelling = "{\"head\": \"LEVELLED\", \"keepStatistics\": true}";
    Path levelled = train("levelled", recipe("resnet18-16", levelling), first);
    Path bright = greys("bright.png", 255);
    Path darker = greys("darker.png", 225);
    Path brightEnough = greys("bright-enough.png", 240);
    Path dark = greys("dark.png", 70);
    Path brightened = greys("brightened.png", 100); // by one over 0.7, which is as far as it goes

    try (QualityModel before = QualityModel.load(model("first", first));
        QualityModel after = QualityModel.load(model("levelled", levelled))) {
      double asItIs = before.score(bright).raw();
      assertThat(before.score(darker).raw()).isNotCloseTo(asItIs, within(0.01));
      assertThat(after.score(bright).raw()).isCloseTo(asItIs, within(1e-4));
      assertThat(after.score(darker).raw())
          .isCloseTo(asItIs - 0.12 * (0.94 - 225 / 255.0), within(1e-4));
      assertThat(after.score(brightEnough).raw()).isCloseTo(asItIs, within(1e-4));
      // Too dark to be brought to full brightness: the backbone sees that it is, and it counts
      // twice.
      assertThat(after.score(dark).raw())
          .isCloseTo(
              before.score(brightened).raw() - 0.12 * (0.94 + 0.7 - 2 * 70 / 255.0), within(1e-4));
    }
  }

  /** Random greys, six from black to a brightest one. */
  private Path greys(String name, int brightest) throws IOException {
    BufferedImage picture = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(1);
    for (int i = 0; i < 64 * 64; i++) {
      int grey = random.nextInt(6) * brightest / 5;
      picture.setRGB(i % 64, i / 64, grey * 0x010101);
    }
    ImageIO.write(picture, "png", folder.resolve(name).toFile());
    return folder.resolve(name);
  }

  @Test
  void studentThatLevelsGoesOnFromItsModelAndFromAMean() throws IOException, ImageException {
    StudentRecipe keep =
        recipe("resnet18-16", "{\"head\": \"LEVELLED\", \"keepStatistics\": true}");
    Path pooled =
        new StudentTrainer(recipe("resnet18-16", "{}"), data, folder.resolve("pooled"))
            .train(p -> {});
    Path first = train("first", keep, pooled);
    Path model = model("first", first);
    Path same = train("same", keep, model);
    assertThat(score(model("same", same))).isCloseTo(score(model), within(1e-4));

    StudentRecipe once =
        StudentRecipe.fromJson("{\"headRate\": 1, \"schedule\": {\"epochs\": 1}}", keep);
    Path learnt = train("learnt", once, first);
    Path mean =
        new StudentTrainer(keep, data, folder.resolve("mean"))
            .withInitialWeights(InitialWeights.meanOf(List.of(learnt + "", pooled + ""), keep))
            .train(p -> {});
    assertThat(brightness(learnt)).isNotCloseTo(0.12f, within(1e-4f)); // decay alone is less
    assertThat(brightness(mean)).isCloseTo((brightness(learnt) + 0.12f) / 2, within(1e-6f));
  }

  private static float brightness(Path student) {
    try (Weights weights = Weights.open(student)) {
      float[] head = weights.tensor("fc.weight").toFloats();
      return head[head.length - 1];
    }
  }

  @Test
  void studentThatDoesNotLevelCannotGoOnFromOneThatDoes() throws IOException {
    StudentRecipe levelling = recipe("resnet18-16", "{\"head\": \"LEVELLED\"}");
    Path student = new StudentTrainer(levelling, data, folder.resolve("first")).train(p -> {});
    StudentRecipe other = recipe("resnet18-16", "{}");
    assertThatThrownBy(() -> InitialWeights.of(student.toString(), other))
        .isInstanceOf(TrainingException.class)
        .hasMessage(
            "student.safetensors: is of a student that levels pictures, and the recipe's does not;"
                + " make the recipe's head LEVELLED");
  }

  @Test
  void modelOfAnotherBackboneIsRefused() {
    StudentRecipe other = recipe("efficientnet-b1", KEEP.formatted(1));
    assertThatThrownBy(() -> InitialWeights.of("built-in", other))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("built-in: has no base_model.features.");
  }
}
