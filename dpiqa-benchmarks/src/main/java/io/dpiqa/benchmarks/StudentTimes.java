package io.dpiqa.benchmarks;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnxruntime.OrtException;
import io.dpiqa.QualityModel;
import io.dpiqa.ScoringOptions;
import io.dpiqa.image.BilinearResize;
import io.dpiqa.image.ImageDecoder;
import io.dpiqa.network.Student;
import io.dpiqa.weights.Weights;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;

/**
 * The published student (EfficientNet-B7 at 512 x 512) on 2 cores, one picture at a time: ONNX
 * Runtime as {@link QualityModel} runs it, in 32-bit floats and in 8-bit integers, against libtorch
 * on the same weights. All begin with the same picture in Java's memory, and take turns, so that
 * what else the machine does meets them alike.
 */
public final class StudentTimes {
  private static final int SIZE = 512;
  private static final int THREADS = 2;
  private static final int WARM_UP = 3;
  private static final int CALIBRATION_PICTURES = 4;

  private StudentTimes() {}

  /**
   * Prints milliseconds a picture.
   *
   * @param arguments the number of rounds; 15 if there is none
   */
  public static void main(String[] arguments) throws IOException, OrtException {
    int rounds = arguments.length == 0 ? 15 : Integer.parseInt(arguments[0]);
    BufferedImage photo = Photo.render();
    List<BufferedImage> pictures =
        IntStream.range(0, CALIBRATION_PICTURES)
            .mapToObj(i -> photo.getSubimage(i * SIZE, i * SIZE, SIZE, SIZE))
            .toList();
    List<byte[]> rgb = pictures.stream().map(StudentTimes::input).toList();

    Student student = Student.published(7);
    Weights weights = UntrainedStudent.weights(student, SIZE);
    ModelProto model = UntrainedStudent.model(student, weights, SIZE);
    try (QualityModel floats = open(model);
        QualityModel integers = open(Quantization.quantize(model, SIZE, rgb));
        EagerStudent torch = new EagerStudent(student, weights, model, SIZE)) {
      List<DoubleSupplier> scorers =
          List.of(
              () -> floats.score(pictures.get(0)).raw(),
              () -> torch.score(input(pictures.get(0))),
              () -> integers.score(pictures.get(0)).raw());
      double[][] times = new double[scorers.size()][rounds];
      double[] scores = new double[scorers.size()];
      for (int round = -WARM_UP; round < rounds; round++) {
        for (int s = 0; s < scorers.size(); s++) {
          long start = System.nanoTime();
          scores[s] = scorers.get(s).getAsDouble();
          if (round >= 0) {
            times[s][round] = (System.nanoTime() - start) / 1e6;
          }
        }
      }
      List<String> names =
          List.of("ONNX Runtime, float32", "libtorch eager, float32", "ONNX Runtime, int8");
      double reference = Times.of(times[1]).median();
      for (int s = 0; s < scorers.size(); s++) {
        Times measured = Times.of(times[s]);
        System.out.printf(
            "%-24s %s, %.3f of libtorch; score %.6g%n",
            names.get(s), measured.in("ms", 0), measured.median() / reference, scores[s]);
      }
    }
  }

  /** What {@link QualityModel#score(BufferedImage)} gives to the network. */
  private static byte[] input(BufferedImage picture) {
    return BilinearResize.resize(ImageDecoder.convert(picture), SIZE, SIZE).rgb();
  }

  private static QualityModel open(ModelProto model) throws IOException {
    Path file = Files.createTempFile("dpiqa", ".onnx");
    file.toFile().deleteOnExit();
    Files.write(file, model.toByteArray());
    return QualityModel.load(file, ScoringOptions.DEFAULT.withThreads(THREADS));
  }
}
