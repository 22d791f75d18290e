package io.dpiqa;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.dpiqa.model.ModelFile;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/** A model's network in ONNX Runtime. Thread-safe, but for {@link #close}. */
final class Network implements AutoCloseable {

  /** Gives a model to ONNX Runtime. */
  @FunctionalInterface
  interface Source {
    OrtSession open(OrtEnvironment environment, OrtSession.SessionOptions options)
        throws OrtException;

    /** A model that is all in memory. */
    static Source of(byte[] onnx) {
      return (environment, options) -> {
        // Files that its graph names would be looked for in a file: there are none.
        options.addConfigEntry(EXTERNAL_WEIGHTS_FOLDER, "model");
        return environment.createSession(onnx, options);
      };
    }

    /** A model in files; where it is one file, its graph may name no others. */
    static Source of(ModelFile file) {
      return (environment, options) -> {
        Path folder =
            file.files().size() == 1 ? file.path() : file.path().toAbsolutePath().getParent();
        options.addConfigEntry(EXTERNAL_WEIGHTS_FOLDER, folder.toString());
        return environment.createSession(file.path().toString(), options);
      };
    }
  }

  private static final String INPUT = "image";
  private static final String SCORE = "score";
  private static final String MAP = "map";

  private static final String DISABLED_OPTIMIZERS = "optimization.disable_specified_optimizers";

  private static final String EXTERNAL_WEIGHTS_FOLDER =
      "session.model_external_initializers_file_folder_path";

  private final String model;
  private final long[] shape;
  private final OrtEnvironment environment;
  private final OrtSession session;

  /** {@code [1, channels, height, width]}, if there is a map. */
  private final Optional<long[]> mapShape;

  /** Direct buffers wait here for the next run: the garbage collector is slow to free them. */
  private final Queue<ByteBuffer> inputs = new ConcurrentLinkedQueue<>();

