package io.dpiqa;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import io.dpiqa.model.ModelCard;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Makes small dpiqa models: three convolutions with random weights and a fully connected layer, in
 * the operations and the contract of the real ones.
 */
public final class TinyModel {

  /** Side of the input of {@link #write(Path)}'s model. */
  public static final int SIZE = 96;

  private static final int FLOAT = TensorProto.DataType.FLOAT_VALUE;
  private static final int UINT8 = TensorProto.DataType.UINT8_VALUE;

  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("tiny");
  private final Random random = new Random(7);
  private int values;
  private String lastMap;

  private TinyModel() {}

  /** A card with percentiles: quantile q of the reference scores is q / 100. */
  public static ModelCard card() {
    return new ModelCard(
        ModelCard.FORMAT,
        "tiny",
        "three convolutions",
        SIZE,
        1000,
        100_000,
        "Apache-2.0",
        Map.of("source", "random numbers"),
        IntStream.rangeClosed(0, 100).mapToObj(q -> q / 100.0).toList(),
        Optional.empty());
  }

  /** Writes a model that scores. */
  public static Path write(Path file) throws IOException {
    return write(file, bytes(Map.of(ModelCard.METADATA_KEY, card().toJson()), "image", SIZE, 1));
  }

  /** Writes a model's bytes. */
  public static Path write(Path file, byte[] onnx) throws IOException {
    return Files.write(file, onnx);
  }

  /**
   * A model as a file holds it.
   *
   * @param metadata what its {@code metadata_props} say
   * @param input name of its input
   * @param size side of its input
   * @param scale multiplies its scores
   */
  public static byte[] bytes(Map<String, String> metadata, String input, int size, float scale) {
    return bytes(metadata, new TinyModel().graph(input, size, scale));
  }

  /**
   * The bytes of {@link #write(Path)}'s model with a second output, {@code map}, made of what its
   * last convolution gives, {@code [1, 64, 12, 12]}.
   *
   * @param operation that makes it
   * @param shape that it then has
   */
  public static byte[] withMap(String operation, long... shape) {
    TinyModel model = new TinyModel();
    GraphProto.Builder graph = model.graph("image", SIZE, 1).toBuilder();
    graph.addNode(
        NodeProto.newBuilder().setOpType(operation).addInput(model.lastMap).addOutput("map"));
    graph.addOutput(value("map", FLOAT, shape));
    return bytes(Map.of(ModelCard.METADATA_KEY, card().toJson()), graph.build());
  }

  private static byte[] bytes(Map<String, String> metadata, GraphProto graph) {
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
            .setGraph(graph);
    metadata.forEach(
        (key, value) ->
            model.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    return model.build().toByteArray();
  }

  private GraphProto graph(String input, int size, float scale) {
    graph.addInput(value(input, UINT8, 1, size, size, 3));
    graph.addOutput(value("score", FLOAT, 1, 1));
    String x = node("Cast", List.of(input), integer("to", FLOAT));
    x = node("Mul", List.of(x, weights(new float[] {1 / 255f}, 1)));
    x = node("Transpose", List.of(x), integers("perm", 0, 3, 1, 2));
    x = node("Relu", List.of(convolution(x, 3, 16)));
    x = node("Relu", List.of(convolution(x, 16, 32)));
    x = node("Relu", List.of(convolution(x, 32, 64)));
    lastMap = x;
    x = node("Flatten", List.of(node("GlobalAveragePool", List.of(x))));
    x = node("Gemm", List.of(x, random(scale / 8, 64, 1), weights(new float[] {.5f * scale}, 1)));
    graph.addNode(NodeProto.newBuilder().setOpType("Identity").addInput(x).addOutput("score"));
    return graph.build();
  }

  private String convolution(String x, int in, int out) {
    return node(
        "Conv",
        List.of(x, random((float) Math.sqrt(2.0 / (9 * in)), out, in, 3, 3)),
        integers("kernel_shape", 3, 3),
        integers("strides", 2, 2),
        integers("pads", 1, 1, 1, 1));
  }

  private String node(String operation, List<String> inputs, AttributeProto... attributes) {
    String output = "value" + values++;
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType(operation)
            .addAllInput(inputs)
            .addOutput(output)
            .addAllAttribute(Arrays.asList(attributes)));
    return output;
  }

  private String random(float deviation, int... shape) {
    float[] weights = new float[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) random.nextGaussian() * deviation;
    }
    return weights(weights, shape);
  }

  private String weights(float[] weights, int... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * weights.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(weights);
    String name = "value" + values++;
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(FLOAT)
            .setRawData(ByteString.copyFrom(bytes));
    Arrays.stream(shape).forEach(tensor::addDims);
    graph.addInitializer(tensor);
    return name;
  }

  private static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  private static AttributeProto integers(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    Arrays.stream(values).forEach(attribute::addInts);
    return attribute.build();
  }

  private static ValueInfoProto value(String name, int type, long... shape) {
    TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
    for (long size : shape) {
      dimensions.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(size));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder().setElemType(type).setShape(dimensions)))
        .build();
  }
}
