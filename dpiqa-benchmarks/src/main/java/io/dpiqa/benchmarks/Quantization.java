package io.dpiqa.benchmarks;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Static quantisation of a model in ONNX's QDQ form: every activation as uint8 with the scale of
 * the range it had on a few pictures, every kernel as int8 with a scale per output channel, biases
 * as int32. Good enough to measure speed; nothing is done for accuracy.
 */
final class Quantization {
  private static final Set<String> INTEGER_KERNELS = Set.of("Conv", "Gemm");

  /** What comes before the network and after it stays as it is. */
  private static final Set<String> UNTOUCHED = Set.of("Transpose", "Cast", "Identity");

  /** Smallest and largest value of an activation, with zero between them. */
  private record Range(float min, float max) {
    float scale() {
      return max > min ? (max - min) / 255 : 1;
    }

    int zeroPoint() {
      return Math.round(-min / scale());
    }

    Range including(float otherMin, float otherMax) {
      return new Range(Math.min(min, otherMin), Math.max(max, otherMax));
    }
  }

  private final Map<String, Range> ranges;
  private final Map<String, TensorProto> initializers;
  private final GraphProto.Builder graph;

  private Quantization(GraphProto original, Map<String, Range> ranges) {
    this.ranges = ranges;
    this.initializers =
        original.getInitializerList().stream()
            .collect(
                Collectors.toMap(
                    TensorProto::getName, t -> t, (first, second) -> first, LinkedHashMap::new));
    this.graph = original.toBuilder().clearNode().clearInitializer();
  }

  /**
   * The model with integer arithmetic.
   *
   * @param pictures to measure ranges on, each {@code [size, size, 3]}
   */
  static ModelProto quantize(ModelProto model, int size, List<byte[]> pictures)
      throws OrtException {
    Quantization quantization =
        new Quantization(model.getGraph(), measureRanges(model, size, pictures));
    return model.toBuilder().setGraph(quantization.rewrite(model.getGraph())).build();
  }

  private static Map<String, Range> measureRanges(ModelProto model, int size, List<byte[]> pictures)
      throws OrtException {
    GraphProto.Builder measuring = model.getGraph().toBuilder().clearOutput();
    Map<String, Range> ranges = new LinkedHashMap<>();
    for (NodeProto node : model.getGraph().getNodeList()) {
      String value = node.getOutput(0);
      if (!UNTOUCHED.contains(node.getOpType())) {
        ranges.put(value, new Range(0, 0));
        for (String extreme : List.of("Min", "Max")) {
          measuring.addNode(
              node("Reduce" + extreme, value + extreme, value)
                  .addAttribute(integer("keepdims", 0)));
          measuring.addOutput(scalar(value + extreme));
        }
      }
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    byte[] onnx = model.toBuilder().setGraph(measuring).build().toByteArray();
    try (OrtSession session = environment.createSession(onnx)) {
      for (byte[] picture : pictures) {
        ByteBuffer rgb = ByteBuffer.allocateDirect(picture.length).put(picture).rewind();
        long[] shape = {1, size, size, 3};
        try (OnnxTensor image =
                OnnxTensor.createTensor(environment, rgb, shape, OnnxJavaType.UINT8);
            OrtSession.Result extremes = session.run(Map.of("image", image))) {
          for (String value : ranges.keySet()) {
            float min = scalar(extremes, value + "Min");
            float max = scalar(extremes, value + "Max");
            ranges.computeIfPresent(value, (name, range) -> range.including(min, max));
          }
        }
      }
    }
    return ranges;
  }

  private static ValueInfoProto scalar(String name) {
    TypeProto.Tensor type =
        TypeProto.Tensor.newBuilder().setElemType(TensorProto.DataType.FLOAT.getNumber()).build();
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(type))
        .build();
  }

  private static float scalar(OrtSession.Result result, String name) throws OrtException {
    return (float) result.get(name).orElseThrow().getValue();
  }

