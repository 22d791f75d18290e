package io.dpiqa.benchmarks;

import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.network.EfficientNet;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
import io.dpiqa.torch.Parameters;
import io.dpiqa.torch.TorchOperations;
import io.dpiqa.train.Epoch;
import io.dpiqa.train.StudentRecipe;
import io.dpiqa.train.StudentTrainer;
import io.dpiqa.train.TrainingData;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A compact student in training, as {@link StudentTrainer} trains it (pictures read and mirrored by
 * another thread, gradients and moments in one tensor each), against a plain loop of forward pass,
 * backward pass and libtorch's own AdamW over the same network and a batch that never changes. They
 * take turns, an epoch each. A third epoch compares twins, for which pictures are degraded too:
 * only how long it waits for them is told.
 */
@SuppressWarnings("try") // scopes are opened for their end
public final class TrainingTimes {
  private static final int PICTURES = 320;
  private static final int VALIDATION = 2;
  private static final int SIZE = 144;
  private static final int BATCH = 32;

  /** Twins are cut out of larger pictures, as the built-in model's were. */
  private static final String TWINS = "{\"twins\": {\"weight\": 1, \"size\": 192}}";

  private TrainingTimes() {}

  /**
   * Prints pictures a second.
   *
   * @param arguments the number of rounds; 5 if there is none
   */
  public static void main(String[] arguments) throws IOException {
    int rounds = arguments.length == 0 ? 5 : Integer.parseInt(arguments[0]);
    Path folder = Files.createTempDirectory("dpiqa-");
    TrainingData data = data(folder);
    double[] ours = new double[rounds];
    double[] plain = new double[rounds];
    double[] ratio = new double[rounds];
    double[] waiting = new double[rounds];
    double[] waitingForTwins = new double[rounds];
    for (int round = -1; round < rounds; round++) {
      Epoch epoch = epoch(data, folder, "run" + round, "{}");
      double speed = plain(PICTURES / BATCH);
      Epoch twins = epoch(data, folder, "twins" + round, TWINS);
      if (round >= 0) {
        ours[round] = epoch.imagesPerSecond();
        waiting[round] = 100 * epoch.waitingShare();
        plain[round] = speed;
        ratio[round] = epoch.imagesPerSecond() / speed;
        waitingForTwins[round] = 100 * twins.waitingShare();
      }
    }
    System.out.printf("dpiqa's trainer  %s%n", Times.of(ours).in("pictures/s", 1));
    System.out.printf("plain libtorch   %s%n", Times.of(plain).in("pictures/s", 1));
    System.out.printf("of plain         %s%n", Times.of(ratio).in("in a round", 3));
    System.out.printf("waiting          %s%n", Times.of(waiting).in("percent", 2));
    System.out.printf("waiting, twins   %s%n", Times.of(waitingForTwins).in("percent", 2));
  }

  private static TrainingData data(Path folder) throws IOException {
    BufferedImage photo = Photo.render();
    List<LabelledImage> images = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < PICTURES + VALIDATION; i++) {
      int x = random.nextInt(Photo.WIDTH - SIZE);
      int y = random.nextInt(Photo.HEIGHT - SIZE);
      Path file = folder.resolve(i + ".png");
      ImageIO.write(photo.getSubimage(x, y, SIZE, SIZE), "png", file.toFile());
      images.add(new LabelledImage(file.getFileName().toString(), file, random.nextDouble()));
    }
    return new TrainingData(
        images.subList(0, PICTURES), images.subList(PICTURES, images.size()), Map.of());
  }

  private static Epoch epoch(TrainingData data, Path folder, String run, String changes)
      throws IOException {
    StudentRecipe plain =
        StudentRecipe.fromJson(
            """
            {"inputSize": %d, "cropSize": %d, "ridge": 0, "loss": "SQUARED_ERROR",
             "schedule": {"batch": %d, "epochs": 1, "warmupEpochs": 0, "averageDecay": 0}}
            """
                .formatted(SIZE, SIZE, BATCH));
    StudentRecipe recipe = StudentRecipe.fromJson(changes, plain);
    List<Epoch> epochs = new ArrayList<>();
    new StudentTrainer(recipe, data, folder.resolve(run))
        .withCache(folder)
        .train(
            progress -> {
              if (!progress.epochs().isEmpty()) {
                epochs.addAll(progress.epochs());
              }
            });
    return epochs.get(0);
  }

  /** Pictures a second. */
  private static double plain(int steps) {
    Student student = Student.compact(new EfficientNet(0));
    Shapes shapes = new Shapes();
    student.score(shapes, Shape.of(1, 3, SIZE, SIZE));
    try (Parameters parameters = Parameters.initialise(shapes.tensors(), 1);
        PointerScope scope = new PointerScope()) {
      TorchOperations net = TorchOperations.training(parameters, new SplittableRandom(1));
      TensorVector leaves = new TensorVector();
      shapes.tensors().forEach((name, shape) -> addLeaf(leaves, net, name, shape));
      AdamW optimizer = new AdamW(leaves, new AdamWOptions(1e-3));
      Tensor images = torch.rand(BATCH, SIZE, SIZE, 3).permute(0, 3, 1, 2);
      Tensor targets = torch.rand(BATCH);
      long start = System.nanoTime();
      for (int step = 0; step < steps; step++) {
        try (PointerScope temporary = new PointerScope()) {
          Tensor loss = torch.mse_loss(student.score(net, images).flatten(), targets);
          parameters.gradients().zero_();
          loss.backward();
          optimizer.step();
          loss.item_double();
        }
      }
      return steps * BATCH / ((System.nanoTime() - start) / 1e9);
    }
  }

  private static void addLeaf(TensorVector leaves, TorchOperations net, String name, Shape shape) {
    if (Shapes.isTrained(name)) {
      leaves.push_back(net.parameter(name, shape));
    }
  }
}
