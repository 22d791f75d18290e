package io.dpiqa.torch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The segments of a forward pass, of which only what goes in and comes out is kept. On the way back
 * each is computed once more, with a gradient (Chen et al., arXiv 1604.06174).
 */
@SuppressWarnings("try") // scopes are opened for their end
final class Segments {

  /** Everything that goes in is a leaf, so that gradients gather in it until its own turn comes. */
  private record Segment(
      List<Tensor> inputs, List<Tensor> outputs, UnaryOperator<List<Tensor>> body) {}

  private final Deque<Segment> tape = new ArrayDeque<>();

  /** Computes a segment without a graph. What comes out is a leaf. */
  List<Tensor> forward(List<Tensor> inputs, UnaryOperator<List<Tensor>> body) {
    for (Tensor input : inputs) {
      if (input.requires_grad() && !input.is_leaf()) {
        throw new IllegalStateException(
            "a segment takes what other segments made, or what has no gradient");
      }
    }
    List<Tensor> outputs;
    try (NoGradGuard withoutGraph = new NoGradGuard()) {
      outputs = withoutGraph(inputs, body);
    }
    outputs.forEach(output -> output.set_requires_grad(true));
    tape.push(new Segment(List.copyOf(inputs), outputs, body));
    return outputs;
  }

  /** Computes a segment while grad mode is off, and frees all but what comes out. */
  static List<Tensor> withoutGraph(List<Tensor> inputs, UnaryOperator<List<Tensor>> body) {
    PointerScope pass = PointerScope.getInnerScope();
    List<Tensor> outputs = new ArrayList<>();
    try (PointerScope temporary = new PointerScope()) {
      for (Tensor output : body.apply(inputs)) {
        Tensor kept = output.detach();
        pass.attach(kept);
        outputs.add(kept);
      }
    }
    return outputs;
  }

  /** Adds the gradients of a loss to those of the parameters. */
  void backward(Tensor loss) {
    loss.backward();
    while (!tape.isEmpty()) {
      Segment segment = tape.pop();
      try (PointerScope temporary = new PointerScope()) {
        List<Tensor> again = segment.body().apply(segment.inputs());
        List<Tensor> outputs = new ArrayList<>();
        List<Tensor> gradients = new ArrayList<>();
        for (int i = 0; i < again.size(); i++) {
          Tensor gradient = segment.outputs().get(i).grad();
          if (gradient.defined()) {
            outputs.add(again.get(i));
            gradients.add(gradient);
          }
        }
        torch.backward(
            vector(outputs), vector(gradients), new BoolOptional(), false, new TensorVector());
        segment.outputs().forEach(output -> output.mutable_grad().reset());
      }
    }
  }

  private static TensorVector vector(List<Tensor> tensors) {
    return new TensorVector(tensors.toArray(new Tensor[0]));
  }
}