  private GraphProto rewrite(GraphProto original) {
    for (NodeProto node : original.getNodeList()) {
      NodeProto.Builder integer = node.toBuilder();
      if (INTEGER_KERNELS.contains(node.getOpType())) {
        quantizeKernel(integer);
      }
      for (int i = 0; i < node.getInputCount(); i++) {
        if (ranges.containsKey(node.getInput(i))) {
          integer.setInput(i, dequantized(node.getInput(i)));
        }
      }
      graph.addNode(integer);
      if (ranges.containsKey(node.getOutput(0))) {
        quantizeActivation(node.getOutput(0));
      }
    }
    return graph.addAllInitializer(initializers.values()).build();
  }

  private void quantizeActivation(String value) {
    Range range = ranges.get(value);
    addFloats(scale(value), range.scale());
    ByteBuffer zeroPoint = ByteBuffer.allocate(1).put(0, (byte) range.zeroPoint());
    add(zeroPoint(value), TensorProto.DataType.UINT8, List.of(), zeroPoint);
    graph.addNode(node("QuantizeLinear", quantized(value), value, scale(value), zeroPoint(value)));
    graph.addNode(
        node(
            "DequantizeLinear",
            dequantized(value),
            quantized(value),
            scale(value),
            zeroPoint(value)));
  }

  /** Weight {@code [channels, …]} to int8 and bias {@code [channels]} to int32. */
  private void quantizeKernel(NodeProto.Builder node) {
    String weight = node.getInput(1);
    String bias = node.getInput(2);
    float inputScale = ranges.get(node.getInput(0)).scale();
    TensorProto weightTensor = initializers.remove(weight);
    float[] weights = floats(weightTensor);
    float[] biases = floats(initializers.remove(bias));
    int fan = weights.length / biases.length;
    float[] weightScales = new float[biases.length];
    float[] biasScales = new float[biases.length];
    ByteBuffer weightBytes = ByteBuffer.allocate(weights.length);
    ByteBuffer biasBytes =
        ByteBuffer.allocate(biases.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int c = 0; c < biases.length; c++) {
      float largest = Float.MIN_NORMAL;
      for (int i = c * fan; i < (c + 1) * fan; i++) {
        largest = Math.max(largest, Math.abs(weights[i]));
      }
      weightScales[c] = largest / Byte.MAX_VALUE;
      biasScales[c] = weightScales[c] * inputScale;
      for (int i = c * fan; i < (c + 1) * fan; i++) {
        weightBytes.put(i, (byte) Math.round(weights[i] / weightScales[c]));
      }
      biasBytes.putInt(c * Integer.BYTES, Math.round(biases[c] / biasScales[c]));
    }
    addKernel(
        weight, TensorProto.DataType.INT8, weightTensor.getDimsList(), weightBytes, weightScales);
    addKernel(
        bias, TensorProto.DataType.INT32, List.of((long) biases.length), biasBytes, biasScales);
    node.setInput(1, dequantized(weight)).setInput(2, dequantized(bias));
  }

  private void addKernel(
      String name, TensorProto.DataType type, List<Long> shape, ByteBuffer values, float[] scales) {
    add(quantized(name), type, shape, values);
    addFloats(scale(name), scales);
    graph.addNode(
        node("DequantizeLinear", dequantized(name), quantized(name), scale(name))
            .addAttribute(integer("axis", 0)));
  }

  private static float[] floats(TensorProto tensor) {
    FloatBuffer buffer =
        tensor.getRawData().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    float[] floats = new float[buffer.remaining()];
    buffer.get(floats);
    return floats;
  }

  /** One value as a scalar, several as a vector. */
  private void addFloats(String name, float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    List<Long> shape = values.length == 1 ? List.of() : List.of((long) values.length);
    add(name, TensorProto.DataType.FLOAT, shape, bytes);
  }

  private void add(String name, TensorProto.DataType type, List<Long> shape, ByteBuffer values) {
    initializers.put(
        name,
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type.getNumber())
            .addAllDims(shape)
            .setRawData(ByteString.copyFrom(values))
            .build());
  }

  private static NodeProto.Builder node(String type, String output, String... inputs) {
    return NodeProto.newBuilder().setOpType(type).addAllInput(List.of(inputs)).addOutput(output);
  }

  private static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  private static String scale(String value) {
    return value + ".scale";
  }

  private static String zeroPoint(String value) {
    return value + ".zero_point";
  }

  private static String quantized(String value) {
    return value + ".quantized";
  }

  private static String dequantized(String value) {
    return value + ".dequantized";
  }
}
