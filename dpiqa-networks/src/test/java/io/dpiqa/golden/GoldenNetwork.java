package io.dpiqa.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dpiqa.network.ClipText;
import io.dpiqa.network.DenoisingUnet;
import io.dpiqa.network.ImageAdapter;
import io.dpiqa.network.Operations;
import io.dpiqa.network.QualityFeatureDecoder;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Teacher;
import io.dpiqa.network.TextAdapter;
import io.dpiqa.network.VaeEncoder;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The teacher's networks with the inputs of the golden values, for any interpreter to be compared
 * with them.
 */
public enum GoldenNetwork {
  UNET_AT_1("unet-tiny") {
    @Override
    public Map<String, Map<String, Tensor>> runs() {
      return Map.of("t1.", unetInputs());
    }

    @Override
    public <T> Map<String, T> outputs(Operations<T> net, Map<String, T> inputs) {
      return unet(net, inputs, 1);
    }
  },

  UNET_AT_500("unet-tiny") {
    @Override
    public Map<String, Map<String, Tensor>> runs() {
      return Map.of("t500.", unetInputs());
    }

    @Override
    public <T> Map<String, T> outputs(Operations<T> net, Map<String, T> inputs) {
      return unet(net, inputs, 500);
    }
  },

  TEXT_ADAPTER("text-adapter") {
    @Override
    public Map<String, Map<String, Tensor>> runs() {
      return Map.of("", Map.of("embeddings", uniform("embeddings", 1, 495, 768)));
    }

    @Override
    public <T> Map<String, T> outputs(Operations<T> net, Map<String, T> inputs) {
      T embeddings = inputs.get("embeddings");
      return Map.of("output", new TextAdapter(768).context(net, "text_adapter", embeddings));
    }
  },

  IMAGE_ADAPTER("image-adapter") {
    @Override
    public Map<String, Map<String, Tensor>> runs() {
      return Map.of("", Map.of("image", picture(1)));
    }

    @Override
    public <T> Map<String, T> outputs(Operations<T> net, Map<String, T> inputs) {
      ImageAdapter adapter = new ImageAdapter(List.of(320, 640, 1280, 1280), 8);
      return numbered("feature", adapter.residuals(net, "img_adapter", inputs.get("image")));
    }
  },

  DECODER("quality-feature-decoder") {
    @Override
    public Map<String, Map<String, Tensor>> runs() {
      return Map.of(
          "",
          Map.of(
              "up0", uniform("up0", 1, 1280, 16, 16),
              "up1", uniform("up1", 1, 1280, 32, 32),
              "up2", uniform("up2", 1, 640, 64, 64),
              "up3", uniform("up3", 1, 320, 64, 64)));
    }

    @Override
    public <T> Map<String, T> outputs(Operations<T> net, Map<String, T> inputs) {
      QualityFeatureDecoder decoder = QualityFeatureDecoder.published();
      T map = decoder.featureMap(net, "QFD", list("up", inputs));
      return Map.of("map", map, "score", decoder.score(net, "QFD", map));
    }
  },

  CLIP_TEXT("clip-text") {
    @Override
    public Map<String, Map<String, Tensor>> runs() {
      return Map.of("", Map.of());
    }

    @Override
    public <T> Map<String, T> outputs(Operations<T> net, Map<String, T> inputs) {
      return Map.of("embeddings", ClipText.vitL14().embeddings(net, prompts()));
    }
  },

  VAE_ENCODER("vae-encoder") {
    @Override
    public Map<String, Map<String, Tensor>> runs() {
      return Map.of("", Map.of("image", picture(1)));
    }

    @Override
    public <T> Map<String, T> outputs(Operations<T> net, Map<String, T> inputs) {
      VaeEncoder.Posterior<T> posterior =
          VaeEncoder.stableDiffusion().encode(net, "vae", inputs.get("image"));
      return Map.of("mean", posterior.mean(), "logvar", posterior.logVariance());
    }
  },

  TEACHER("teacher-sd15") {
    @Override
    public Map<String, Map<String, Tensor>> runs() {
      return Map.of("seed1.", Map.of("image", picture(1)), "seed2.", Map.of("image", picture(2)));
    }

    @Override
    public <T> Map<String, T> outputs(Operations<T> net, Map<String, T> inputs) {
      float[] embeddings = Formula.uniform("embeddings", 495 * 768);
      T prompts = net.scale(net.constant(Shape.of(1, 495, 768), embeddings), 0.5);
      Teacher.Reading<T> reading = Teacher.published().read(net, inputs.get("image"), prompts);
      Map<String, T> outputs = numbered("up", reading.upBlocks());
      outputs.put("map", reading.map());
      outputs.put("score", reading.score());
      return outputs;
    }
  };

  private final String file;

