package io.dpiqa.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.hipparchus.stat.StatUtils;
import org.junit.jupiter.api.Test;

class IntervalsTest {

  @Test
  void areAsWideAsTheoryHasIt() {
    int n = 1000;
    Random random = new Random(1);
    double[] opinion = gaussian(n, random);
    double[] predicted = gaussian(n, random);
    Intervals intervals = Intervals.of(predicted, opinion, 1000, 1);

    // Of unrelated scores the correlations have these standard deviations. (Kendall's follows from
    // the number of pairs; RMSE's, by the delta method, from the variance 2 of the differences.)
    Agreement agreement = Agreement.between(predicted, opinion);
    assertReach(intervals.srcc(), agreement.srcc(), 1 / Math.sqrt(n - 1));
    assertReach(intervals.plcc(), agreement.plcc(), 1 / Math.sqrt(n - 1));
    assertReach(
        intervals.krcc(), agreement.krcc(), Math.sqrt(2 * (2 * n + 5.0) / (9.0 * n * (n - 1))));
    assertReach(intervals.rmse(), agreement.rmse(), 1 / Math.sqrt(n));
  }

  private static void assertReach(BootstrapInterval interval, double figure, double deviation) {
    double reach = 1.96 * deviation;
    assertThat(interval.low()).isCloseTo(figure - reach, within(0.2 * reach));
    assertThat(interval.high()).isCloseTo(figure + reach, within(0.2 * reach));
  }

  // Always the same scores: among enough others, few pictures have a narrow interval by chance.
  @Property(tries = 50, seed = "1")
  void holdTheFiguresAndShrinkWithThePictures(
      @ForAll @IntRange(min = 30, max = 60) int few,
      @ForAll @DoubleRange(min = 0.3, max = 1) double noise,
      @ForAll long seed) {
    assertHeld(scores(few, noise, seed));
    double[][] many = scores(25 * few, noise, seed + 1);
    assertHeld(many);
    Intervals wide = intervals(scores(few, noise, seed));
    Intervals narrow = intervals(many);
    for (Function<Intervals, BootstrapInterval> figure :
        List.<Function<Intervals, BootstrapInterval>>of(
            Intervals::srcc, Intervals::plcc, Intervals::krcc, Intervals::rmse)) {
      // A fifth, in theory.
      assertThat(width(figure.apply(narrow))).isLessThan(0.7 * width(figure.apply(wide)));
    }
  }

  private static void assertHeld(double[][] scores) {
    Agreement agreement = Agreement.between(scores[0], scores[1]);
    Intervals intervals = intervals(scores);
    assertThat(agreement.srcc()).isBetween(intervals.srcc().low(), intervals.srcc().high());
    assertThat(agreement.plcc()).isBetween(intervals.plcc().low(), intervals.plcc().high());
    assertThat(agreement.krcc()).isBetween(intervals.krcc().low(), intervals.krcc().high());
    assertThat(agreement.rmse()).isBetween(intervals.rmse().low(), intervals.rmse().high());
  }

  private static Intervals intervals(double[][] scores) {
    return Intervals.of(scores[0], scores[1], 200, 1);
  }

  private static double width(BootstrapInterval interval) {
    return interval.high() - interval.low();
  }

  /** Predictions, and the opinions that they are to be like. */
  private static double[][] scores(int pictures, double noise, long seed) {
    Random random = new Random(seed);
    double[] opinion = gaussian(pictures, random);
    double[] predicted =
        Arrays.stream(opinion).map(value -> value + noise * random.nextGaussian()).toArray();
    return new double[][] {predicted, opinion};
  }

  private static double[] gaussian(int count, Random random) {
    return random.doubles(count).map(unused -> random.nextGaussian()).toArray();
  }

  /** Values of few levels, so that many pairs are tied. */
  @Property(tries = 100)
  void areThoseOfTheFiguresOfEveryResample(
      @ForAll @Size(12) List<@IntRange(max = 5) Integer> predictions,
      @ForAll @Size(12) List<@IntRange(max = 5) Integer> opinions,
      @ForAll long seed) {
    double[] predicted = predictions.stream().mapToDouble(Integer::doubleValue).toArray();
    double[] opinion = opinions.stream().mapToDouble(Integer::doubleValue).toArray();
    Intervals intervals = Intervals.of(predicted, opinion, 100, seed);
    SplittableRandom random = new SplittableRandom(seed);
    double[] krcc = new double[100];
    double[] rmse = new double[100];
    for (int resample = 0; resample < 100; resample++) {
      int[] places = IntStream.range(0, 12).map(i -> random.nextInt(12)).toArray();
      Agreement agreement = Agreement.between(drawn(predicted, places), drawn(opinion, places));
      krcc[resample] = agreement.krcc();
      rmse[resample] = agreement.rmse();
    }
    assertInterval(intervals.krcc(), krcc);
    assertInterval(intervals.rmse(), rmse);
  }

  private static double[] drawn(double[] values, int[] places) {
    return Arrays.stream(places).mapToDouble(place -> values[place]).toArray();
  }

  private static void assertInterval(BootstrapInterval interval, double[] resampled) {
    if (Arrays.stream(resampled).allMatch(Double::isNaN)) {
      assertThat(interval.low()).isNaN();
      assertThat(interval.high()).isNaN();
    } else {
      assertThat(interval.low()).isCloseTo(StatUtils.percentile(resampled, 2.5), within(1e-9));
      assertThat(interval.high()).isCloseTo(StatUtils.percentile(resampled, 97.5), within(1e-9));
    }
  }

  @Test
  void dependOnTheSeedAlone() {
    double[][] scores = scores(50, 0.5, 2);
    Intervals intervals = Intervals.of(scores[0], scores[1], 100, 1);
    assertThat(Intervals.of(scores[0], scores[1], 100, 1)).isEqualTo(intervals);
    assertThat(Intervals.of(scores[0], scores[1], 100, 2)).isNotEqualTo(intervals);
  }

  @Test
  void passOverDrawsWithoutACorrelation() {
    double[] rising = {1, 2, 3};
    Intervals perfect = Intervals.of(rising, rising, 1000, 1);
    assertThat(perfect.srcc()).isEqualTo(new BootstrapInterval(1, 1));
    assertThat(perfect.krcc()).isEqualTo(new BootstrapInterval(1, 1));
    assertThat(perfect.rmse()).isEqualTo(new BootstrapInterval(0, 0));

    Intervals constant = Intervals.of(new double[3], rising, 10, 1);
    BootstrapInterval none = new BootstrapInterval(Double.NaN, Double.NaN);
    assertThat(constant.srcc()).isEqualTo(none);
    assertThat(constant.plcc()).isEqualTo(none);
    assertThat(constant.krcc()).isEqualTo(none);
    assertThat(constant.rmse().low()).isPositive();
  }

  @Test
  void refuseWhatCannotBeCompared() {
    assertThatThrownBy(() -> Intervals.of(new double[3], new double[2], 10, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 predictions");
  }
}
