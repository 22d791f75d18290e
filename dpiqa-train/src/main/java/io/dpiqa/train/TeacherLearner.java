package io.dpiqa.train;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.importer.DiffusionPrior;
import io.dpiqa.model.Calibration;
import io.dpiqa.network.Configuration;
import io.dpiqa.network.LatentEncoder;
import io.dpiqa.network.PixelEncoder;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Teacher;
import io.dpiqa.torch.Floats;
import io.dpiqa.torch.Images;
import io.dpiqa.torch.Parameters;
import io.dpiqa.torch.Torch;
import io.dpiqa.torch.TorchOperations;
import io.dpiqa.weights.Safetensors;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A teacher that learns from people's scores: all of it but what makes the latents. */
@SuppressWarnings("try") // scopes are opened for their end
final class TeacherLearner implements Learner<TeacherLearner.Pictures> {

  /**
   * What one step learns from.
   *
   * @param images which pictures of the training part these are
   * @param mirrored which of them are mirrored
   */
  @SuppressWarnings("ArrayRecordComponent") // passed from one thread to another, never compared
  record Pictures(int[] images, boolean[] mirrored, byte[] rgb, float[] targets) {}

  /**
   * Pictures, and the latents that are computed once where they cost much.
   *
   * @param orientations 2 if they are read mirrored too, otherwise 1
   */
  private record Part(
      List<LabelledImage> images, PixelFile pixels, int orientations, FloatFile latents) {}

  private final TeacherRecipe recipe;
  private final Schedule schedule;
  private final TrainingData data;
  private final DiffusionPrior prior;
  private final Device device;
  private final Configuration.Teacher configuration;
  private final Teacher teacher;
  private final Part training;
  private final Part validation;
  private final EpochOrder order;
  private final Descent descent;

  /** Scores of the validation part by what is learnt so far; null until they are needed. */
  private double[] validationScores;

  /**
   * A teacher that knows what its prior does.
   *
   * @param prior stays open as long as this
   * @param folder for decoded pictures and latents
   * @param listener told after every picture whose latents are computed
   * @throws IllegalArgumentException if the recipe asks for what the prior has not
   */
  TeacherLearner(
      TeacherRecipe recipe,
      TrainingData data,
      DiffusionPrior prior,
      Path folder,
      Device device,
      Consumer<Preparation> listener)
      throws IOException {
    this.recipe = recipe;
    this.schedule = recipe.schedule();
    this.data = data;
    this.prior = prior;
    this.device = device;
    this.configuration = recipe.teacher(prior.configuration());
    this.teacher = configuration.network();
    this.validation = part(data.validation(), 1, folder, listener);
    this.training = part(data.training(), recipe.flip() ? 2 : 1, folder, listener);
    this.order = new EpochOrder(schedule, data.training().size());
    Parameters parameters =
        Parameters.initialise(
            shapes(recipe, prior).tensors(),
            recipe.initialisation(),
            Seeds.of(schedule.seed(), Seeds.INITIALISE),
            device);
    parameters.take(
        prior.weights().map(t -> Optional.of(t).filter(tensor -> Teacher.isPrior(tensor.name()))));
    if (recipe.learnsPrompts()) {
      Shape shape = prior.promptsShape();
      parameters.take(
          Weights.of(
              io.dpiqa.weights.Tensor.of(Configuration.PROMPTS, shape.sizes(), prior.prompts())));
    }
    this.descent = new Descent(schedule, parameters, Map.of());
  }

  /** What is trained, and what one part of a batch makes. */
  static Shapes shapes(TeacherRecipe recipe, DiffusionPrior prior) {
    Configuration.Teacher configuration = recipe.teacher(prior.configuration());
    Shapes shapes = new Shapes();
    int n = recipe.schedule().batch() / recipe.schedule().parts();
    int size = configuration.imageSize();
    Shape image = Shape.of(n, 3, size, size);
    Shape latents = latentsShape(configuration, n);
    Shape prompts = prior.promptsShape();
    if (recipe.learnsPrompts()) {
      shapes.parameter(Configuration.PROMPTS, prompts);
    }
    configuration.network().read(shapes, image, latents, prompts);
    return shapes;
  }

  private static Shape latentsShape(Configuration.Teacher configuration, int n) {
    LatentEncoder encoder = configuration.encoder();
    int side = configuration.imageSize() / encoder.reduction();
    return Shape.of(n, encoder.latentChannels(), side, side);
  }

