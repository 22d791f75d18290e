package io.dpiqa.train;

import io.dpiqa.QualityModel;
import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.model.Calibration;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
import io.dpiqa.torch.Floats;
import io.dpiqa.torch.Images;
import io.dpiqa.torch.Parameters;
import io.dpiqa.torch.Parameters.Initialisation;
import io.dpiqa.torch.Torch;
import io.dpiqa.torch.TorchOperations;
import io.dpiqa.weights.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A student that learns from people's scores, from a teacher, or from degraded twins. */
@SuppressWarnings("try") // scopes are opened for their end
final class StudentLearner implements Learner<Batch> {
  private final StudentRecipe recipe;
  private final Device device;
  private final Student student;
  private final TrainingData data;
  private final PixelFile validation;
  private final PixelFile training;
  private final Optional<QualityModel> teacher;

  /** Null without a teacher. */
  private final TeacherFile teacherFile;

  private final Optional<InitialWeights> initial;
  private final Batches batches;
  private final WholePictureFit wholePictures;
  private final Descent descent;

  /** What it began with; null where nothing asks for that any more. */
  private final Parameters begun;

  /** What is learnt so far, and its scores of the validation part; null until they are needed. */
  private Parameters result;

  private double[] validationScores;

  /**
   * A student that has learnt nothing yet.
   *
   * @param teacher if the recipe needs one
   * @param initial weights to begin with, instead of random ones
   * @param folder for decoded pictures and for what the teacher says of them
   * @param listener told of the teacher's reading
   */
  StudentLearner(
      StudentRecipe recipe,
      TrainingData data,
      Optional<QualityModel> teacher,
      Optional<InitialWeights> initial,
      Path folder,
      Device device,
      Consumer<Preparation> listener)
      throws IOException {
    this.recipe = recipe;
    this.device = device;
    this.student = recipe.student();
    this.data = data;
    this.validation = PixelFile.of(data.validation(), recipe.inputSize(), folder);
    this.training = PixelFile.of(data.training(), recipe.inputSize(), folder);
    this.teacher = teacher;
    this.teacherFile = teacher.isEmpty() ? null : read(teacher.get(), folder, listener);
    this.initial = initial;
    this.batches = new Batches(recipe, data.trainingScores(), training, twins(folder), teacherFile);
    this.wholePictures = new WholePictureFit(recipe, training, data.training().size());
    Schedule schedule = recipe.schedule();
    long seed = Seeds.of(schedule.seed(), Seeds.INITIALISE);
    Parameters parameters =
        Parameters.initialise(
            recipe.shapes(1, recipe.cropSize()).tensors(), Initialisation.HE, seed, device);
    if (initial.isPresent()) {
      initial.get().copyTo(parameters);
    }
    this.begun = recipe.keepsInitialWeights() ? parameters.copy() : null;
    this.descent =
        new Descent(
            schedule, parameters, Map.of(student.lastLayer() + ".weight", recipe.headRate()));
  }

  /** Null without twins. */
  private PixelFile twins(Path folder) throws IOException {
    if (!recipe.comparesTwins()) {
      return null;
    }
    return recipe.sizeOfTwins() == recipe.inputSize()
        ? training
        : PixelFile.of(data.training(), recipe.sizeOfTwins(), folder);
  }

  private TeacherFile read(QualityModel model, Path folder, Consumer<Preparation> listener)
      throws IOException {
    boolean maps = recipe.mapWeight() > 0;
    TeacherFile file =
        TeacherFile.of(model, data.training(), recipe.flip(), maps, folder, listener);
    // It has said all that it is asked, and may be larger than all that training takes.
    model.release();
    Memory.giveBack();
    return file;
  }

  /** Bytes that training takes, by the shapes of what it makes. */
  static long bytes(StudentRecipe recipe) {
    int batch = recipe.schedule().batch();
    int versions = Math.max(recipe.versions(recipe.pretrainEpochs() > 0), recipe.versions(false));
    int crops = versions * batch / recipe.schedule().parts();
    Shapes step = recipe.shapes(crops, recipe.cropSize());
    int pictures =
        recipe.needsStatistics() ? NormStatistics.batch(recipe.schedule()) : PixelFile.AT_A_TIME;
    Shapes wholePictures = recipe.shapes(pictures, recipe.inputSize());
    long head = recipe.fitsHead() ? RidgeHead.values(recipe.student()) : 0;
    // For what is validated and written there is a copy, and perhaps one of what was begun with.
    int copies = recipe.schedule().copies() + (recipe.keepsInitialWeights() ? 2 : 1);
    return Memory.bytes(
        copies * step.parameters(),
        LongStream.of(
                recipe.schedule().activations(step), wholePictures.activationsOfInference(), head)
            .max()
            .orElseThrow());
  }

