package io.dpiqa.train;

import io.dpiqa.torch.Floats;
import io.dpiqa.torch.Parameters;
import io.dpiqa.weights.Weights;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Adam with decoupled weight decay. */
@SuppressWarnings("try") // scopes are opened for their end
final class Adam implements AutoCloseable {
  private static final String FIRST = "adam.first";
  private static final String SECOND = "adam.second";

  private final Recipe recipe;
  private final Parameters parameters;
  private final PointerScope scope;
  private final Tensor first;
  private final Tensor second;

  /** Shares of the learning rate. */
  private final Tensor rates;

  Adam(Recipe recipe, Parameters parameters) {
    this.recipe = recipe;
    this.parameters = parameters;
    try (PointerScope own = new PointerScope()) {
      first = torch.zeros_like(parameters.trained());
      second = torch.zeros_like(parameters.trained());
      rates = torch.ones_like(parameters.trained());
      Scalar headRate = new Scalar(recipe.headRate());
      parameters.part(rates, recipe.student().lastLayer() + ".weight").fill_(headRate);
      scope = own.extend();
    }
  }

  /**
   * Changes the parameters by their gradients.
   *
   * @param step number of steps made before
   */
  void step(double learningRate, long step) {
    try (PointerScope temporary = new PointerScope()) {
      Tensor gradients = parameters.gradients();
      first.lerp_(gradients, new Scalar(1 - recipe.beta1()));
      second.mul_(new Scalar(recipe.beta2()));
      second.addcmul_(gradients, gradients, new Scalar(1 - recipe.beta2()));
      double steps = step + 1.0;
      double firstBias = 1 - Math.pow(recipe.beta1(), steps);
      double secondBias = 1 - Math.pow(recipe.beta2(), steps);
      Tensor scale = second.div(new Scalar(secondBias)).sqrt_().add_(new Scalar(recipe.epsilon()));
      if (recipe.weightDecay() > 0) {
        parameters.kernels().mul_(new Scalar(1 - learningRate * recipe.weightDecay()));
      }
      parameters.trained().addcdiv_(first.mul(rates), scale, new Scalar(-learningRate / firstBias));
    }
  }

  /** A copy of the moments. */
  List<io.dpiqa.weights.Tensor> tensors() {
    return List.of(copy(FIRST, first), copy(SECOND, second));
  }

  private static io.dpiqa.weights.Tensor copy(String name, Tensor moments) {
    return io.dpiqa.weights.Tensor.of(name, moments.shape(), Floats.of(moments));
  }

  /** Takes the moments that {@link #tensors} gave. */
  void read(Weights weights) {
    try (PointerScope temporary = new PointerScope()) {
      first.copy_(Tensor.create(weights.tensor(FIRST).toFloats()));
      second.copy_(Tensor.create(weights.tensor(SECOND).toFloats()));
    }
  }

  @Override
  public void close() {
    scope.close();
  }
}
