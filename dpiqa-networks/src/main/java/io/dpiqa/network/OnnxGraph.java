package io.dpiqa.network;

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
import com.google.protobuf.UnsafeByteOperations;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a network as an ONNX graph for inference, with the weights in it. BatchNorm disappears:
 * its running statistics are folded into the convolution before it.
 *
 * <pre>{@code
 * OnnxGraph graph = new OnnxGraph(weights);
 * graph.output("score", student.score(graph, graph.image(512)));
 * graph.write(out, Map.of());
 * }</pre>
 */
public final class OnnxGraph implements Operations<OnnxGraph.Value> {

  /** A tensor that flows through the graph: its name there, and its shape. */
  public static final class Value {
    private final String name;
    private final Shape shape;

    private Value(String name, Shape shape) {
      this.name = name;
      this.shape = shape;
    }
  }

  /** A convolution's parameters, kept open until it is known whether a BatchNorm follows. */
  private static final class Kernel {
    private final String name;
    private final float[] weight;
    private final float[] bias;

    private Kernel(String name, float[] weight, float[] bias) {
      this.name = name;
      this.weight = weight;
      this.bias = bias;
    }
  }

  private static final int IR_VERSION = 8;
  private static final int OPSET = 17;

  private final Weights weights;
  private final Shapes shapes = new Shapes();
  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("dpiqa");
  private final Map<String, TensorProto> initializers = new LinkedHashMap<>();
  private final Map<Value, Kernel> kernels = new LinkedHashMap<>();
  private int values;

  /**
   * An empty graph.
   *
   * @param weights the parameters, by the names that the network gives them; read while the network
   *     is written
   */
  public OnnxGraph(Weights weights) {
    this.weights = weights;
  }

  /**
   * The input of a model file: {@code image}, one picture as uint8 RGB {@code [1, size, size, 3]},
   * brought to what networks read, {@code [1, 3, size, size]} in [0, 1].
   */
  public Value image(int size) {
    addInput("image", TensorProto.DataType.UINT8, Shape.of(1, size, size, 3));
    Shape planar = Shape.of(1, 3, size, size);
    Value bytes = node("Transpose", planar, List.of("image"), ints("perm", 0, 3, 1, 2));
    Value levels =
        node(
            "Cast",
            planar,
            List.of(bytes.name),
            integer("to", TensorProto.DataType.FLOAT.getNumber()));
    addInitializer("image.white", Shape.of(1), 255f);
    return node("Div", planar, List.of(levels.name, "image.white"));
  }

  /** A float32 input. */
  public Value input(String name, Shape shape) {
    addInput(name, TensorProto.DataType.FLOAT, shape);
    return new Value(name, shape);
  }

  /** Makes a value a float32 output of this name. */
  public void output(String name, Value value) {
    graph.addNode(
        NodeProto.newBuilder().setOpType("Identity").addInput(use(value)).addOutput(name));
    graph.addOutput(info(name, TensorProto.DataType.FLOAT, value.shape));
  }

