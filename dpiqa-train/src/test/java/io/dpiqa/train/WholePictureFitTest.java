package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.hipparchus.stat.regression.SimpleRegression;
import org.junit.jupiter.api.Test;

class WholePictureFitTest {

  @Test
  void aFewScoresFarOffDoNotDecideTheScale() {
    double[] scores = new double[200];
    double[] opinions = new double[200];
    Arrays.setAll(scores, i -> 7 + 0.01 * i);
    Arrays.setAll(opinions, i -> 0.2 + 0.003 * i);
    scores[150] = -1e6;
    scores[151] = -1e7;
    scores[20] = 1e5;
    SimpleRegression line = WholePictureFit.line(scores, opinions);
    assertThat(line.getSlope()).isCloseTo(0.3, within(0.02));
    assertThat(line.getSlope() * 8 + line.getIntercept()).isCloseTo(0.5, within(0.01));
  }
}
