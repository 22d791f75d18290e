package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dpiqa.evaluation.Agreement;
import io.dpiqa.golden.Formula;
import io.dpiqa.torch.Floats;
import java.io.IOException;
import java.io.InputStream;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // scopes are opened for their end
class LossesTest {

  private static double[] doubles(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  @Test
  void equalThePublishedValues() throws IOException {
    JsonNode golden;
    try (InputStream json = LossesTest.class.getResourceAsStream("/golden/losses.json")) {
      golden = new ObjectMapper().readTree(json);
    }
    try (PointerScope scope = new PointerScope()) {
      Tensor scores = Tensor.create(Formula.uniform("predictions", 16));
      Tensor targets = Tensor.create(Formula.uniform("targets", 16));
      assertThat(Losses.squaredError(scores, targets).item_double())
          .isCloseTo(golden.get("mse").doubleValue(), within(1e-6));
      assertThat(Losses.marginRanking(scores, targets).item_double())
          .isCloseTo(golden.get("margin_ranking").doubleValue(), within(1e-6));
    }
  }

  @Test
  void crossEntropySmoothsTheKinds() {
    // Probabilities of three kinds, for two pictures.
    double[][] probabilities = {{0.7, 0.2, 0.1}, {0.25, 0.25, 0.5}};
    long[] kinds = {0, 1};
    float[] logits = new float[6];
    double plain = 0;
    double spread = 0;
    for (int i = 0; i < 6; i++) {
      double log = Math.log(probabilities[i / 3][i % 3]);
      logits[i] = (float) log + 5;
      plain -= i % 3 == kinds[i / 3] ? log / 2 : 0;
      spread -= log / 6;
    }
    try (PointerScope scope = new PointerScope()) {
      Tensor given = Tensor.create(logits, 2, 3);
      Tensor right = Tensor.create(kinds, 2);
      assertThat(Losses.crossEntropy(given, right, 0).item_double()).isCloseTo(plain, within(1e-6));
      assertThat(Losses.crossEntropy(given, right, 0.1).item_double())
          .isCloseTo(0.9 * plain + 0.1 * spread, within(1e-6));
    }
  }

  @Test
  void correlationIsThatOfStatistics() {
    float[] scores = Formula.uniform("predictions", 16);
    float[] targets = Formula.uniform("targets", 16);
    double plcc = Agreement.between(doubles(scores), doubles(targets)).plcc();
    try (PointerScope scope = new PointerScope()) {
      Tensor loss = Losses.correlation(Tensor.create(scores), Tensor.create(targets));
      assertThat(loss.item_double()).isCloseTo(1 - plcc, within(1e-6));
    }
  }

  @Test
  void scaleGivesScoresTheDeviationOfTheirTargetsWithoutAGradient() {
    try (PointerScope scope = new PointerScope()) {
      Tensor scores = Tensor.create(new float[] {10, 30, 20}).set_requires_grad(true);
      Tensor scale = Losses.scale(scores, Tensor.create(0.2f, 0.4f, 0.3f));
      assertThat(scale.item_double()).isCloseTo(0.01, within(1e-6));
      assertThat(scale.requires_grad()).isFalse();
    }
  }

  @Test
  void correlationOfEqualScoresIsZeroAndHasAGradient() {
    try (PointerScope scope = new PointerScope()) {
      Tensor scores = Tensor.create(new float[] {2, 2, 2}).set_requires_grad(true);
      Tensor loss = Losses.correlation(scores, Tensor.create(0f, 1f, 2f));
      loss.backward();
      assertThat(loss.item_double()).isCloseTo(1, within(1e-6));
      float[] gradient = Floats.of(scores.grad());
      Tensor same = Tensor.create(1f, 1f, 1f);
      assertThat(Losses.correlation(scores, same).item_double()).isCloseTo(1, within(1e-6));
      assertThat(gradient[0]).isFinite().isPositive();
      assertThat(gradient[2]).isFinite().isNegative();
    }
  }

  @Test
  void twinsAreToDifferByTheirMargins() {
    try (PointerScope scope = new PointerScope()) {
      Tensor better = Tensor.create(0.5f, 0.5f, 0.5f);
      Tensor worse = Tensor.create(0.2f, 0.45f, 0.9f);
      Tensor margins = Tensor.create(0.1f, 0.1f, 0.2f);
      assertThat(Losses.twinRanking(better, worse, margins).item_double())
          .isCloseTo((0 + 0.05 + 0.6) / 3, within(1e-6));
    }
  }
}
