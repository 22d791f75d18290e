package io.dpiqa.golden;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.dpiqa.network.OnnxGraph;
import io.dpiqa.weights.DType;
import io.dpiqa.weights.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** An ONNX graph in ONNX Runtime, by way of files as users have it. */
public final class OnnxRunner implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;

  /**
   * Writes a graph and loads it.
   *
   * @param folder for the files
   */
  public OnnxRunner(OnnxGraph graph, Path folder, int threads) throws IOException, OrtException {
    Path file = folder.resolve("network.onnx");
    graph.writeWithData(file, Map.of());
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      session = environment.createSession(file.toString(), options);
    }
  }

  /** The outputs, by their names, for inputs of floats or bytes. */
  public Map<String, float[]> run(Map<String, Tensor> inputs) throws OrtException {
    Map<String, OnnxTensor> values = new HashMap<>();
    try {
      for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
        values.put(input.getKey(), value(input.getValue()));
      }
      Map<String, float[]> outputs = new HashMap<>();
      try (OrtSession.Result result = session.run(values)) {
        for (Map.Entry<String, OnnxValue> output : result) {
          FloatBuffer floats = ((OnnxTensor) output.getValue()).getFloatBuffer();
          float[] array = new float[floats.remaining()];
          floats.get(array);
          outputs.put(output.getKey(), array);
        }
      }
      return outputs;
    } finally {
      values.values().forEach(OnnxTensor::close);
    }
  }

  private OnnxTensor value(Tensor tensor) throws OrtException {
    ByteBuffer bytes = ByteBuffer.allocateDirect(tensor.byteSize()).order(ByteOrder.nativeOrder());
    bytes.put(tensor.bytes()).flip();
    return tensor.dtype() == DType.U8
        ? OnnxTensor.createTensor(environment, bytes, tensor.shape(), OnnxJavaType.UINT8)
        : OnnxTensor.createTensor(environment, bytes.asFloatBuffer(), tensor.shape());
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