  /** Makes the weights what the first step begins with. */
  void begin() {
    if (!recipe.keepStatistics() && initial.isPresent()) {
      wholePictures.unfold(descent.parameters());
      descent.restart();
    }
    if (recipe.pretrainEpochs() == 0) {
      beginSchedule();
    }
  }

  /**
   * Begins the schedule with the weights as they are, but for a head that nothing was learnt for,
   * which is fitted to the features; see {@link RidgeHead}.
   */
  private void beginSchedule() {
    boolean headIsKnown = initial.isPresent() && initial.get().has(student.lastLayer() + ".weight");
    if (recipe.fitsHead() && !headIsKnown) {
      if (!recipe.keepStatistics()) {
        wholePictures.statistics(descent.parameters());
      }
      RidgeHead.fit(recipe, descent.parameters(), training, scoresToLearn());
    }
    descent.restart();
  }

  /** People's scores of the training pictures or, if none are learnt from, the teacher's. */
  private float[] scoresToLearn() {
    if (recipe.scoreWeight() > 0) {
      return data.trainingScores();
    }
    int[] rows = new int[data.training().size()];
    Arrays.setAll(rows, image -> teacherFile.row(image, false));
    return teacherFile.scores(rows);
  }

  @Override
  public String fileName() {
    return StudentTrainer.FILE;
  }

  @Override
  public int pictures() {
    return data.training().size();
  }

  @Override
  public int pretrainEpochs() {
    return recipe.pretrainEpochs();
  }

  @Override
  public Batch batch(long step) {
    return batches.batch(step);
  }

  @Override
  public String describe(Batch batch) {
    return IntStream.of(batch.images())
        .mapToObj(image -> data.training().get(image).name())
        .collect(Collectors.joining(", "));
  }

  @Override
  public double step(Batch batch, long step, double learningRate) {
    Schedule schedule = recipe.schedule();
    long pretraining = (long) recipe.pretrainEpochs() * (pictures() / schedule.batch());
    if (step > 0 && step == pretraining) {
      beginSchedule();
    }
    forgetResult();
    try (NoGradGuard values = new NoGradGuard()) {
      descent.parameters().gradients().zero_();
    }
    SplittableRandom random = new SplittableRandom(Seeds.of(schedule.seed(), Seeds.DROP, step));
    double sum = 0;
    for (int part = 0; part < schedule.parts(); part++) {
      double loss = learn(batch.part(part, schedule.parts()), random, step < pretraining);
      if (!Double.isFinite(loss)) {
        return loss;
      }
      sum += loss;
    }
    descent.step(learningRate, step < pretraining ? step : step - pretraining);
    return sum;
  }

  /** Adds the gradients of a part's share of the loss; returns that share, or what is no number. */
  private double learn(Batch part, SplittableRandom random, boolean pretraining) {
    Schedule schedule = recipe.schedule();
    try (PointerScope temporary = new PointerScope()) {
      // Twins are compared: they must lose the same.
      TorchOperations net =
          TorchOperations.training(descent.parameters(), random)
              .in(schedule.precision())
              .droppingAlike(part.crops() / part.images().length);
      net = recipe.dropout() ? net : net.droppingNothing();
      net = recipe.keepStatistics() ? net.byRunningStatistics() : net;
      net = schedule.checkpoints() ? net.checkpointed() : net;
      Tensor images =
          Torch.on(device, Images.toTensor(part.rgb(), part.crops(), recipe.cropSize()));
      Tensor loss = weighted(1.0 / schedule.parts(), loss(net, images, part, pretraining));
      double value = loss.item_double();
      if (Double.isFinite(value)) {
        net.backward(loss);
      }
      return value;
    }
  }

