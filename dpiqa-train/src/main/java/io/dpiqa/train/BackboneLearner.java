package io.dpiqa.train;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.dataset.ClassifiedImage;
import io.dpiqa.network.Classifier;
import io.dpiqa.torch.Images;
import io.dpiqa.torch.Parameters;
import io.dpiqa.torch.Parameters.Initialisation;
import io.dpiqa.torch.Torch;
import io.dpiqa.torch.TorchOperations;
import io.dpiqa.weights.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** A backbone that learns to tell kinds of pictures apart. */
@SuppressWarnings("try") // scopes are opened for their end
final class BackboneLearner implements Learner<KindBatch> {
  private final BackboneRecipe recipe;
  private final BackboneData data;
  private final Device device;
  private final Classifier classifier;
  private final EpochOrder order;
  private final KindBatches training;
  private final KindBatches validation;
  private final NormStatistics statistics;
  private final Descent descent;

  /** What is learnt so far; null until it is needed. */
  private Parameters result;

  /**
   * A backbone that has learnt nothing.
   *
   * @param folder for decoded pictures
   */
  BackboneLearner(BackboneRecipe recipe, BackboneData data, Path folder, Device device)
      throws IOException {
    this.recipe = recipe;
    this.data = data;
    this.device = device;
    this.classifier = recipe.classifier(data.kinds());
    Schedule schedule = recipe.schedule();
    this.order = new EpochOrder(schedule, data.training().size());
    this.training = batches(data.training(), folder);
    this.validation = batches(data.validation(), folder);
    this.statistics = new NormStatistics(schedule, data.training().size());
    long seed = Seeds.of(schedule.seed(), Seeds.INITIALISE);
    this.descent =
        new Descent(
            schedule,
            Parameters.initialise(
                recipe.shapes(data.kinds()).tensors(), Initialisation.HE, seed, device),
            Map.of());
  }

  private KindBatches batches(List<ClassifiedImage> images, Path folder) throws IOException {
    List<Path> files = images.stream().map(ClassifiedImage::file).toList();
    return new KindBatches(recipe, images, PixelFile.ofFiles(files, recipe.inputSize(), folder));
  }

  @Override
  public String fileName() {
    return BackboneTrainer.FILE;
  }

  @Override
  public int pictures() {
    return data.training().size();
  }

  @Override
  public KindBatch batch(long step) {
    long seed = Seeds.of(recipe.schedule().seed(), Seeds.AUGMENT, order.epoch(step));
    return training.parts(order.chosen(step), seed);
  }

  @Override
  public String describe(KindBatch batch) {
    return IntStream.of(batch.images())
        .mapToObj(image -> data.training().get(image).name())
        .collect(Collectors.joining(", "));
  }

  @Override
  public double step(KindBatch batch, long step, double learningRate) {
    forgetResult();
    try (PointerScope temporary = new PointerScope()) {
      Schedule schedule = recipe.schedule();
      SplittableRandom random = new SplittableRandom(Seeds.of(schedule.seed(), Seeds.DROP, step));
      TorchOperations net =
          TorchOperations.training(descent.parameters(), random).in(schedule.precision());
      net = schedule.checkpoints() ? net.checkpointed() : net;
      Tensor logits = logits(net, batch).to(ScalarType.Float);
      Tensor loss = Losses.crossEntropy(logits, kinds(batch), recipe.labelSmoothing());
      double value = loss.item_double();
      if (Double.isFinite(value)) {
        descent.parameters().gradients().zero_();
        net.backward(loss);
        descent.step(learningRate, step);
      }
      return value;
    }
  }

  private Tensor logits(TorchOperations net, KindBatch batch) {
    Tensor images = Images.toTensor(batch.rgb(), batch.images().length, recipe.cropSize());
    return classifier.logits(net, Torch.on(device, images));
  }

  private Tensor kinds(KindBatch batch) {
    return Torch.on(device, Tensor.create(batch.kinds(), batch.kinds().length));
  }

  /** The share of the whole pictures whose kind is the one that they look most like. */
  @Override
  public Map<String, Double> validate() {
    TorchOperations net = TorchOperations.inference(result());
    int pictures = data.validation().size();
    long right = 0;
    for (int first = 0; first < pictures; first += PixelFile.AT_A_TIME) {
      int end = Math.min(first + PixelFile.AT_A_TIME, pictures);
      KindBatch batch = validation.whole(IntStream.range(first, end).toArray());
      try (PointerScope temporary = new PointerScope();
          NoGradGuard inference = new NoGradGuard()) {
        Tensor likeliest = logits(net, batch).argmax(new LongOptional(1), false);
        right += likeliest.eq(kinds(batch)).sum().item_long();
      }
    }
    return Map.of("top1_accuracy", (double) right / pictures);
  }

  /**
   * The averaged weights. BatchNorm's running statistics, averaged too, are those of other weights
   * and of enlarged parts: they are taken anew, of whole pictures, as a student's are.
   */
  private Parameters result() {
    if (result == null) {
      result = descent.average().copy();
      statistics.measure(
          share -> TorchOperations.measuring(result, share),
          (net, images) -> logits(net, training.whole(images)));
    }
    return result;
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
    provenance.put("kinds", Integer.toString(data.kinds()));
    provenance.put("network", classifier.toString());
    provenance.put("recipe", recipe.toJson());
    provenance.put("seed", Long.toString(recipe.schedule().seed()));
    Safetensors.write(file, result().tensors(), provenance);
  }

  @Override
  public void close() {
    forgetResult();
    descent.close();
  }
}
