package io.dpiqa.importer;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.dpiqa.ModelException;
import io.dpiqa.network.ClipText;
import io.dpiqa.network.OnnxGraph;
import io.dpiqa.network.Shapes;
import io.dpiqa.text.ClipTokenizer;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Encodes prompts with CLIP's text tower. */
final class PromptEncoder {
  private static final String TOKENS = "text_model.embeddings.token_embedding.weight";
  private static final String POSITIONS = "text_model.embeddings.position_embedding.weight";
  private static final String LAYER = "text_model.encoder.layers.";
  private static final String PROJECTION = "text_projection.weight";

  /** In every CLIP's text tower. */
  private static final int HEAD_WIDTH = 64;

  /** Prompts at a time, which bounds the memory. */
  private static final int BATCH = 128;

  private PromptEncoder() {}

  /**
   * The embeddings of prompts, not normalised.
   *
   * @param clip folder with CLIP's weights and its tokenizer, or the file of the weights beside the
   *     latter
   * @throws ModelException if the weights are not CLIP's, lack the projection, or a prompt is too
   *     long
   */
  static PromptEmbeddings encode(Path clip, List<String> prompts, ImportListener listener)
      throws IOException {
    Path folder = Files.isDirectory(clip) ? clip : clip.toAbsolutePath().getParent();
    try (Pretrained pretrained = Pretrained.open(clip);
        ClipTokenizer tokenizer = ClipTokenizer.open(folder)) {
      Weights weights = pretrained.weights();
      ClipText text = text(clip, weights);
      List<int[]> tokens = prompts.stream().map(prompt -> toEnd(tokenizer.encode(prompt))).toList();
      float[] embeddings = new float[Math.multiplyExact(prompts.size(), text.projection())];
      for (int first = 0; first < tokens.size(); first += BATCH) {
        List<int[]> batch = tokens.subList(first, Math.min(first + BATCH, tokens.size()));
        float[] part = run(weights, text, batch);
        System.arraycopy(part, 0, embeddings, first * text.projection(), part.length);
        listener.step("Encoding prompts", (tokens.size() + BATCH - 1) / BATCH);
      }
      Map<String, String> provenance = new LinkedHashMap<>();
      provenance.put("prompts", prompts.size() + ", encoded with " + clip.getFileName());
      return new PromptEmbeddings(prompts.size(), text.projection(), embeddings, provenance);
    }
  }

  /** CLIP reads its answer at the first end token, which a prompt may have in its midst. */
  private static int[] toEnd(int[] tokens) {
    int end = tokens[tokens.length - 1];
    int length = 1;
    while (tokens[length - 1] != end) {
      length++;
    }
    return Arrays.copyOf(tokens, length);
  }

  private static ClipText text(Path clip, Weights weights) {
    if (!weights.names().contains(TOKENS)) {
      throw new ModelException(clip.toString(), "holds no text tower; give that of CLIP ViT-L/14");
    }
    if (!weights.names().contains(PROJECTION)) {
      throw new ModelException(
          clip.toString(),
          "lacks CLIP's text_projection, which Stable Diffusion comes without; give"
              + " openai/clip-vit-large-patch14");
    }
    int layers = 0;
    while (weights.names().contains(LAYER + layers + ".mlp.fc1.weight")) {
      layers++;
    }
    if (layers == 0 || !weights.names().contains(POSITIONS)) {
      throw new ModelException(clip.toString(), "holds a part of CLIP only; fetch it again");
    }
    int width = size(weights, TOKENS, 1);
    return new ClipText(
        size(weights, TOKENS, 0),
        size(weights, POSITIONS, 0),
        width,
        size(weights, LAYER + "0.mlp.fc1.weight", 0),
        layers,
        width / HEAD_WIDTH,
        size(weights, PROJECTION, 0));
  }

  private static int size(Weights weights, String name, int axis) {
    return Math.toIntExact(Fit.shape(weights, name).size(axis));
  }

  private static float[] run(Weights weights, ClipText text, List<int[]> tokens)
      throws IOException {
    Shapes shapes = new Shapes();
    text.embeddings(shapes, tokens);
    Space.requireTemporary("CLIP's text tower", Float.BYTES * shapes.parameters());
    OnnxGraph graph = new OnnxGraph(weights);
    graph.output("embeddings", text.embeddings(graph, tokens));
    try (TemporaryModel temporary = TemporaryModel.create()) {
      graph.writeWithData(temporary.onnx(), Map.of());
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
        // All of the graph is constant: optimising would mean to run it, and then again.
        options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
        try (OrtSession session = environment.createSession(temporary.onnx().toString(), options);
            OrtSession.Result result = session.run(Map.of())) {
          float[] embeddings = new float[tokens.size() * text.projection()];
          ((OnnxTensor) result.get(0)).getFloatBuffer().get(embeddings);
          return embeddings;
        }
      }
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime cannot run the text tower", e);
    }
  }
}