  private Part part(
      List<LabelledImage> images, int orientations, Path folder, Consumer<Preparation> listener)
      throws IOException {
    PixelFile pixels = PixelFile.of(images, configuration.imageSize(), folder);
    FloatFile latents = latents(images.size(), orientations, pixels, folder, listener);
    return new Part(images, pixels, orientations, latents);
  }

  /** Null where latents cost next to nothing. */
  private FloatFile latents(
      int images, int orientations, PixelFile pixels, Path folder, Consumer<Preparation> listener)
      throws IOException {
    if (teacher.encoder() instanceof PixelEncoder) {
      return null;
    }
    Shapes shapes = new Shapes();
    int size = configuration.imageSize();
    Shape one = teacher.latents(shapes, Shape.of(1, 3, size, size));
    String seed = recipe.latentSeed() == null ? "mean" : "seed" + recipe.latentSeed();
    String mirrored = orientations == 2 ? "-mirrored" : "";
    Path file =
        folder.resolve(
            "latents-%s-%s-%s%s.bin".formatted(pixels.key(), prior.encoderKey(), seed, mirrored));
    try (Parameters encoder = Parameters.frozen(shapes.tensors(), prior.weights(), device);
        NoGradGuard inference = new NoGradGuard()) {
      TorchOperations net = TorchOperations.inference(encoder);
      return FloatFile.of(
          file,
          orientations * images,
          Math.toIntExact(one.elements()),
          row -> {
            try (PointerScope temporary = new PointerScope()) {
              byte[] rgb = pixels.picture(row / orientations).rgb();
              if (row % orientations == 1) {
                PixelFile.mirror(rgb, 0, size);
              }
              float[] latents = Floats.of(teacher.latents(net, image(rgb, 1)));
              listener.accept(
                  new Preparation("latents are computed", row + 1, orientations * images));
              return latents;
            }
          });
    }
  }

  @Override
  public String fileName() {
    return TeacherTrainer.FILE;
  }

  @Override
  public int pictures() {
    return data.training().size();
  }

  @Override
  public Pictures batch(long step) {
    int[] images = order.chosen(step);
    boolean[] mirrored = new boolean[images.length];
    for (int i = 0; i < images.length; i++) {
      long seed = Seeds.of(schedule.seed(), Seeds.AUGMENT, order.epoch(step), images[i]);
      mirrored[i] = recipe.flip() && new SplittableRandom(seed).nextBoolean();
    }
    return read(training, images, mirrored);
  }

  private Pictures read(Part part, int[] images, boolean[] mirrored) {
    int size = configuration.imageSize();
    int perImage = 3 * size * size;
    byte[] rgb = new byte[Math.multiplyExact(images.length, perImage)];
    float[] targets = new float[images.length];
    for (int i = 0; i < images.length; i++) {
      part.pixels().read(images[i], rgb, i * perImage);
      if (mirrored[i]) {
        PixelFile.mirror(rgb, i * perImage, size);
      }
      targets[i] = (float) part.images().get(images[i]).score();
    }
    return new Pictures(images, mirrored, rgb, targets);
  }

  @Override
  public String describe(Pictures batch) {
    return IntStream.of(batch.images())
        .mapToObj(image -> data.training().get(image).name())
        .collect(Collectors.joining(", "));
  }

  @Override
  public double step(Pictures batch, long step, double learningRate) {
    validationScores = null;
    Parameters parameters = descent.parameters();
    try (NoGradGuard values = new NoGradGuard()) {
      parameters.gradients().zero_();
    }
    int n = batch.images().length / schedule.parts();
    double sum = 0;
    for (int part = 0; part < schedule.parts(); part++) {
      double loss = learn(range(batch, part * n, n), 1.0 / schedule.parts());
      if (!Double.isFinite(loss)) {
        return loss;
      }
      sum += loss;
    }
    descent.step(learningRate, step);
    return sum;
  }

  /** Adds the gradients of a share of the loss, and returns that share, unless it is no number. */
  private double learn(Pictures batch, double share) {
    try (PointerScope temporary = new PointerScope()) {
      TorchOperations net =
          TorchOperations.inference(descent.parameters()).in(schedule.precision());
      net = schedule.checkpoints() ? net.checkpointed() : net;
      Tensor scores = scores(net, training, batch);
      Tensor targets = Torch.on(device, Tensor.create(batch.targets()));
      Tensor loss = Losses.squaredError(scores, targets);
      if (recipe.rankingWeight() > 0) {
        Scalar weight = new Scalar(recipe.rankingWeight());
        loss = loss.add(Losses.marginRanking(scores, targets), weight);
      }
      loss = loss.mul(new Scalar(share));
      double value = loss.item_double();
      if (Double.isFinite(value)) {
        net.backward(loss);
      }
      return value;
    }
  }

