package io.dpiqa.cli;

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
import io.dpiqa.model.ModelCard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Makes a model whose raw score is the mean of all samples, 0 to 1. */
final class BrightnessModel {
  private static final int SIZE = 4;

  private BrightnessModel() {}

  /** With percentiles: half of the reference photographs are darker than 0.25. */
  static Path write(Path file) throws IOException {
    return write(
        file,
        IntStream.rangeClosed(0, 100)
            .mapToObj(q -> q <= 50 ? q / 200.0 : 0.25 + 0.015 * (q - 50))
            .toList());
  }

  static Path write(Path file, List<Double> referenceScores) throws IOException {
    ModelCard card =
        new ModelCard(
            ModelCard.FORMAT,
            "brightness",
            "mean of the samples",
            SIZE,
            0,
            SIZE * SIZE * 3,
            "Apache-2.0",
            Map.of("source", "a test"),
            referenceScores);
    AttributeProto toFloat =
        attribute("to", AttributeProto.AttributeType.INT)
            .setI(TensorProto.DataType.FLOAT_VALUE)
            .build();
    AttributeProto axes =
        attribute("axes", AttributeProto.AttributeType.INTS)
            .addAllInts(List.of(1L, 2L, 3L))
            .build();
    GraphProto graph =
        GraphProto.newBuilder()
            .setName("brightness")
            .addInput(value("image", TensorProto.DataType.UINT8, 1, SIZE, SIZE, 3))
            .addInitializer(
                TensorProto.newBuilder()
                    .setName("white")
                    .setDataType(TensorProto.DataType.FLOAT_VALUE)
                    .addDims(1)
                    .addFloatData(255))
            .addNode(node("Cast", "samples", "image").addAttribute(toFloat))
            .addNode(node("ReduceMean", "mean", "samples").addAttribute(axes))
            .addNode(node("Div", "share", "mean", "white"))
            .addNode(node("Flatten", "score", "share"))
            .addOutput(value("score", TensorProto.DataType.FLOAT, 1, 1))
            .build();
    ModelProto model =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
            .setGraph(graph)
            .addMetadataProps(
                StringStringEntryProto.newBuilder()
                    .setKey(ModelCard.METADATA_KEY)
                    .setValue(card.toJson()))
            .build();
    return Files.write(file, model.toByteArray());
  }

  private static NodeProto.Builder node(String operation, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(operation)
        .addAllInput(List.of(inputs))
        .addOutput(output);
  }

  private static AttributeProto.Builder attribute(String name, AttributeProto.AttributeType type) {
    return AttributeProto.newBuilder().setName(name).setType(type);
  }

  private static ValueInfoProto value(String name, TensorProto.DataType type, long... shape) {
    TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
    for (long size : shape) {
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
}
