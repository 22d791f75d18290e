package io.dpiqa.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.golden.Formula;
import io.dpiqa.golden.Golden;
import io.dpiqa.network.DenoisingUnet;
import io.dpiqa.network.PixelEncoder;
import io.dpiqa.network.QualityFeatureDecoder;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
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
  void takeOnlyWhatCanBeComputedAgain() {
    try (Parameters parameters = parameters();
        PointerScope scope = new PointerScope()) {
      TorchOperations net =
          TorchOperations.training(parameters, new SplittableRandom(1)).checkpointed();
      Tensor made = net.relu(net.parameter("gamma", Shape.of(16)));
      assertThatThrownBy(() -> net.segment(List.of(made), in -> in))
          .isInstanceOf(IllegalStateException.class);
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

  private static Parameters parameters() {
    return Parameters.initialise(SHAPES, Initialisation.UNIFORM, 1, Device.CPU);
  }
}