  /**
   * Writes the model.
   *
   * @param metadata what the file says about itself
   */
  public void write(OutputStream out, Map<String, String> metadata) throws IOException {
    kernels.values().forEach(this::closeKernel);
    kernels.clear();
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("dpiqa")
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
            .setGraph(graph.clone().addAllInitializer(initializers.values()));
    metadata.forEach(
        (key, value) ->
            model.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    model.build().writeTo(out);
  }

  @Override
  public Shape shape(Value x) {
    return x.shape;
  }

  @Override
  public Value conv2d(String name, Value x, Conv conv) {
    int k = conv.kernel();
    int p = conv.padding();
    Value y =
        node(
            "Conv",
            shapes.conv2d(name, x.shape, conv),
            List.of(use(x), name + ".weight", name + ".bias"),
            ints("kernel_shape", k, k),
            ints("strides", conv.stride(), conv.stride()),
            ints("pads", p, p, p, p),
            integer("group", conv.groups()));
    float[] bias = conv.bias() ? floats(name + ".bias") : new float[conv.channels()];
    kernels.put(y, new Kernel(name, floats(name + ".weight"), bias));
    return y;
  }

  /**
   * A transposed convolution that doubles height and width, as an ordinary 2x2 convolution to four
   * times the channels, whose planes are then interleaved (Shi et al., arXiv 1609.05158). ONNX
   * Runtime's own transposed convolution gives other last bits with other numbers of threads.
   */
  @Override
  public Value convTranspose2d(String name, Value x, Conv conv, int outputPadding) {
    if (conv.kernel() != 3 || conv.stride() != 2 || conv.padding() != 1 || outputPadding != 1) {
      throw new IllegalArgumentException(name + " does not double: " + conv);
    }
    Shape shape = shapes.convTranspose2d(name, x.shape, conv, outputPadding);
    int inputs = Math.toIntExact(x.shape.size(1));
    int outputs = conv.channels();
    addInitializer(
        name + ".weight",
        Shape.of(4L * outputs, inputs, 2, 2),
        interleaved(floats(name + ".weight"), inputs, outputs));
    float[] bias = floats(name + ".bias");
    float[] biases = new float[4 * outputs];
    for (int c = 0; c < biases.length; c++) {
      biases[c] = bias[c % outputs];
    }
    addInitializer(name + ".bias", Shape.of(biases.length), biases);

    Shape phases = Shape.of(1, biases.length, x.shape.size(2), x.shape.size(3));
    Value y =
        node(
            "Conv",
            phases,
            List.of(use(x), name + ".weight", name + ".bias"),
            ints("kernel_shape", 2, 2),
            ints("pads", 0, 0, 1, 1));
    return node("DepthToSpace", shape, List.of(y.name), integer("blocksize", 2));
  }

  /**
   * Kernels of the output's even and odd rows and columns. Output row 2i reads row i of the input
   * through row 1 of the kernel; row 2i + 1 reads rows i and i + 1 through rows 2 and 0.
   *
   * @param weight {@code [inputs, outputs, 3, 3]}
   * @return {@code [2 * 2 * outputs, inputs, 2, 2]}
   */
  private static float[] interleaved(float[] weight, int inputs, int outputs) {
    int[][] tap = {{1, -1}, {2, 0}};
    float[] kernels = new float[4 * outputs * inputs * 4];
    int k = 0;
    for (int phase = 0; phase < 4; phase++) {
      for (int out = 0; out < outputs; out++) {
        for (int in = 0; in < inputs; in++) {
          for (int at = 0; at < 4; at++, k++) {
            int row = tap[phase / 2][at / 2];
            int column = tap[phase % 2][at % 2];
            if (row >= 0 && column >= 0) {
              kernels[k] = weight[(in * outputs + out) * 9 + row * 3 + column];
            }
          }
        }
      }
    }
    return kernels;
  }

  @Override
  public Value batchNorm(String name, Value x, double epsilon, double momentum) {
    shapes.batchNorm(name, x.shape, epsilon, momentum);
    Kernel kernel = kernels.remove(x);
    if (kernel == null) {
      throw new IllegalArgumentException(
          name + " must follow a convolution that nothing else reads");
    }
    float[] scale = floats(name + ".weight");
    float[] shift = floats(name + ".bias");
    float[] mean = floats(name + ".running_mean");
    float[] variance = floats(name + ".running_var");
    int fan = kernel.weight.length / scale.length;
    for (int c = 0; c < scale.length; c++) {
      double factor = scale[c] / Math.sqrt(variance[c] + epsilon);
      for (int i = c * fan; i < (c + 1) * fan; i++) {
        kernel.weight[i] = (float) (kernel.weight[i] * factor);
      }
      kernel.bias[c] = (float) ((kernel.bias[c] - mean[c]) * factor + shift[c]);
    }
    closeKernel(kernel);
    return new Value(x.name, x.shape);
  }

  private void closeKernel(Kernel kernel) {
    addInitializer(kernel.name + ".weight", parameterShape(kernel.name + ".weight"), kernel.weight);
    addInitializer(kernel.name + ".bias", Shape.of(kernel.bias.length), kernel.bias);
  }

  @Override
  public Value linear(String name, Value x, int features) {
    Shape shape = shapes.linear(name, x.shape, features);
    parameter(name + ".weight");
    parameter(name + ".bias");
    List<String> inputs = List.of(use(x), name + ".weight", name + ".bias");
    return node("Gemm", shape, inputs, integer("transB", 1));
  }

  @Override
  public Value relu(Value x) {
    return node("Relu", x.shape, List.of(use(x)));
  }

  @Override
  public Value sigmoid(Value x) {
    return node("Sigmoid", x.shape, List.of(use(x)));
  }

  @Override
  public Value silu(Value x) {
    return multiply(x, sigmoid(x));
  }

  @Override
  public Value add(Value a, Value b) {
    return node("Add", shapes.add(a.shape, b.shape), List.of(use(a), use(b)));
  }

  @Override
  public Value multiply(Value a, Value b) {
    return node("Mul", shapes.multiply(a.shape, b.shape), List.of(use(a), use(spread(b, a.shape))));
  }

  /**
   * A value a channel, written out for every pixel: ONNX Runtime keeps its blocked layout for a
   * product of equal shapes only.
   */
  private Value spread(Value x, Shape shape) {
    if (x.shape.equals(shape) || shape.rank() != 4) {
      return x;
    }
    String scales = "scales" + values;
    addInitializer(scales, Shape.of(4), 1, 1, (float) shape.size(2), (float) shape.size(3));
    return node(
        "Resize",
        shape,
        List.of(use(x), "", scales),
        string("mode", "nearest"),
        string("coordinate_transformation_mode", "asymmetric"),
        string("nearest_mode", "floor"));
  }

  @Override
  public Value concatenate(List<Value> parts) {
    Shape shape = shapes.concatenate(parts.stream().map(part -> part.shape).toList());
    return node("Concat", shape, parts.stream().map(this::use).toList(), integer("axis", 1));
  }

  @Override
  public Value averagePool(Value x) {
    return node("GlobalAveragePool", shapes.averagePool(x.shape), List.of(use(x)));
  }

  @Override
  public Value deviationPool(Value x) {
    Value mean = averagePool(x);
    Value difference = node("Sub", x.shape, List.of(use(x), mean.name));
    Value variance = averagePool(multiply(difference, difference));
    String epsilon = "epsilon" + values;
    addInitializer(epsilon, Shape.of(1), (float) DEVIATION_EPSILON);
    Value sum = node("Add", mean.shape, List.of(variance.name, epsilon));
    return node("Sqrt", mean.shape, List.of(sum.name));
  }

  @Override
  public Value resizeNearest(Value x, int height, int width) {
    Shape shape = shapes.resizeNearest(x.shape, height, width);
    if (shape.equals(x.shape)) {
      return x;
    }
    String sizes = "sizes" + values;
    ByteBuffer bytes = ByteBuffer.allocate(4 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(shape.sizes());
    addInitializer(sizes, TensorProto.DataType.INT64, Shape.of(4), bytes);
    return node(
        "Resize",
        shape,
        List.of(use(x), "", "", sizes),
        string("mode", "nearest"),
        string("coordinate_transformation_mode", "asymmetric"),
        string("nearest_mode", "floor"));
  }

  @Override
  public Value flatten(Value x) {
    return node("Flatten", shapes.flatten(x.shape), List.of(use(x)), integer("axis", 1));
  }

  private Value node(String type, Shape shape, List<String> inputs, AttributeProto... attributes) {
    Value value = new Value("v" + values++, shape);
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType(type)
            .addAllInput(inputs)
            .addOutput(value.name)
            .addAllAttribute(Arrays.asList(attributes)));
    return value;
  }

  /**
   * The name of a value that a node reads; a convolution that is read as it is takes no BatchNorm.
   */
  private String use(Value value) {
    Kernel kernel = kernels.remove(value);
    if (kernel != null) {
      closeKernel(kernel);
    }
    return value.name;
  }

  /** Copies a parameter into the graph as it is. */
  private void parameter(String name) {
    addInitializer(name, parameterShape(name), floats(name));
  }

  private Shape parameterShape(String name) {
    return shapes.tensors().get(name);
  }

  private float[] floats(String name) {
    Tensor tensor = weights.tensor(name);
    Shape expected = parameterShape(name);
    if (!Shape.of(tensor.shape()).equals(expected)) {
      throw new IllegalArgumentException(tensor + " should have the shape " + expected);
    }
    return tensor.toFloats();
  }

  private void addInput(String name, TensorProto.DataType type, Shape shape) {
    graph.addInput(info(name, type, shape));
  }

  private void addInitializer(String name, Shape shape, float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    addInitializer(name, TensorProto.DataType.FLOAT, shape, bytes);
  }

  private void addInitializer(
      String name, TensorProto.DataType type, Shape shape, ByteBuffer bytes) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type.getNumber())
            .setRawData(UnsafeByteOperations.unsafeWrap(bytes));
    Arrays.stream(shape.sizes()).forEach(tensor::addDims);
    initializers.put(name, tensor.build());
  }

  private static ValueInfoProto info(String name, TensorProto.DataType type, Shape shape) {
    TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
    for (long size : shape.sizes()) {
      dimensions.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(size));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(type.getNumber())
                        .setShape(dimensions)))
        .build();
  }

  private static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  private static AttributeProto ints(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    Arrays.stream(values).forEach(attribute::addInts);
    return attribute.build();
  }

  private static AttributeProto string(String name, String value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.STRING)
        .setS(ByteString.copyFromUtf8(value))
        .build();
  }
}
