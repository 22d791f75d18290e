package io.dpiqa.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.golden.Formula;
import io.dpiqa.golden.Golden;
import io.dpiqa.network.DenoisingUnet;
import io.dpiqa.network.EfficientNet;
import io.dpiqa.network.PixelEncoder;
import io.dpiqa.network.QualityFeatureDecoder;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
import io.dpiqa.network.Teacher;
import io.dpiqa.torch.Parameters.Initialisation;
import io.dpiqa.torch.TorchOperations.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // scopes are opened for their end
class SegmentsTest {
  private static final Teacher TEACHER =
      new Teacher(
          new PixelEncoder(4),
          new DenoisingUnet(List.of(32, 64, 64, 64), 1, 4, 16, 48),
          new QualityFeatureDecoder(List.of(0, 1, 2, 3), 16, 32),
          Teacher.Options.published());

  private static final Map<String, Shape> SHAPES = shapes();

  private static Map<String, Shape> shapes() {
    Shapes shapes = new Shapes();
    TEACHER.read(shapes, Shape.of(2, 3, 64, 64), Shape.of(1, 5, 16));
    return shapes.tensors();
  }

  @Test
  void computedAgainGiveTheSameGradients() {
    Learnt kept = learn(net -> net);
    Learnt again = learn(TorchOperations::checkpointed);
    assertThat(again.loss()).isEqualTo(kept.loss());
    assertThat(Golden.relativeError(again.gradients(), kept.gradients())).isLessThan(1e-6);
    assertThat(kept.gradients()).isNotEqualTo(new float[kept.gradients().length]);
  }

  @Test
  void sixteenBitsGiveNearlyTheSameGradients() {
    Learnt exact = learn(net -> net);
    Learnt rough = learn(net -> net.in(Precision.BFLOAT16).checkpointed());
    assertThat(rough.loss()).isNotEqualTo(exact.loss());
    assertThat(Golden.relativeError(rough.gradients(), exact.gradients())).isBetween(1e-5, 0.1);
  }

  @Test
  void areFreedAtOnceWhereNothingIsLearnt() {
    try (Parameters parameters = parameters();
        PointerScope scope = new PointerScope()) {
      TorchOperations net = TorchOperations.inference(parameters);
      Tensor input = Tensor.create(Formula.uniform("input", 8), 2, 4);
      List<Tensor> inside = new ArrayList<>();
      UnaryOperator<Tensor> body =
          in -> {
            inside.add(net.relu(in));
            return net.silu(inside.get(inside.size() - 1));
          };
      Tensor learnt = net.segment(input, body);
      try (NoGradGuard inference = new NoGradGuard()) {
        Tensor scored = net.segment(input, body);
        assertThat(Floats.of(scored)).containsExactly(Floats.of(learnt));
      }
      assertThat(inside).extracting(tensor -> tensor.isNull()).containsExactly(false, true);
      assertThat(input.isNull()).isFalse();
    }
  }

  @Test
  void areNotComputedAgainWhereNothingDependsOnThem() {
    try (Parameters parameters = parameters();
        PointerScope scope = new PointerScope()) {
      TorchOperations net = checkpointed(parameters);
      List<String> computed = new ArrayList<>();
      Tensor input = Tensor.create(Formula.uniform("input", 16), 1, 16);
      Tensor used =
          net.segment(
              input,
              in -> {
                computed.add("used");
                return net.multiply(in, net.parameter("gamma", Shape.of(16)));
              });
      net.segment(
          used,
          in -> {
            computed.add("unused");
            return net.relu(in);
          });
      net.backward(used.sum());
      assertThat(computed).containsExactly("used", "unused", "used");
      assertThat(parameters.gradients().abs().sum().item_float()).isPositive();
    }
  }

  @Test
  void areNoPartsOfOneAnother() {
    try (Parameters parameters = parameters();
        PointerScope scope = new PointerScope()) {
      TorchOperations net = checkpointed(parameters);
      Tensor input = Tensor.create(Formula.uniform("input", 16), 1, 16);
      assertThatThrownBy(() -> net.segment(input, in -> net.segment(in, net::relu)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("a segment is no part of another");
    }
  }

  @Test
  void takeOnlyWhatCanBeComputedAgain() {
    try (Parameters parameters = parameters();
        PointerScope scope = new PointerScope()) {
      TorchOperations net = checkpointed(parameters);
      Tensor made = net.relu(net.parameter("gamma", Shape.of(16)));
      assertThatThrownBy(() -> net.segment(List.of(made), in -> in))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  /** Of a network that normalises by batches, and drops at random. */
  @Test
  void dropAgainWhatTheyDropped() {
    LearntStudent kept = learnStudent(net -> net);
    LearntStudent again = learnStudent(TorchOperations::checkpointed);
    assertThat(again.loss()).isEqualTo(kept.loss());
    assertThat(Golden.relativeError(again.gradients(), kept.gradients())).isLessThan(1e-4);
    assertThat(again.mean()).isEqualTo(kept.mean()).isNotEqualTo(new float[kept.mean().length]);
    LearntStudent other = learnStudent(net -> net, 2);
    assertThat(Golden.relativeError(other.gradients(), kept.gradients())).isGreaterThan(0.01);
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record LearntStudent(float loss, float[] gradients, float[] mean) {}

  private static LearntStudent learnStudent(UnaryOperator<TorchOperations> how) {
    return learnStudent(how, 1);
  }

  /**
   * @param seed of what is dropped
   */
  private static LearntStudent learnStudent(UnaryOperator<TorchOperations> how, long seed) {
    Student student = Student.compact(new EfficientNet(0));
    Shapes shapes = new Shapes();
    student.score(shapes, Shape.of(1, 3, 64, 64));
    try (Parameters parameters =
            Parameters.initialise(shapes.tensors(), Initialisation.HE, 1, Device.CPU);
        PointerScope scope = new PointerScope()) {
      TorchOperations net =
          how.apply(TorchOperations.training(parameters, new SplittableRandom(seed)));
      Tensor image = Tensor.create(Formula.uniform("image", 4 * 3 * 64 * 64), 4, 3, 64, 64);
      Tensor loss = student.score(net, image).square().sum();
      net.backward(loss);
      String norm = "base_model.features.4.1.block.1.1.";
      return new LearntStudent(
          loss.item_float(),
          Floats.of(parameters.gradients()),
          Floats.of(parameters.tensor(norm + "running_mean")));
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Learnt(float loss, float[] gradients) {}

  private static Learnt learn(UnaryOperator<TorchOperations> how) {
    try (Parameters parameters = parameters();
        PointerScope scope = new PointerScope()) {
      TorchOperations net =
          how.apply(TorchOperations.training(parameters, new SplittableRandom(1)));
      Tensor image = Tensor.create(Formula.uniform("image", 2 * 3 * 64 * 64), 2, 3, 64, 64);
      Tensor prompts = Tensor.create(Formula.uniform("prompts", 5 * 16), 1, 5, 16);
      Tensor loss = TEACHER.read(net, image, prompts).score().square().sum();
      net.backward(loss);
      return new Learnt(loss.item_float(), Floats.of(parameters.gradients()));
    }
  }

  private static TorchOperations checkpointed(Parameters parameters) {
    return TorchOperations.training(parameters, new SplittableRandom(1)).checkpointed();
  }

  private static Parameters parameters() {
    return Parameters.initialise(SHAPES, Initialisation.UNIFORM, 1, Device.CPU);
  }
}