  private Tensor loss(TorchOperations net, Tensor images, Batch batch, boolean pretraining) {
    long n = batch.images().length;
    // Null where they are not held. First, as long as nothing else is in memory.
    Tensor before =
        recipe.initialScoreWeight() > 0 ? here(scoresBefore(images.narrow(0, 0, n))) : null;
    // Null where no feature map is compared.
    Tensor maps =
        recipe.mapWeight() > 0 ? student.featureMap(net, student.features(net, images)) : null;
    Tensor all = (maps == null ? student.score(net, images) : student.scoreOfMap(net, maps));
    all = all.flatten().to(ScalarType.Float);
    Tensor scores = all.narrow(0, 0, n);
    if (pretraining) {
      return twinRanking(batch, all);
    }
    List<Tensor> terms = new ArrayList<>();
    Tensor targets = here(batch.targets());
    if (recipe.scoreWeight() > 0) {
      terms.add(weighted(recipe.scoreWeight(), scoreLoss(scores, targets)));
    }
    if (recipe.teacherScoreWeight() > 0) {
      Tensor theirs = here(batch.teacherScores());
      terms.add(weighted(recipe.teacherScoreWeight(), Losses.squaredError(scores, theirs)));
    }
    if (recipe.initialScoreWeight() > 0) {
      terms.add(weighted(recipe.initialScoreWeight(), Losses.squaredError(scores, before)));
    }
    if (recipe.mapWeight() > 0) {
      Tensor own = maps.narrow(0, 0, n).to(ScalarType.Float);
      Tensor theirs = here(batch.teacherMaps(), own.shape());
      terms.add(weighted(recipe.mapWeight(), Losses.squaredError(own, theirs)));
    }
    if (recipe.rankingWeight() > 0) {
      terms.add(weighted(recipe.rankingWeight(), Losses.marginRanking(scores, targets)));
    }
    if (recipe.twins().weight() > 0) {
      Tensor unit = recipe.fitsScale() ? Losses.scale(scores, targets) : here(new float[] {1});
      terms.add(weighted(recipe.twins().weight(), twinRanking(batch, all.mul(unit))));
    }
    return terms.stream().reduce(Tensor::add).orElseThrow();
  }

  /** What the weights to begin with say of crops. */
  private float[] scoresBefore(Tensor crops) {
    try (PointerScope temporary = new PointerScope();
        NoGradGuard inference = new NoGradGuard()) {
      TorchOperations net = TorchOperations.inference(begun).in(recipe.schedule().precision());
      return Floats.of(student.score(net, crops).to(ScalarType.Float));
    }
  }

  private Tensor scoreLoss(Tensor scores, Tensor targets) {
    return switch (recipe.loss()) {
      case SQUARED_ERROR -> Losses.squaredError(scores, targets);
      case CORRELATION -> Losses.correlation(scores, targets);
    };
  }

  /**
   * @param scores of all crops; each is to be lower than that of the version before
   */
  private Tensor twinRanking(Batch batch, Tensor scores) {
    long worse = batch.margins().length;
    return Losses.twinRanking(
        scores.narrow(0, 0, worse),
        scores.narrow(0, batch.images().length, worse),
        here(batch.margins()));
  }

  private Tensor here(float[] values, long... shape) {
    long[] known = shape.length == 0 ? new long[] {values.length} : shape;
    return Torch.on(device, Tensor.create(values, known));
  }

  private static Tensor weighted(double weight, Tensor loss) {
    return loss.mul(new Scalar(weight));
  }

  @Override
  public Map<String, Double> validate() {
    makeResult();
    return Figures.of(validationScores, data.validationScores());
  }

  private double[] scores(Parameters parameters) {
    double[] scores = new double[data.validation().size()];
    TorchOperations net = TorchOperations.inference(parameters);
    try (NoGradGuard inference = new NoGradGuard()) {
      validation.forEach(
          IntStream.range(0, scores.length).toArray(),
          device,
          (images, first) -> {
            float[] given = Floats.of(student.score(net, images));
            for (int i = 0; i < given.length; i++) {
              scores[first + i] = given[i];
            }
          });
    }
    return scores;
  }

  /** The averaged weights, calibrated where they must be. */
  private void makeResult() {
    if (result != null) {
      return;
    }
    result = descent.average().copy();
    if (recipe.initialShare() > 0) {
      try (NoGradGuard values = new NoGradGuard()) {
        result.values().lerp_(begun.values(), new Scalar(recipe.initialShare()));
      }
    }
    if (recipe.needsStatistics()) {
      wholePictures.statistics(result);
    }
    if (recipe.fitsScale()) {
      wholePictures.scale(result, data.trainingScores());
    }
    validationScores = scores(result);
  }

  private void forgetResult() {
    if (result != null) {
      result.close();
      result = null;
      Memory.giveBack();
    }
  }

  @Override
  public Descent descent() {
    return descent;
  }

  @Override
  public void write(Path file, Map<String, Double> figures) throws IOException {
    Map<String, String> provenance = new TreeMap<>(data.provenance(figures));
    provenance.put("input_size", Integer.toString(recipe.inputSize()));
    provenance.put("network", student.toString());
    provenance.put("recipe", recipe.toJson());
    provenance.put("seed", Long.toString(recipe.schedule().seed()));
    teacher.ifPresent(
        model -> {
          provenance.put("teacher", model.id());
          provenance.put("teacher licence", model.card().licence());
        });
    initial.ifPresent(weights -> weights.addTo(provenance));
    makeResult();
    Calibration measured = Calibration.of(validationScores, data.validationScores());
    provenance.put(Calibration.METADATA_KEY, measured.toJson());
    Safetensors.write(file, result.tensors(), provenance);
  }

  @Override
  public void close() {
    forgetResult();
    if (begun != null) {
      begun.close();
    }
    descent.close();
  }
}
