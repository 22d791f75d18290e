package io.dpiqa.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BootstrapIntervalTest {

  @Test
  void isAsWideAsTheoryHasIt() {
    Random random = new Random(1);
    double[] opinion = random.doubles(1000).toArray();
    double[] predicted = random.doubles(1000).toArray();
    BootstrapInterval interval = BootstrapInterval.ofSrcc(predicted, opinion, 1000, 1);

    // Of unrelated scores SRCC has a standard deviation of 1 / sqrt(n - 1).
    double srcc = Agreement.between(predicted, opinion).srcc();
    double reach = 1.96 / Math.sqrt(999);
    assertThat(interval.low()).isCloseTo(srcc - reach, within(0.2 * reach));
    assertThat(interval.high()).isCloseTo(srcc + reach, within(0.2 * reach));
  }

  @Test
  void seedDecides() {
    Random random = new Random(2);
    double[] opinion = random.doubles(50).toArray();
    double[] predicted = random.doubles(50).toArray();
    BootstrapInterval interval = BootstrapInterval.ofSrcc(predicted, opinion, 100, 1);
    assertThat(BootstrapInterval.ofSrcc(predicted, opinion, 100, 1)).isEqualTo(interval);
    assertThat(BootstrapInterval.ofSrcc(predicted, opinion, 100, 2)).isNotEqualTo(interval);
  }

  @Test
  void passesOverDrawsWithoutACorrelation() {
    double[] rising = {1, 2, 3};
    assertThat(BootstrapInterval.ofSrcc(rising, rising, 1000, 1))
        .isEqualTo(new BootstrapInterval(1, 1));
    assertThat(BootstrapInterval.ofSrcc(new double[3], rising, 10, 1))
        .isEqualTo(new BootstrapInterval(Double.NaN, Double.NaN));
  }

  @Test
  void refusesWhatCannotBeCompared() {
    assertThatThrownBy(() -> BootstrapInterval.ofSrcc(new double[3], new double[2], 10, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 predictions");
  }
}
