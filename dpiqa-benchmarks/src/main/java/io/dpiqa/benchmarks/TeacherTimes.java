package io.dpiqa.benchmarks;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.dpiqa.QualityModel;
import io.dpiqa.ScoringOptions;
import io.dpiqa.image.BilinearResize;
import io.dpiqa.image.ImageDecoder;
import io.dpiqa.network.DenoisingUnet;
import io.dpiqa.network.ImageAdapter;
import io.dpiqa.network.OnnxGraph;
import io.dpiqa.network.QualityFeatureDecoder;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.VaeEncoder;
import io.dpiqa.torch.Images;
import io.dpiqa.torch.Parameters;
import io.dpiqa.torch.TorchOperations;
import io.dpiqa.weights.Weights;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;

/**
 * The published teacher on 2 cores, one picture at a time: ONNX Runtime as {@link QualityModel}
 * runs it against libtorch on the same weights, taking turns; and each of its parts alone in ONNX
 * Runtime. Takes 9 GB of memory and of disk.
 */
@SuppressWarnings("try") // scopes are opened for their end
public final class TeacherTimes {
  private static final int THREADS = 2;
  private static final int SIZE = UntrainedTeacher.SIZE;

  private TeacherTimes() {}

  /**
   * Prints seconds a picture.
   *
   * @param arguments the number of rounds after one that does not count; 5 if there is none
   */
  public static void main(String[] arguments) throws IOException, OrtException {
    int rounds = arguments.length == 0 ? 5 : Integer.parseInt(arguments[0]);
    Path folder = Files.createTempDirectory("dpiqa");
    Path onnx = folder.resolve("model.onnx");
    try {
      Shapes shapes = UntrainedTeacher.shapes();
      Weights weights = UntrainedTeacher.weights(shapes);
      UntrainedTeacher.write(weights, shapes, false, onnx);
      compare(shapes, weights, onnx, rounds);
      timeParts(weights, onnx, rounds);
    } finally {
      Files.deleteIfExists(folder.resolve("model.onnx.data"));
      Files.deleteIfExists(onnx);
      Files.delete(folder);
    }
  }

  private static void compare(Shapes shapes, Weights weights, Path onnx, int rounds) {
    BufferedImage picture = Photo.render().getSubimage(0, 0, SIZE, SIZE);
    try (QualityModel runtime =
            QualityModel.load(onnx, ScoringOptions.DEFAULT.withThreads(THREADS));
        Parameters parameters = Parameters.frozen(shapes.tensors(), weights)) {
      TorchOperations net = TorchOperations.inference(parameters);
      List<DoubleSupplier> scorers =
          List.of(() -> runtime.score(picture).raw(), () -> eagerScore(net, picture));
      double[][] times = new double[scorers.size()][rounds];
      double[] scores = new double[scorers.size()];
      for (int round = -1; round < rounds; round++) {
        for (int s = 0; s < scorers.size(); s++) {
          long start = System.nanoTime();
          scores[s] = scorers.get(s).getAsDouble();
          if (round >= 0) {
            times[s][round] = (System.nanoTime() - start) / 1e9;
          }
        }
      }
      List<String> names = List.of("ONNX Runtime", "libtorch eager");
      double reference = Times.of(times[1]).median();
      for (int s = 0; s < scorers.size(); s++) {
        Times measured = Times.of(times[s]);
        System.out.printf(
            "%-16s %s, %.3f of libtorch; score %.6g%n",
            names.get(s), measured.in("s", 2), measured.median() / reference, scores[s]);
      }
    }
  }

  private static double eagerScore(TorchOperations net, BufferedImage picture) {
    byte[] rgb = BilinearResize.resize(ImageDecoder.convert(picture), SIZE, SIZE).rgb();
    try (PointerScope temporary = new PointerScope();
        NoGradGuard inference = new NoGradGuard()) {
      return UntrainedTeacher.score(net, Images.toTensor(rgb, 1, SIZE)).item_double();
    }
  }

