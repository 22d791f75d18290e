package io.dpiqa.torch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The segments of a forward pass, of which only what goes in and comes out is kept. On the way back
 * each is computed once more, with a gradient (Chen et al., arXiv 1604.06174). What was dropped at
 * random is dropped once more, so that the gradients are those of what came out.
 */
@SuppressWarnings("try") // scopes are opened for their end
final class Segments {

  /**
   * Everything that goes in is a leaf, so that gradients gather in it until its own turn comes.
   *
   * @param masks that were drawn at random, in the order of use
   */
  private record Segment(
      List<Tensor> inputs,
      List<Tensor> outputs,
      UnaryOperator<List<Tensor>> body,
      List<float[]> masks) {}

  private final Deque<Segment> tape = new ArrayDeque<>();

  /** Masks of the segment that is computed for the first time; null when none is. */
  private List<float[]> drawn;

  /** Masks that are left of the segment that is computed again; null when none is. */
  private Iterator<float[]> left;

  /** Computes a segment without a graph. What comes out is a leaf. */
  List<Tensor> forward(List<Tensor> inputs, UnaryOperator<List<Tensor>> body) {
    if (drawn != null || left != null) {
      throw new IllegalStateException("a segment is no part of another");
    }
    for (Tensor input : inputs) {
      if (input.requires_grad() && !input.is_leaf()) {
        throw new IllegalStateException(
            "a segment takes what other segments made, or what has no gradient");
      }
    }
    List<float[]> masks = new ArrayList<>();
    drawn = masks;
    List<Tensor> outputs;
    try (NoGradGuard withoutGraph = new NoGradGuard()) {
      outputs = withoutGraph(inputs, body);
    } finally {
      drawn = null;
    }
    outputs.forEach(output -> output.set_requires_grad(true));
    tape.push(new Segment(List.copyOf(inputs), outputs, body, masks));
    return outputs;
  }

  /** Whether a segment is being computed once more. */
  boolean isAgain() {
    return left != null;
  }

  /**
   * What decides what is dropped.
   *
   * @param random draws it; not asked where a segment is computed once more
   */
  float[] mask(Supplier<float[]> random) {
    if (left != null) {
      return left.next();
    }
    float[] mask = random.get();
    if (drawn != null) {
      drawn.add(mask);
    }
    return mask;
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
      if (segment.outputs().stream().noneMatch(output -> output.grad().defined())) {
        continue; // the loss does not depend on it
      }
      try (PointerScope temporary = new PointerScope()) {
        List<Tensor> again = again(segment);
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

  /** What is made inside is the graph's alone, which frees it on the way back as soon as it can. */
  private List<Tensor> again(Segment segment) {
    PointerScope outer = PointerScope.getInnerScope();
    left = segment.masks().iterator();
    try (PointerScope inside = new PointerScope()) {
      List<Tensor> outputs = segment.body().apply(segment.inputs());
      outputs.forEach(outer::attach);
      return outputs;
    } finally {
      left = null;
    }
  }

  private static TensorVector vector(List<Tensor> tensors) {
    return new TensorVector(tensors.toArray(new Tensor[0]));
  }
}