  GoldenNetwork(String file) {
    this.file = file + ".safetensors";
  }

  /** Inputs by their names, for each run by the prefix that its outputs have in the golden file. */
  public abstract Map<String, Map<String, Tensor>> runs();

  /** The outputs, by the names that they have in the golden file after the prefix of the run. */
  public abstract <T> Map<String, T> outputs(Operations<T> net, Map<String, T> inputs);

  /** What the network owns and costs. */
  public Shapes shapes() {
    Shapes shapes = new Shapes();
    Map<String, Shape> inputs = new LinkedHashMap<>();
    runs().values().iterator().next().forEach((name, x) -> inputs.put(name, Shape.of(x.shape())));
    outputs(shapes, inputs);
    return shapes;
  }

  /**
   * Compares the outputs of a run with the golden values: the elements that are there, and the
   * norms of whole tensors.
   *
   * @throws AssertionError if a relative error exceeds the tolerance
   */
  public void check(String run, Map<String, float[]> outputs, double tolerance) {
    int compared = 0;
    try (Weights golden = Golden.open(file)) {
      for (String name : golden.names()) {
        if (!name.startsWith(run) || name.equals("prompt_index")) {
          continue;
        }
        float[] expected = golden.tensor(name).toFloats();
        String output = name.substring(run.length()).replaceAll("\\.(sample|summary)$", "");
        float[] actual = outputs.get(output);
        if (name.endsWith(".summary")) {
          expected = new float[] {expected[expected.length - 1]};
          actual = new float[] {norm(actual)};
        } else if (name.endsWith(".sample")) {
          actual = Golden.sample(actual, expected.length);
        }
        double error = Golden.relativeError(actual, expected);
        if (!(error < tolerance)) {
          throw new AssertionError("%s %s: relative error %.2g".formatted(file, name, error));
        }
        compared++;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (compared < outputs.size()) {
      throw new AssertionError(file + " holds not all of " + outputs.keySet());
    }
  }

  private static float norm(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return (float) Math.sqrt(sum);
  }

  private static Map<String, Tensor> unetInputs() {
    return Map.of(
        "latents", uniform("latents", 2, 4, 16, 16),
        "context", uniform("context", 2, 7, 48),
        "residual0", uniform("residual0", 2, 32, 16, 16),
        "residual1", uniform("residual1", 2, 64, 8, 8),
        "residual2", uniform("residual2", 2, 128, 4, 4),
        "residual3", uniform("residual3", 2, 128, 2, 2));
  }

  private static <T> Map<String, T> unet(Operations<T> net, Map<String, T> inputs, int timestep) {
    DenoisingUnet unet = new DenoisingUnet(List.of(32, 64, 128, 128), 2, 8, 48, 4);
    return numbered(
        "up",
        unet.upBlocks(
            net,
            "unet",
            inputs.get("latents"),
            new int[] {timestep},
            inputs.get("context"),
            list("residual", inputs),
            4));
  }

  private static <T> List<T> list(String name, Map<String, T> inputs) {
    List<T> list = new ArrayList<>();
    for (int i = 0; inputs.containsKey(name + i); i++) {
      list.add(inputs.get(name + i));
    }
    return list;
  }

  private static <T> Map<String, T> numbered(String name, List<T> values) {
    Map<String, T> numbered = new LinkedHashMap<>();
    for (int i = 0; i < values.size(); i++) {
      numbered.put(name + i, values.get(i));
    }
    return numbered;
  }

  private static Tensor uniform(String name, long... shape) {
    return Tensor.of(
        name, shape, Formula.uniform(name, Math.toIntExact(Shape.of(shape).elements())));
  }

  /** A picture of 512 x 512 pixels in [0, 1], planar. */
  private static Tensor picture(int seed) {
    int pixels = 512 * 512;
    byte[] rgb = Formula.pattern(512, 512, seed);
    float[] planes = new float[3 * pixels];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = (rgb[3 * (i % pixels) + i / pixels] & 0xff) / 255f;
    }
    return Tensor.of("image", new long[] {1, 3, 512, 512}, planes);
  }

  /** Tokens of the prompts whose embeddings are there. */
  private static List<int[]> prompts() {
    try (InputStream json = GoldenNetwork.class.getResourceAsStream("/golden/clip-tokens.json");
        Weights golden = Golden.open(CLIP_TEXT.file)) {
      JsonNode prompts = new ObjectMapper().readTree(json).get("prompts");
      List<int[]> tokens = new ArrayList<>();
      for (float index : golden.tensor("prompt_index").toFloats()) {
        JsonNode ids = prompts.get((int) index).get("ids");
        int[] sequence = new int[ids.size()];
        for (int i = 0; i < sequence.length; i++) {
          sequence[i] = ids.get(i).intValue();
        }
        tokens.add(sequence);
      }
      return tokens;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
