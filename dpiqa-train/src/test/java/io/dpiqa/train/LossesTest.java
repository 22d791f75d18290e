package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dpiqa.golden.Formula;
import java.io.IOException;
import java.io.InputStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // scopes are opened for their end
class LossesTest {

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
}
