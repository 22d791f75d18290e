package io.dpiqa.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.dpiqa.Interval;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CalibrationTest {
  private static final ErrorBand BAND =
      new ErrorBand(0.8, List.of(0.2, 0.6), List.of(-0.1, -0.3), List.of(0.1, 0.2));

  /** Scores, and opinions that are further from them the higher they are. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Photographs(double[] scores, double[] opinions) {
    static Photographs draw(int n, long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      double[] scores = random.doubles(n, 0.1, 0.8).toArray();
      double[] opinions = new double[n];
      for (int i = 0; i < n; i++) {
        opinions[i] = scores[i] + 0.2 * scores[i] * random.nextDouble(-1, 1);
      }
      return new Photographs(scores, opinions);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {40, 99, 250, 1000, 5000})
  void bandCoversNineTenthsOfOtherPhotographs(int n) {
    int enough = 0;
    double mean = 0;
    for (long seed = 0; seed < 40; seed++) {
      Photographs measured = Photographs.draw(n, 2 * seed);
      ErrorBand band =
          Calibration.of(measured.scores(), measured.opinions()).errorBand().orElseThrow();
      Photographs others = Photographs.draw(5000, 2 * seed + 1);
      double covered =
          IntStream.range(0, 5000)
                  .filter(i -> contains(band.around(others.scores()[i]), others.opinions()[i]))
                  .count()
              / 5000.0;
      mean += covered / 40;
      enough += covered >= 0.895 ? 1 : 0; // the others are a sample too
    }
    assertThat(mean).isBetween(0.9, 0.97);
    assertThat(enough).as("draws, of 40, that cover").isGreaterThanOrEqualTo(35);
  }

  private static boolean contains(Interval interval, double opinion) {
    return interval.low() <= 100 * opinion && 100 * opinion <= interval.high();
  }

  @Test
  void bandIsWiderWhereErrorsAreLarger() {
    Photographs measured = Photographs.draw(2000, 1);
    ErrorBand band =
        Calibration.of(measured.scores(), measured.opinions()).errorBand().orElseThrow();
    assertThat(width(band, 0.75)).isGreaterThan(2 * width(band, 0.2));
  }

  private static double width(ErrorBand band, double raw) {
    return band.around(raw).high() - band.around(raw).low();
  }

  @Test
  void equalScoresMakeOneBand() {
    double[] scores = new double[1000];
    double[] opinions = IntStream.range(0, 1000).mapToDouble(i -> i / 1000.0).toArray();
    ErrorBand band = Calibration.of(scores, opinions).errorBand().orElseThrow();
    assertThat(band.scores()).containsExactly(0.0);
  }

  @Test
  void fewPhotographsAndScoresThatAreNoNumbersTellNothing() {
    Calibration none = new Calibration(List.of(), Optional.empty());
    Photographs few = Photographs.draw(39, 1);
    assertThat(Calibration.of(few.scores(), few.opinions())).isEqualTo(none);
    Photographs enough = Photographs.draw(40, 1);
    assertThat(Calibration.of(enough.scores(), enough.opinions()).referenceScores())
        .hasSize(101)
        .isSorted();
    enough.scores()[7] = Double.NaN;
    assertThat(Calibration.of(enough.scores(), enough.opinions())).isEqualTo(none);
  }

  @Test
  void bandIsInterpolatedAndStaysOnTheScale() {
    assertThat(BAND.around(0.4).low()).isCloseTo(20, within(1e-9));
    assertThat(BAND.around(0.4).high()).isCloseTo(55, within(1e-9));
    assertThat(BAND.around(-3)).isEqualTo(new Interval(0, 0, 0.8));
    assertThat(BAND.around(0.1).high()).isCloseTo(20, within(1e-9));
    assertThat(BAND.around(0.7).low()).isCloseTo(40, within(1e-9));
    assertThat(BAND.around(0.95).high()).isEqualTo(100);
  }

  @Test
  void jsonKeepsACalibration() {
    List<Double> quantiles = Calibration.quantiles(new double[] {3, 1, 2});
    for (Optional<ErrorBand> band : List.of(Optional.of(BAND), Optional.<ErrorBand>empty())) {
      Calibration calibration = new Calibration(quantiles, band);
      assertThat(Calibration.fromJson(calibration.toJson())).isEqualTo(calibration);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"referenceScores\": 3}",
        "{\"referenceScores\": [1, 2]}",
        "{\"errorBand\": {}}",
        "{\"errorBand\": {\"coverage\": 0.9, \"scores\": [], \"low\": [], \"high\": []}}",
        "{\"errorBand\": {\"coverage\": 2, \"scores\": [1], \"low\": [0], \"high\": [0]}}",
        "{\"errorBand\": {\"coverage\": 0.9, \"scores\": [1], \"low\": [0, 1], \"high\": [0]}}",
        "{\"errorBand\": {\"coverage\": 0.9, \"scores\": [1], \"low\": [1], \"high\": [0]}}",
        "{\"errorBand\": {\"coverage\": 0.9, \"scores\": [1, 1], \"low\": [0, 0], \"high\": [0, 0]}}",
      })
  void refusesWhatIsNoCalibration(String json) {
    assertThatIllegalArgumentException().isThrownBy(() -> Calibration.fromJson(json));
  }
}