  private static void timeParts(Weights weights, Path onnx, int rounds)
      throws IOException, OrtException {
    DenoisingUnet unet = DenoisingUnet.stableDiffusion();
    List<Shape> residuals =
        shapes(net -> new ImageAdapter(unet.widths(), 8).residuals(net, "img_adapter", image()));
    List<Shape> upBlocks =
        shapes(
            net ->
                unet.upBlocks(
                    net,
                    "unet",
                    Shape.of(1, 4, 64, 64),
                    new int[] {1},
                    Shape.of(1, 495, 768),
                    residuals,
                    4));

    timePart(
        "VAE encoder",
        weights,
        onnx,
        rounds,
        graph ->
            graph.output(
                "mean",
                VaeEncoder.stableDiffusion()
                    .encode(graph, "vae", graph.input("image", image()))
                    .mean()));
    timePart(
        "image adapter",
        weights,
        onnx,
        rounds,
        graph ->
            outputs(
                graph,
                new ImageAdapter(unet.widths(), 8)
                    .residuals(graph, "img_adapter", graph.input("image", image()))));
    timePart(
        "U-Net",
        weights,
        onnx,
        rounds,
        graph ->
            outputs(
                graph,
                unet.upBlocks(
                    graph,
                    "unet",
                    graph.input("latents", Shape.of(1, 4, 64, 64)),
                    new int[] {1},
                    graph.input("context", Shape.of(1, 495, 768)),
                    inputs(graph, residuals),
                    4)));
    timePart(
        "decoder",
        weights,
        onnx,
        rounds,
        graph -> {
          QualityFeatureDecoder decoder = QualityFeatureDecoder.published();
          graph.output(
              "score",
              decoder.score(
                  graph, "QFD", decoder.featureMap(graph, "QFD", inputs(graph, upBlocks))));
        });
  }

  private static Shape image() {
    return Shape.of(1, 3, SIZE, SIZE);
  }

  private static List<Shape> shapes(Function<Shapes, List<Shape>> part) {
    return part.apply(new Shapes());
  }

  private static List<OnnxGraph.Value> inputs(OnnxGraph graph, List<Shape> shapes) {
    List<OnnxGraph.Value> inputs = new ArrayList<>();
    for (Shape shape : shapes) {
      inputs.add(graph.input("input" + inputs.size(), shape));
    }
    return inputs;
  }

  private static void outputs(OnnxGraph graph, List<OnnxGraph.Value> values) {
    for (int i = 0; i < values.size(); i++) {
      graph.output("output" + i, values.get(i));
    }
  }

  private static void timePart(
      String name, Weights weights, Path onnx, int rounds, Consumer<OnnxGraph> part)
      throws IOException, OrtException {
    OnnxGraph graph = new OnnxGraph(weights);
    part.accept(graph);
    graph.writeWithData(onnx, Map.of());
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(THREADS);
      options.setMemoryPatternOptimization(false);
      try (OrtSession session = environment.createSession(onnx.toString(), options)) {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        for (Map.Entry<String, NodeInfo> input : session.getInputInfo().entrySet()) {
          long[] shape = ((TensorInfo) input.getValue().getInfo()).getShape();
          int elements = Math.toIntExact(Shape.of(shape).elements());
          float[] values = new float[elements];
          for (int i = 0; i < elements; i++) {
            values[i] = i % 17 / 17f;
          }
          inputs.put(
              input.getKey(),
              OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape));
        }
        double[] times = new double[rounds];
        for (int round = -1; round < rounds; round++) {
          long start = System.nanoTime();
          session.run(inputs).close();
          if (round >= 0) {
            times[round] = (System.nanoTime() - start) / 1e9;
          }
        }
        inputs.values().forEach(OnnxTensor::close);
        System.out.printf("%-16s %s%n", name, Times.of(times).in("s", 2));
      }
    }
  }
}