  /**
   * @param model what to call the model in an error
   * @param size side of the input in pixels
   * @param scoring among others, how many cores one run uses
   * @throws ModelException if this is no ONNX graph of one uint8 {@code image [1, size, size, 3]}
   *     to a float32 {@code score [1, 1]} and, it may be, a {@code map [1, channels, height,
   *     width]}
   */
  Network(String model, Source source, int size, ScoringOptions scoring) {
    this.model = model;
    this.shape = new long[] {1, size, size, 3};
    this.environment = OrtEnvironment.getEnvironment();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      // ONNX Runtime would tell Microsoft about every session.
      environment.setTelemetry(false);
      options.setIntraOpNumThreads(scoring.threads());
      // One block for all activations of a run is larger than the blocks they can share.
      options.setMemoryPatternOptimization(false);
      // The exceptions say it; the log would say it again, on standard error.
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      if (scoring.lowMemory()) {
        // It would bring 16-bit weights to 32 bits once and for all; and without it, ONNX Runtime's
        // last level of optimisations ends the process.
        options.addConfigEntry(DISABLED_OPTIMIZERS, "ConstantFolding");
        options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.EXTENDED_OPT);
      }
      if (scoring.device() == ScoringOptions.Device.CUDA) {
        addCuda(options);
      }
      session = source.open(environment, options);
    } catch (OrtException e) {
      throw new ModelException(model, "ONNX Runtime cannot load it: " + e.getMessage(), e);
    }
    try {
      check("input", session.getInputInfo(), INPUT, OnnxJavaType.UINT8, shape);
      Map<String, NodeInfo> outputs = new HashMap<>(session.getOutputInfo());
      mapShape = mapShape(outputs.remove(MAP));
      check("output", outputs, SCORE, OnnxJavaType.FLOAT, new long[] {1, 1});
    } catch (OrtException e) {
      close();
      throw new ModelException(model, "ONNX Runtime cannot describe it: " + e.getMessage(), e);
    } catch (ModelException e) {
      close();
      throw e;
    }
  }

  private void addCuda(OrtSession.SessionOptions options) {
    try {
      options.addCUDA();
    } catch (OrtException e) {
      throw new ModelException(
          model,
          "cannot run on CUDA: this ONNX Runtime was built without, or its libraries are missing;"
              + " build dpiqa with -Pcuda on a machine with CUDA 12, or use the CPU",
          e);
    }
  }

  private void check(
      String role, Map<String, NodeInfo> found, String name, OnnxJavaType type, long[] shape) {
    if (!(found.size() == 1
        && found.containsKey(name)
        && found.get(name).getInfo() instanceof TensorInfo tensor
        && tensor.type == type
        && Arrays.equals(tensor.getShape(), shape))) {
      throw new ModelException(
          model,
          "its %s must be one %s tensor '%s' of shape %s, not %s; import it again"
              .formatted(role, type, name, Arrays.toString(shape), found));
    }
  }

  private Optional<long[]> mapShape(NodeInfo found) {
    if (found == null) {
      return Optional.empty();
    }
    if (found.getInfo() instanceof TensorInfo tensor
        && tensor.type == OnnxJavaType.FLOAT
        && tensor.getShape().length == 4
        && tensor.getShape()[0] == 1
        && Arrays.stream(tensor.getShape()).allMatch(size -> size > 0)) {
      return Optional.of(tensor.getShape());
    }
    throw new ModelException(
        model,
        "its output '%s' must be a FLOAT tensor of shape [1, channels, height, width], not %s; import it again"
            .formatted(MAP, found.getInfo()));
  }

  /** Whether it gives a feature map. */
  boolean hasMap() {
    return mapShape.isPresent();
  }

  /**
   * The raw score of one picture.
   *
   * @param rgb {@code [size, size, 3]}
   * @throws ModelException if the network fails or gives no finite number
   */
  float score(byte[] rgb) {
    return run(rgb, Set.of(SCORE), this::finiteScore);
  }

  /**
   * The raw score of one picture and the feature map behind it.
   *
   * @param rgb {@code [size, size, 3]}
   * @throws ModelException if the network has no map, fails or gives no finite number
   */
  Reading reading(byte[] rgb) {
    long[] size =
        mapShape.orElseThrow(
            () ->
                new ModelException(
                    model,
                    "gives no feature map; use a teacher, or a student with the published head, and import it again if it is older than this dpiqa"));
    return run(
        rgb,
        Set.of(SCORE, MAP),
        result -> {
          FloatBuffer map = floats(result, MAP);
          float[] values = new float[map.remaining()];
          map.get(values);
          return new Reading(
              finiteScore(result),
              new FeatureMap((int) size[1], (int) size[2], (int) size[3], values));
        });
  }

  private float finiteScore(OrtSession.Result result) {
    float score = floats(result, SCORE).get();
    if (!Float.isFinite(score)) {
      throw new ModelException(model, "the network gave " + score + "; import or train it again");
    }
    return score;
  }

  private static FloatBuffer floats(OrtSession.Result result, String output) {
    return ((OnnxTensor) result.get(output).orElseThrow()).getFloatBuffer();
  }

  private <R> R run(byte[] rgb, Set<String> outputs, Function<OrtSession.Result, R> reader) {
    ByteBuffer input = inputs.poll();
    if (input == null) {
      input = ByteBuffer.allocateDirect(rgb.length);
    }
    input.put(0, rgb);
    try (OnnxTensor image = OnnxTensor.createTensor(environment, input, shape, OnnxJavaType.UINT8);
        OrtSession.Result result = session.run(Map.of(INPUT, image), outputs)) {
      return reader.apply(result);
    } catch (OrtException e) {
      throw new ModelException(model, "the network failed: " + e.getMessage(), e);
    } finally {
      inputs.add(input);
    }
  }

  /** Frees the native memory. No run may be in progress. */
  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
