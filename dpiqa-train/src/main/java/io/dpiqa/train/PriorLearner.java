package io.dpiqa.train;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.dataset.DescribedImage;
import io.dpiqa.network.Configuration;
import io.dpiqa.network.DescriptionEmbedding;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.text.Description;
import io.dpiqa.torch.Floats;
import io.dpiqa.torch.Images;
import io.dpiqa.torch.Parameters;
import io.dpiqa.torch.Torch;
import io.dpiqa.torch.TorchOperations;
import io.dpiqa.weights.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A prior that learns to tell noise from pictures, whose descriptions it is told. */
@SuppressWarnings("try") // scopes are opened for their end
final class PriorLearner implements Learner<NoisyBatch> {
  private static final String UNET = "unet";
  private static final String ENCODER = "vae";
  private static final String WORDS = "description";

  private final PriorRecipe recipe;
  private final PriorData data;
  private final Device device;
  private final Configuration.Prior prior;
  private final DescriptionEmbedding embedding;
  private final NoiseSchedule noise = new NoiseSchedule();
  private final EpochOrder order;
  private final NoisyBatches training;
  private final NoisyBatches validation;
  private final Descent descent;

  /**
   * A prior that has learnt nothing.
   *
   * @param folder for decoded pictures
   */
  PriorLearner(PriorRecipe recipe, PriorData data, Path folder, Device device) throws IOException {
    this.recipe = recipe;
    this.data = data;
    this.device = device;
    this.prior = recipe.prior();
    this.embedding = new DescriptionEmbedding(recipe.contextWidth());
    Schedule schedule = recipe.schedule();
    this.order = new EpochOrder(schedule, data.training().size());
    this.training = batches(data.training(), folder);
    this.validation = batches(data.validation(), folder);
    long seed = Seeds.of(schedule.seed(), Seeds.INITIALISE);
    this.descent =
        new Descent(
            schedule,
            Parameters.initialise(
                shapes(recipe).tensors(), Parameters.Initialisation.UNIFORM, seed, device),
            Map.of());
  }

  private NoisyBatches batches(List<DescribedImage> images, Path folder) throws IOException {
    List<Path> files = images.stream().map(DescribedImage::file).toList();
    return new NoisyBatches(recipe, images, PixelFile.ofFiles(files, recipe.inputSize(), folder));
  }

  /** What is trained, and what one part of a batch makes. */
  static Shapes shapes(PriorRecipe recipe) {
    Shapes shapes = new Shapes();
    int n = recipe.schedule().batch() / recipe.schedule().parts();
    Configuration.Prior prior = recipe.prior();
    Shape image = Shape.of(n, 3, recipe.imageSize(), recipe.imageSize());
    Shape latents = prior.encoder().latents(shapes, ENCODER, image, OptionalLong.empty());
    Shape context =
        new DescriptionEmbedding(recipe.contextWidth())
            .context(shapes, WORDS, Collections.nCopies(n, Description.all().get(0)));
    prior.unet().noise(shapes, UNET, latents, new int[n], context);
    return shapes;
  }

  @Override
  public String fileName() {
    return "prior.safetensors";
  }

  @Override
  public int pictures() {
    return data.training().size();
  }

  @Override
  public NoisyBatch batch(long step) {
    long seed = Seeds.of(recipe.schedule().seed(), Seeds.AUGMENT, order.epoch(step));
    return training.batch(order.chosen(step), seed);
  }

  @Override
  public String describe(NoisyBatch batch) {
    return IntStream.of(batch.images())
        .mapToObj(image -> data.training().get(image).name())
        .collect(Collectors.joining(", "));
  }

  @Override
  public double step(NoisyBatch batch, long step, double learningRate) {
    Schedule schedule = recipe.schedule();
    descent.parameters().gradients().zero_();
    double sum = 0;
    for (int part = 0; part < schedule.parts(); part++) {
      double loss = learn(batch.part(part, schedule.parts()), 1.0 / schedule.parts());
      if (!Double.isFinite(loss)) {
        return loss;
      }
      sum += loss;
    }
    descent.step(learningRate, step);
    return sum;
  }

  /** Adds the gradients of a share of the loss, and returns that share, unless it is no number. */
  private double learn(NoisyBatch batch, double share) {
    try (PointerScope temporary = new PointerScope()) {
      Schedule schedule = recipe.schedule();
      TorchOperations net =
          TorchOperations.inference(descent.parameters()).in(schedule.precision());
      net = schedule.checkpoints() ? net.checkpointed() : net;
      Tensor loss = error(net, batch).mul(new Scalar(share));
      double value = loss.item_double();
      if (Double.isFinite(value)) {
        net.backward(loss);
      }
      return value;
    }
  }

