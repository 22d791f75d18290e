package io.dpiqa.train;

import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.evaluation.Agreement;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
import io.dpiqa.torch.Floats;
import io.dpiqa.torch.Images;
import io.dpiqa.torch.Parameters;
import io.dpiqa.torch.TorchOperations;
import io.dpiqa.weights.Safetensors;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A student that learns from people's scores. */
@SuppressWarnings("try") // scopes are opened for their end
final class StudentLearner implements Learner<Batch> {
  private final StudentRecipe recipe;
  private final Student student;
  private final TrainingData data;
  private final PixelFile validation;
  private final PixelFile training;
  private final Batches batches;
  private final Calibration calibration;
  private final Descent descent;

  /**
   * A student that has learnt nothing.
   *
   * @param folder for decoded pictures
   */
  StudentLearner(StudentRecipe recipe, TrainingData data, Path folder) throws IOException {
    this.recipe = recipe;
    this.student = recipe.student();
    this.data = data;
    this.validation = PixelFile.of(data.validation(), recipe.inputSize(), folder);
    this.training = PixelFile.of(data.training(), recipe.inputSize(), folder);
    this.batches = new Batches(recipe, data.training(), training);
    this.calibration = new Calibration(recipe, training, data.training().size());
    Schedule schedule = recipe.schedule();
    long seed = Seeds.of(schedule.seed(), Seeds.INITIALISE);
    this.descent =
        new Descent(
            schedule,
            Parameters.initialise(shapes(recipe), seed),
            Map.of(student.lastLayer() + ".weight", recipe.headRate()));
  }

  private static Map<String, Shape> shapes(StudentRecipe recipe) {
    Shapes shapes = new Shapes();
    recipe.student().score(shapes, Shape.of(1, 3, recipe.cropSize(), recipe.cropSize()));
    return shapes.tensors();
  }

  /** Fits the head to the features of the backbone as it is; see {@link RidgeHead}. */
  void fitHead() {
    calibration.statistics(descent.parameters());
    RidgeHead.fit(recipe, descent.parameters(), training, data.trainingScores());
    descent.restartAverage();
  }

  @Override
  public String fileName() {
    return "student.safetensors";
  }

  @Override
  public int pictures() {
    return data.training().size();
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
    try (PointerScope temporary = new PointerScope()) {
      Schedule schedule = recipe.schedule();
      SplittableRandom random = new SplittableRandom(Seeds.of(schedule.seed(), Seeds.DROP, step));
      TorchOperations net =
          TorchOperations.training(descent.parameters(), random).in(schedule.precision());
      Tensor images = Images.toTensor(batch.rgb(), batch.targets().length, recipe.cropSize());
      Tensor scores = student.score(net, images).flatten().to(ScalarType.Float);
      Tensor targets = Tensor.create(batch.targets());
      Tensor loss =
          switch (recipe.loss()) {
            case SQUARED_ERROR -> Losses.squaredError(scores, targets);
            case CORRELATION -> Losses.correlation(scores, targets);
          };
      if (recipe.rankingWeight() > 0) {
        Scalar weight = new Scalar(recipe.rankingWeight());
        loss = loss.add(Losses.marginRanking(scores, targets), weight);
      }
      double value = loss.item_double();
      if (Double.isFinite(value)) {
        descent.parameters().gradients().zero_();
        net.backward(loss);
        descent.step(learningRate, step);
      }
      return value;
    }
  }

  @Override
  public Map<String, Double> validate() {
    try (Parameters result = result()) {
      double[] scores = scores(result);
      double[] opinions = data.validation().stream().mapToDouble(LabelledImage::score).toArray();
      return Figures.of(Agreement.between(scores, opinions));
    }
  }

  private double[] scores(Parameters parameters) {
    double[] scores = new double[data.validation().size()];
    int batch = recipe.schedule().batch();
    TorchOperations net = TorchOperations.inference(parameters);
    try (NoGradGuard inference = new NoGradGuard()) {
      for (int first = 0; first < scores.length; first += batch) {
        int end = Math.min(first + batch, scores.length);
        try (PointerScope temporary = new PointerScope()) {
          Tensor images = validation.load(IntStream.range(first, end).toArray());
          float[] given = Floats.of(student.score(net, images));
          for (int i = first; i < end; i++) {
            scores[i] = given[i - first];
          }
        }
      }
    }
    return scores;
  }

  @Override
  public boolean isBetter(double figure, double than) {
    return figure > than;
  }

  /** The averaged weights, calibrated; the caller closes them. */
  private Parameters result() {
    Parameters result = descent.average().copy();
    calibration.statistics(result);
    if (recipe.loss() == StudentRecipe.Loss.CORRELATION) {
      calibration.scale(result, data.trainingScores());
    }
    return result;
  }

  @Override
  public List<io.dpiqa.weights.Tensor> tensors() {
    return descent.tensors();
  }

  @Override
  public void read(Weights weights) {
    descent.read(weights);
  }

  @Override
  public void write(Path file, Map<String, Double> figures) throws IOException {
    Map<String, String> provenance = new TreeMap<>(data.provenance());
    provenance.put("input_size", Integer.toString(recipe.inputSize()));
    provenance.put("network", student.toString());
    provenance.put("recipe", recipe.toJson());
    provenance.put("seed", Long.toString(recipe.schedule().seed()));
    provenance.put("training images", Integer.toString(data.training().size()));
    provenance.put("validation", Figures.text(data.validation().size(), figures));
    try (Parameters result = result()) {
      Safetensors.write(file, result.tensors(), provenance);
    }
  }

  @Override
  public void close() {
    descent.close();
  }
}