  /** {@code [N]} */
  private Tensor scores(TorchOperations net, Part part, Pictures batch) {
    int n = batch.images().length;
    Tensor image = image(batch.rgb(), n);
    Tensor latents = part.latents() == null ? teacher.latents(net, image) : read(part, batch);
    Tensor prompts =
        recipe.learnsPrompts()
            ? net.parameter(Configuration.PROMPTS, prior.promptsShape())
            : net.constant(prior.promptsShape(), prior.prompts());
    return teacher.read(net, image, latents, prompts).score().flatten().to(ScalarType.Float);
  }

  private Tensor read(Part part, Pictures batch) {
    int[] rows = batch.images().clone();
    Arrays.setAll(
        rows, i -> part.orientations() * batch.images()[i] + (batch.mirrored()[i] ? 1 : 0));
    long[] shape = latentsShape(configuration, rows.length).sizes();
    return Torch.on(device, Tensor.create(part.latents().rows(rows), shape));
  }

  /** Planes: group normalisation of pixels that lie together has no backward pass in libtorch. */
  private Tensor image(byte[] rgb, int n) {
    return Torch.on(device, Images.toTensor(rgb, n, configuration.imageSize()).contiguous());
  }

  private static Pictures range(Pictures batch, int start, int n) {
    int end = start + n;
    int perImage = batch.rgb().length / batch.images().length;
    return new Pictures(
        Arrays.copyOfRange(batch.images(), start, end),
        Arrays.copyOfRange(batch.mirrored(), start, end),
        Arrays.copyOfRange(batch.rgb(), start * perImage, end * perImage),
        Arrays.copyOfRange(batch.targets(), start, end));
  }

  @Override
  public Map<String, Double> validate() {
    validationScores = scores();
    return Figures.of(validationScores, data.validationScores());
  }

  /** Of the validation part, by what is learnt so far. */
  private double[] scores() {
    double[] scores = new double[validation.images().size()];
    int n = schedule.batch() / schedule.parts();
    TorchOperations net = TorchOperations.inference(descent.average()).in(schedule.precision());
    try (NoGradGuard inference = new NoGradGuard()) {
      for (int first = 0; first < scores.length; first += n) {
        int end = Math.min(first + n, scores.length);
        try (PointerScope temporary = new PointerScope()) {
          int[] images = IntStream.range(first, end).toArray();
          Pictures batch = read(validation, images, new boolean[images.length]);
          float[] given = Floats.of(scores(net, validation, batch));
          for (int i = first; i < end; i++) {
            scores[i] = given[i - first];
          }
        }
      }
    }
    return scores;
  }

  @Override
  public Descent descent() {
    return descent;
  }

  @Override
  public void write(Path file, Map<String, Double> figures) throws IOException {
    Map<String, String> provenance = new TreeMap<>(prior.provenance());
    provenance.putAll(data.provenance(figures));
    provenance.put(Configuration.TEACHER, configuration.toJson());
    provenance.put("recipe", recipe.toJson());
    provenance.put("seed", Long.toString(schedule.seed()));
    if (validationScores == null) {
      validationScores = scores();
    }
    Calibration measured = Calibration.of(validationScores, data.validationScores());
    provenance.put(Calibration.METADATA_KEY, measured.toJson());

    Map<String, io.dpiqa.weights.Tensor> tensors = new LinkedHashMap<>();
    descent.average().tensors().forEach(tensor -> tensors.put(tensor.name(), tensor));
    prior.weights().tensors().stream()
        .filter(tensor -> Teacher.isFrozen(tensor.name()))
        .forEach(tensor -> tensors.put(tensor.name(), tensor));
    Shape prompts = prior.promptsShape();
    io.dpiqa.weights.Tensor fixed =
        io.dpiqa.weights.Tensor.of(Configuration.PROMPTS, prompts.sizes(), prior.prompts());
    tensors.putIfAbsent(Configuration.PROMPTS, fixed);
    tensors.computeIfPresent(
        Configuration.PROMPTS, (name, tensor) -> tensor.reshaped(prompts.size(1), prompts.size(2)));
    Safetensors.write(file, new ArrayList<>(tensors.values()), provenance);
  }

  @Override
  public void close() {
    descent.close();
  }
}