  /** Mean squared error of the noise that is predicted. */
  private Tensor error(TorchOperations net, NoisyBatch batch) {
    Tensor latents = latents(net, batch);
    Tensor drawn = Torch.on(device, Tensor.create(batch.noise(), latents.shape()));
    Tensor noisy =
        latents.mul(amounts(batch, noise::signal)).add(drawn.mul(amounts(batch, noise::noise)));
    Tensor context = embedding.context(net, WORDS, batch.descriptions());
    Tensor predicted = prior.unet().noise(net, UNET, noisy, batch.timesteps(), context);
    return torch.mse_loss(predicted.to(ScalarType.Float), drawn);
  }

  private Tensor latents(TorchOperations net, NoisyBatch batch) {
    // Planes: group normalisation of pixels that lie together has no backward pass in libtorch.
    Tensor images = Images.toTensor(batch.rgb(), batch.size(), recipe.imageSize()).contiguous();
    return prior.encoder().latents(net, ENCODER, Torch.on(device, images), OptionalLong.empty());
  }

  /** A number for each picture by its timestep, {@code [N, 1, 1, 1]}. */
  private Tensor amounts(NoisyBatch batch, IntToDoubleFunction amount) {
    float[] amounts = new float[batch.size()];
    for (int i = 0; i < amounts.length; i++) {
      amounts[i] = (float) amount.applyAsDouble(batch.timesteps()[i]);
    }
    return Torch.on(device, Tensor.create(amounts, amounts.length, 1, 1, 1));
  }

  /**
   * The error on the validation part, drawn as pictures to learn from are, but always the same; and
   * what it would be if each picture were said to be what another one is, which is more if the
   * prior heeds descriptions.
   */
  @Override
  public Map<String, Double> validate() {
    double told = 0;
    double mistold = 0;
    int pictures = data.validation().size();
    long seed = Seeds.of(recipe.schedule().seed(), Seeds.VALIDATION);
    TorchOperations net = TorchOperations.inference(descent.average());
    Description before = null;
    int n = recipe.schedule().batch() / recipe.schedule().parts();
    for (int first = 0; first < pictures; first += n) {
      int end = Math.min(first + n, pictures);
      NoisyBatch batch = validation.batch(IntStream.range(first, end).toArray(), seed);
      List<Description> others = new ArrayList<>(batch.descriptions());
      Collections.rotate(others, 1);
      Description last = others.get(0);
      if (before != null) {
        others.set(0, before);
      }
      before = last;
      told += batch.size() * value(net, batch);
      mistold += batch.size() * value(net, batch.describedAs(others));
    }
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("noise_error", told / pictures);
    figures.put("noise_error_misdescribed", mistold / pictures);
    return figures;
  }

  private double value(TorchOperations net, NoisyBatch batch) {
    try (PointerScope temporary = new PointerScope();
        NoGradGuard inference = new NoGradGuard()) {
      return error(net, batch).item_double();
    }
  }

  @Override
  public boolean isBetter(double figure, double than) {
    return figure < than;
  }

  @Override
  public Descent descent() {
    return descent;
  }

  @Override
  public void write(Path file, Map<String, Double> figures) throws IOException {
    Map<String, String> metadata = new TreeMap<>(data.provenance(figures));
    metadata.put(Configuration.PRIOR, prior.toJson());
    metadata.put("recipe", recipe.toJson());
    metadata.put("seed", Long.toString(recipe.schedule().seed()));
    List<io.dpiqa.weights.Tensor> tensors = new ArrayList<>();
    for (io.dpiqa.weights.Tensor tensor : descent.average().tensors()) {
      if (tensor.name().startsWith(UNET + ".")) {
        tensors.add(tensor);
      }
    }
    tensors.add(prompts());
    Safetensors.write(file, tensors, metadata);
  }

  /** What stands for all descriptions, {@code [495, contextWidth]}. */
  private io.dpiqa.weights.Tensor prompts() {
    try (PointerScope temporary = new PointerScope();
        NoGradGuard inference = new NoGradGuard()) {
      TorchOperations net = TorchOperations.inference(descent.average());
      List<Description> all = Description.all();
      long[] shape = {all.size(), recipe.contextWidth()};
      float[] pooled = Floats.of(embedding.pooled(net, WORDS, all));
      return io.dpiqa.weights.Tensor.of(Configuration.PROMPTS, shape, pooled);
    }
  }

  @Override
  public void close() {
    descent.close();
  }
}
