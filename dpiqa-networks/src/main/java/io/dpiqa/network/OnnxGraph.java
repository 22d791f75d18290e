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
import io.dpiqa.weights.DType;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Writes a network as an ONNX graph for inference, with the weights in it or beside it. BatchNorm
 * disappears: its running statistics are folded into the convolution before it.
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

  /** A tensor of the file, whose elements are asked for when it is written. */
  private record Initializer(
      TensorProto.DataType type, Shape shape, Supplier<ByteBuffer> elements) {

    long byteSize() {
      return shape.elements()
          * switch (type) {
            case INT64 -> Long.BYTES;
            case FLOAT16 -> Short.BYTES;
            default -> Float.BYTES;
          };
    }

    /** Whether half of its space is worth a node. */
    boolean isLargeMatrix() {
      return type == TensorProto.DataType.FLOAT && shape.rank() > 1 && byteSize() >= PAGE;
    }

    /** The elements in row-major order, little-endian. */
    ByteBuffer bytes() {
      return elements.get();
    }

    TensorProto.Builder header(String name) {
      TensorProto.Builder tensor =
          TensorProto.newBuilder().setName(name).setDataType(type.getNumber());
      Arrays.stream(shape.sizes()).forEach(tensor::addDims);
      return tensor;
    }

    TensorProto inline(String name) {
      return header(name).setRawData(UnsafeByteOperations.unsafeWrap(bytes())).build();
    }
  }

  private static final int IR_VERSION = 8;
  private static final int OPSET = 17;

  /** Operators that ONNX Runtime adds to the standard. */
  private static final String RUNTIME_DOMAIN = "com.microsoft";

  /** Tensors of this many bytes lie beside the graph, each at the start of a page to be mapped. */
  private static final int PAGE = 4096;

  private final Weights weights;
  private final boolean halfPrecision;
  private final Shapes shapes = new Shapes();
  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("dpiqa");
  private final Map<String, Initializer> initializers = new LinkedHashMap<>();

  /** Convolutions that a BatchNorm may yet follow, with their names. */
  private final Map<Value, String> open = new LinkedHashMap<>();

  private int values;

  /**
   * An empty graph.
   *
   * @param weights the parameters, by the names that the network gives them; read when the graph is
   *     written, not before
   */
  public OnnxGraph(Weights weights) {
    this(weights, false);
  }

  /**
   * An empty graph.
   *
   * @param weights as above
   * @param halfPrecision whether kernels and matrices are written as 16-bit floats; computation
   *     stays in 32 bits
   */
  public OnnxGraph(Weights weights, boolean halfPrecision) {
    this.weights = weights;
    this.halfPrecision = halfPrecision;
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
    return node("Div", planar, List.of(levels.name, floats(255)));
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
   * Writes the model as one file.
   *
   * @param metadata what the file says about itself
   * @throws IllegalStateException if it takes more than the 2 GiB that one file may have
   */
  public void write(OutputStream out, Map<String, String> metadata) throws IOException {
    finish();
    long size = initializers.values().stream().mapToLong(Initializer::byteSize).sum();
    if (size > Integer.MAX_VALUE - graph.build().getSerializedSize()) {
      throw new IllegalStateException(
          "weights of " + size + " bytes do not fit in an ONNX file; write them beside it");
    }
    List<TensorProto> tensors = new ArrayList<>();
    initializers.forEach((name, initializer) -> tensors.add(initializer.inline(name)));
    model(tensors, metadata).writeTo(out);
  }

  /**
   * Writes the model as two files: the graph, and beside it the weights, which must stay in the
   * same folder under the same name. There is no limit to their size, and they pass through memory
   * one by one.
   *
   * @param file the graph; the weights go to its name and {@code .data}
   * @param metadata what the file says about itself
   */
  public void writeWithData(Path file, Map<String, String> metadata) throws IOException {
    finish();
    Path data = file.resolveSibling(file.getFileName() + ".data");
    List<TensorProto> tensors = new ArrayList<>();
    try (FileChannel channel =
        FileChannel.open(
            data,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      for (Map.Entry<String, Initializer> entry : initializers.entrySet()) {
        Initializer initializer = entry.getValue();
        if (initializer.byteSize() < PAGE) {
          tensors.add(initializer.inline(entry.getKey()));
          continue;
        }
        long offset = (channel.position() + PAGE - 1) / PAGE * PAGE;
        channel.position(offset);
        ByteBuffer bytes = initializer.bytes();
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        tensors.add(
            initializer
                .header(entry.getKey())
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", data.getFileName().toString()))
                .addExternalData(entry("offset", Long.toString(offset)))
                .addExternalData(entry("length", Long.toString(initializer.byteSize())))
                .build());
      }
    }
    try (OutputStream out = Files.newOutputStream(file)) {
      model(tensors, metadata).writeTo(out);
    }
  }

  private void finish() {
    List.copyOf(open.keySet()).forEach(this::use);
    if (halfPrecision) {
      for (Map.Entry<String, Initializer> entry : List.copyOf(initializers.entrySet())) {
        if (entry.getValue().isLargeMatrix()) {
          halve(entry.getKey(), entry.getValue());
        }
      }
    }
  }

  /** Stores a tensor as 16-bit floats, which a node brings back to 32. */
  private void halve(String name, Initializer full) {
    String half = name + ".half";
    initializers.remove(name);
    initializers.put(
        half,
        new Initializer(
            TensorProto.DataType.FLOAT16,
            full.shape,
            () -> DType.halves(name, floatsOf(full.bytes()))));
    graph.addNode(
        0,
        NodeProto.newBuilder()
            .setOpType("Cast")
            .addInput(half)
            .addOutput(name)
            .addAttribute(integer("to", TensorProto.DataType.FLOAT.getNumber())));
  }

  private static float[] floatsOf(ByteBuffer bytes) {
    float[] floats = new float[bytes.remaining() / Float.BYTES];
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(floats);
    return floats;
  }

  private ModelProto model(List<TensorProto> tensors, Map<String, String> metadata) {
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("dpiqa")
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
            .setGraph(graph.clone().addAllInitializer(tensors));
    if (graph.getNodeList().stream().anyMatch(node -> node.getDomain().equals(RUNTIME_DOMAIN))) {
      model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain(RUNTIME_DOMAIN).setVersion(1));
    }
    metadata.forEach((key, value) -> model.addMetadataProps(entry(key, value)));
    return model.build();
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
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
    checkParameter(name + ".weight");
    if (conv.bias()) {
      checkParameter(name + ".bias");
    }
    open.put(y, name);
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
        interleaved(read(name + ".weight"), inputs, outputs));
    float[] bias = read(name + ".bias");
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
    String conv = open.remove(x);
    if (conv == null) {
      throw new IllegalArgumentException(
          name + " must follow a convolution that nothing else reads");
    }
    float[] kernel = read(conv + ".weight");
    float[] scale = read(name + ".weight");
    float[] shift = read(name + ".bias");
    float[] mean = read(name + ".running_mean");
    float[] variance = read(name + ".running_var");
    float[] bias = hasBias(conv) ? read(conv + ".bias") : new float[scale.length];
    int fan = kernel.length / scale.length;
    for (int c = 0; c < scale.length; c++) {
      double factor = scale[c] / Math.sqrt(variance[c] + epsilon);
      for (int i = c * fan; i < (c + 1) * fan; i++) {
        kernel[i] = (float) (kernel[i] * factor);
      }
      bias[c] = (float) ((bias[c] - mean[c]) * factor + shift[c]);
    }
    addInitializer(conv + ".weight", parameterShape(conv + ".weight"), kernel);
    addInitializer(conv + ".bias", Shape.of(bias.length), bias);
    return new Value(x.name, x.shape);
  }

  private boolean hasBias(String conv) {
    return shapes.tensors().containsKey(conv + ".bias");
  }

  /**
   * By instance normalisation, which does to single channels what this does to groups: a group is
   * made one channel.
   */
  @Override
  public Value groupNorm(String name, Value x, int groups, double epsilon) {
    Shape shape = shapes.groupNorm(name, x.shape, groups, epsilon);
    float[] ones = new float[groups];
    Arrays.fill(ones, 1);
    long batch = shape.size(0);
    Value grouped = reshape(x, Shape.of(batch, groups, shape.elements() / batch / groups));
    List<String> inputs = List.of(grouped.name, floats(ones), floats(new float[groups]));
    Value normal =
        reshape(
            node("InstanceNormalization", grouped.shape, inputs, decimal("epsilon", epsilon)),
            shape);
    Shape channels = Shape.of(shape.size(1), 1, 1);
    Value scaled = node("Mul", shape, List.of(normal.name, take(name + ".weight", channels)));
    return node("Add", shape, List.of(scaled.name, take(name + ".bias", channels)));
  }

  @Override
  public Value layerNorm(String name, Value x, double epsilon) {
    Shape shape = shapes.layerNorm(name, x.shape, epsilon);
    return node(
        "LayerNormalization",
        shape,
        List.of(use(x), take(name + ".weight"), take(name + ".bias")),
        decimal("epsilon", epsilon));
  }

  @Override
  public Value linear(String name, Value x, int features, boolean bias) {
    Shape shape = shapes.linear(name, x.shape, features, bias);
    long width = x.shape.size(x.shape.rank() - 1);
    Value rows = reshape(x, Shape.of(x.shape.elements() / width, width));
    List<String> inputs = new ArrayList<>(List.of(use(rows), take(name + ".weight")));
    if (bias) {
      inputs.add(take(name + ".bias"));
    }
    Value y = node("Gemm", rows.shape.with(1, features), inputs, integer("transB", 1));
    return reshape(y, shape);
  }

  /**
   * By an operator of ONNX Runtime that never holds all scores: of 64 x 64 tokens with 8 heads they
   * would take 512 MiB.
   */
  @Override
  public Value attention(Value query, Value key, Value value, int heads, boolean causal) {
    Shape shape = shapes.attention(query.shape, key.shape, value.shape, heads, causal);
    List<String> inputs =
        List.of(use(query), use(repeat(key, shape.size(0))), use(repeat(value, shape.size(0))));
    return node(
        RUNTIME_DOMAIN,
        "MultiHeadAttention",
        shape,
        inputs,
        integer("num_heads", heads),
        integer("unidirectional", causal ? 1 : 0));
  }

  private Value repeat(Value x, long batch) {
    Shape shape = x.shape.with(0, batch);
    return shape.equals(x.shape) ? x : node("Expand", shape, List.of(use(x), longs(shape.sizes())));
  }

  @Override
  public Value embedding(String name, int[][] tokens, int vocabulary, int width) {
    Shape shape = shapes.embedding(name, tokens, vocabulary, width);
    long[] ids = Arrays.stream(tokens).flatMapToInt(Arrays::stream).asLongStream().toArray();
    return reshape(
        node("Gather", Shape.of(ids.length, width), List.of(take(name + ".weight"), longs(ids))),
        shape);
  }

  @Override
  public Value parameter(String name, Shape shape) {
    shapes.parameter(name, shape);
    return new Value(take(name), shape);
  }

  @Override
  public Value constant(Shape shape, float... elements) {
    shapes.constant(shape, elements);
    String name = "c" + initializers.size();
    addInitializer(name, shape, elements);
    return new Value(name, shape);
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
  public Value gelu(Value x) {
    return node(RUNTIME_DOMAIN, "Gelu", x.shape, List.of(use(x)));
  }

  @Override
  public Value exp(Value x) {
    return node("Exp", x.shape, List.of(use(x)));
  }

  @Override
  public Value clamp(Value x, double least, double most) {
    String low = constant(Shape.of(), (float) least).name;
    String high = constant(Shape.of(), (float) most).name;
    return node("Clip", x.shape, List.of(use(x), low, high));
  }

  @Override
  public Value scale(Value x, double factor) {
    return node("Mul", x.shape, List.of(use(x), floats((float) factor)));
  }

  @Override
  public Value add(Value a, Value b) {
    return node("Add", shapes.add(a.shape, b.shape), List.of(use(a), use(b)));
  }

  @Override
  public Value multiply(Value a, Value b) {
    return node("Mul", shapes.multiply(a.shape, b.shape), List.of(use(a), use(spread(b, a.shape))));
  }

  @Override
  public Value divide(Value a, Value b) {
    return node("Div", shapes.divide(a.shape, b.shape), List.of(use(a), use(b)));
  }

  /**
   * A value a channel, written out for every pixel: ONNX Runtime keeps its blocked layout for a
   * product of equal shapes only.
   */
  private Value spread(Value x, Shape shape) {
    boolean valueAChannel = shape.rank() == 4 && x.shape.equals(shape.with(2, 1).with(3, 1));
    if (!valueAChannel || x.shape.equals(shape)) {
      return x;
    }
    String scales = floats(1, 1, (float) shape.size(2), (float) shape.size(3));
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
  public Value narrow(Value x, int axis, long start, long size) {
    return node(
        "Slice",
        shapes.narrow(x.shape, axis, start, size),
        List.of(use(x), longs(start), longs(start + size), longs(axis)));
  }

  @Override
  public Value pick(Value x, int[] positions) {
    Shape shape = shapes.pick(x.shape, positions);
    long length = x.shape.size(1);
    long[] rows = new long[positions.length];
    Arrays.setAll(rows, n -> n * length + positions[n]);
    Value tokens = reshape(x, Shape.of(x.shape.size(0) * length, x.shape.size(2)));
    return node("Gather", shape, List.of(use(tokens), longs(rows)));
  }

  @Override
  public Value tokens(Value image) {
    Shape shape = shapes.tokens(image.shape);
    Value planes = reshape(image, Shape.of(shape.size(0), shape.size(2), shape.size(1)));
    return transpose(planes, 0, 2, 1);
  }

  @Override
  public Value image(Value tokens, int height, int width) {
    Shape shape = shapes.image(tokens.shape, height, width);
    return reshape(transpose(tokens, 0, 2, 1), shape);
  }

  @Override
  public Value pixelUnshuffle(Value x, int factor) {
    Shape shape = shapes.pixelUnshuffle(x.shape, factor);
    long height = shape.size(2);
    long width = shape.size(3);
    Value squares =
        reshape(x, Shape.of(shape.size(0), x.shape.size(1), height, factor, width, factor));
    return reshape(transpose(squares, 0, 1, 3, 5, 2, 4), shape);
  }

  @Override
  public Value padEnd(Value x) {
    return node("Pad", shapes.padEnd(x.shape), List.of(use(x), longs(0, 0, 0, 0, 0, 0, 1, 1)));
  }

  @Override
  public Value halve(Value x) {
    return node(
        "AveragePool",
        shapes.halve(x.shape),
        List.of(use(x)),
        ints("kernel_shape", 2, 2),
        ints("strides", 2, 2),
        integer("ceil_mode", 1));
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
    String epsilon = floats((float) DEVIATION_EPSILON);
    Value sum = node("Add", mean.shape, List.of(variance.name, epsilon));
    return node("Sqrt", mean.shape, List.of(sum.name));
  }

  @Override
  public Value whitePoint(Value image, double share) {
    Shape shape = shapes.whitePoint(image.shape, share);
    long count = Shapes.pixels(image.shape, share);
    Shape plane = image.shape.with(1, 1);
    Value largest = node("ReduceMax", plane, List.of(use(image)), ints("axes", 1));
    Value pixels = reshape(largest, Shape.of(plane.size(0), plane.size(2) * plane.size(3)));
    Value brightest = topValues(pixels, count);
    return reshape(narrow(brightest, 1, count - 1, 1), shape);
  }

  /** The largest values of each row, {@code [N, values] -> [N, count]}, the largest first. */
  private Value topValues(Value rows, long count) {
    Value top = new Value("v" + values++, rows.shape.with(1, count));
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType("TopK")
            .addInput(use(rows))
            .addInput(longs(count))
            .addOutput(top.name)
            .addOutput(top.name + ".at"));
    return top;
  }

  @Override
  public Value resizeNearest(Value x, int height, int width) {
    Shape shape = shapes.resizeNearest(x.shape, height, width);
    if (shape.equals(x.shape)) {
      return x;
    }
    return node(
        "Resize",
        shape,
        List.of(use(x), "", "", longs(shape.sizes())),
        string("mode", "nearest"),
        string("coordinate_transformation_mode", "asymmetric"),
        string("nearest_mode", "floor"));
  }

  /** As a matrix product along each axis. */
  @Override
  public Value resizeBicubic(Value x, int height, int width) {
    Shape shape = shapes.resizeBicubic(x.shape, height, width);
    Value y = x;
    if (width != x.shape.size(3)) {
      int from = Math.toIntExact(x.shape.size(3));
      float[] matrix = Bicubic.matrix(from, width);
      Value columns = transpose(constant(Shape.of(width, from), matrix), 1, 0);
      y = node("MatMul", x.shape.with(3, width), List.of(use(x), columns.name));
    }
    if (height != x.shape.size(2)) {
      int from = Math.toIntExact(x.shape.size(2));
      Value rows = constant(Shape.of(height, from), Bicubic.matrix(from, height));
      y = node("MatMul", shape, List.of(rows.name, use(y)));
    }
    return y;
  }

  @Override
  public Value flatten(Value x) {
    return node("Flatten", shapes.flatten(x.shape), List.of(use(x)), integer("axis", 1));
  }

  private Value node(String type, Shape shape, List<String> inputs, AttributeProto... attributes) {
    return node("", type, shape, inputs, attributes);
  }

  private Value node(
      String domain, String type, Shape shape, List<String> inputs, AttributeProto... attributes) {
    Value value = new Value("v" + values++, shape);
    graph.addNode(
        NodeProto.newBuilder()
            .setDomain(domain)
            .setOpType(type)
            .addAllInput(inputs)
            .addOutput(value.name)
            .addAllAttribute(Arrays.asList(attributes)));
    return value;
  }

  private Value reshape(Value x, Shape shape) {
    return shape.equals(x.shape)
        ? x
        : node("Reshape", shape, List.of(use(x), longs(shape.sizes())));
  }

  private Value transpose(Value x, long... axes) {
    long[] sizes = Arrays.stream(axes).map(axis -> x.shape.size((int) axis)).toArray();
    return node("Transpose", Shape.of(sizes), List.of(use(x)), ints("perm", axes));
  }

  /**
   * The name of a value that a node reads; a convolution that is read as it is takes no BatchNorm.
   */
  private String use(Value value) {
    String conv = open.remove(value);
    if (conv != null) {
      take(conv + ".weight");
      if (hasBias(conv)) {
        take(conv + ".bias");
      } else {
        Shape bias = Shape.of(value.shape.size(1));
        addInitializer(conv + ".bias", bias, new float[Math.toIntExact(bias.elements())]);
      }
    }
    return value.name;
  }

  /** Takes a parameter into the graph as it is; its name. */
  private String take(String name) {
    return take(name, parameterShape(name));
  }

  /** Takes a parameter into the graph in another shape of as many elements; its name. */
  private String take(String name, Shape shape) {
    Tensor tensor = checkParameter(name);
    initializers.put(
        name, new Initializer(TensorProto.DataType.FLOAT, shape, () -> floatBytes(tensor)));
    return name;
  }

  private static ByteBuffer floatBytes(Tensor tensor) {
    return tensor.dtype() == DType.F32 ? tensor.bytes() : bytes(tensor.toFloats());
  }

  private static ByteBuffer bytes(float... elements) {
    ByteBuffer bytes =
        ByteBuffer.allocate(elements.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(elements);
    return bytes;
  }

  private Shape parameterShape(String name) {
    return shapes.tensors().get(name);
  }

  private Tensor checkParameter(String name) {
    Tensor tensor = weights.tensor(name);
    Shape expected = parameterShape(name);
    if (!Shape.of(tensor.shape()).equals(expected)) {
      throw new IllegalArgumentException(tensor + " should have the shape " + expected);
    }
    return tensor;
  }

  private float[] read(String name) {
    return checkParameter(name).toFloats();
  }

  private void addInput(String name, TensorProto.DataType type, Shape shape) {
    graph.addInput(info(name, type, shape));
  }

  private void addInitializer(String name, Shape shape, float... elements) {
    initializers.put(
        name, new Initializer(TensorProto.DataType.FLOAT, shape, () -> bytes(elements)));
  }

  /** The name of a new vector of floats. */
  private String floats(float... elements) {
    return constant(Shape.of(elements.length), elements).name;
  }

  /** The name of a new vector of integers, which sizes and indices are. */
  private String longs(long... elements) {
    ByteBuffer bytes =
        ByteBuffer.allocate(elements.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(elements);
    String name = "c" + initializers.size();
    Shape shape = Shape.of(elements.length);
    initializers.put(name, new Initializer(TensorProto.DataType.INT64, shape, bytes::duplicate));
    return name;
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

  private static AttributeProto decimal(String name, double value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.FLOAT)
        .setF((float) value)
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
