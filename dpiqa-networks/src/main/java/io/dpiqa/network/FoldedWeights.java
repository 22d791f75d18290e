package io.dpiqa.network;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.dpiqa.weights.DType;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The weights of a network that {@link OnnxGraph} wrote, under the names of its checkpoint, to go
 * on learning from. What was folded into a convolution cannot be had back; its BatchNorm adds the
 * folded bias and changes nothing else, so that the network computes the same, as long as BatchNorm
 * keeps these statistics, which are of no pictures.
 */
public final class FoldedWeights {
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";
  private static final String MEAN = ".running_mean";
  private static final String VARIANCE = ".running_var";

  private FoldedWeights() {}

  /**
   * Reads an ONNX model that is one file.
   *
   * @param shapes of the network
   * @return those that the model has
   * @throws IllegalArgumentException if it is no ONNX model, or its weights lie in another file or
   *     are at half precision
   * @throws IOException if it cannot be read
   */
  public static Weights read(InputStream onnx, Shapes shapes) throws IOException {
    Map<String, Tensor> folded = new HashMap<>();
    for (TensorProto tensor : parse(onnx).getGraph().getInitializerList()) {
      if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
        throw new IllegalArgumentException(
            "its weights lie in another file; begin with its checkpoint");
      }
      if (tensor.getDataType() == TensorProto.DataType.FLOAT16_VALUE) {
        throw new IllegalArgumentException(
            "its weights are at half precision; begin with its checkpoint");
      }
      if (tensor.getDataType() == TensorProto.DataType.FLOAT_VALUE) {
        folded.put(tensor.getName(), tensor(tensor));
      }
    }
    Map<String, Shape> owned = shapes.tensors();
    List<Tensor> tensors = new ArrayList<>();
    String convolution = "";
    for (Map.Entry<String, Shape> entry : owned.entrySet()) {
      String name = entry.getKey();
      if (!name.endsWith(WEIGHT) || !owned.containsKey(layer(name) + MEAN)) {
        if (folded.containsKey(name)) {
          tensors.add(folded.get(name));
        }
        convolution = name.endsWith(WEIGHT) ? layer(name) : convolution;
      } else if (folded.containsKey(convolution + BIAS)) {
        String norm = layer(name);
        long[] shape = entry.getValue().sizes();
        tensors.add(constant(norm + WEIGHT, shape, 1));
        tensors.add(folded.get(convolution + BIAS).named(norm + BIAS));
        tensors.add(constant(norm + MEAN, shape, 0));
        tensors.add(constant(norm + VARIANCE, shape, 1 - shapes.epsilons().get(norm)));
      }
    }
    return Weights.of(tensors);
  }

  /** Whether a BatchNorm's running statistics are those of one that was folded. */
  public static boolean areStatistics(float[] means, float[] variances, double epsilon) {
    return IntStream.range(0, means.length)
        .allMatch(i -> means[i] == 0 && variances[i] == (float) (1 - epsilon));
  }

  private static ModelProto parse(InputStream onnx) throws IOException {
    try {
      return ModelProto.parseFrom(onnx);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("no ONNX model: " + e.getMessage(), e);
    }
  }

  private static Tensor tensor(TensorProto tensor) {
    long[] shape = tensor.getDimsList().stream().mapToLong(size -> size).toArray();
    ByteBuffer bytes =
        ByteBuffer.wrap(tensor.getRawData().toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    return Tensor.of(tensor.getName(), DType.F32, shape, bytes);
  }

  private static Tensor constant(String name, long[] shape, double value) {
    float[] values = new float[Math.toIntExact(shape[0])];
    Arrays.fill(values, (float) value);
    return Tensor.of(name, shape, values);
  }

  private static String layer(String parameter) {
    return parameter.substring(0, parameter.lastIndexOf('.'));
  }
}
