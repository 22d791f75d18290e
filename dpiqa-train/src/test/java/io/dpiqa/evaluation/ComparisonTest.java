package io.dpiqa.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.hipparchus.stat.StatUtils;
import org.hipparchus.stat.correlation.PearsonsCorrelation;
import org.hipparchus.stat.correlation.SpearmansCorrelation;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final int RESAMPLES = 200;

  @Property(tries = 100)
  void aModelIsAsGoodAsItself(
      @ForAll @Size(min = 4, max = 30) List<@IntRange(max = 100) Integer> opinions,
      @ForAll long seed) {
    double[] opinion = doubles(opinions);
    double[] predicted = noisy(opinion, 20, seed);
    Comparison comparison = Comparison.between(predicted, predicted, opinion, RESAMPLES, seed);
    Difference none = new Difference(0, new BootstrapInterval(0, 0), 1);
    if (isConstant(opinion)) {
      assertThat(comparison.srcc().p()).isNaN();
    } else {
      assertThat(comparison).isEqualTo(new Comparison(none, none));
    }
  }

  @Property(tries = 100)
  void swappedModelsDifferTheOtherWay(
      @ForAll @Size(min = 4, max = 30) List<@IntRange(max = 100) Integer> opinions,
      @ForAll long seed) {
    double[] opinion = doubles(opinions);
    double[] one = noisy(opinion, 20, seed);
    double[] other = noisy(opinion, 50, seed + 1);
    Comparison there = Comparison.between(one, other, opinion, RESAMPLES, seed);
    Comparison back = Comparison.between(other, one, opinion, RESAMPLES, seed);
    assertOpposite(there.srcc(), back.srcc());
    assertOpposite(there.plcc(), back.plcc());
  }

  private static void assertOpposite(Difference there, Difference back) {
    if (Double.isNaN(there.value())) {
      assertThat(back.value()).isNaN();
      return;
    }
    assertThat(back.value()).isEqualTo(0 - there.value());
    assertThat(back.p()).isEqualTo(there.p());
    assertThat(back.interval().low()).isCloseTo(-there.interval().high(), within(1e-12));
    assertThat(back.interval().high()).isCloseTo(-there.interval().low(), within(1e-12));
  }

  /** Values of few levels, so that many ranks are tied. */
  @Property(tries = 50)
  void equalsTheBootstrapThatRanksEveryResampleAnew(
      @ForAll @Size(12) List<@IntRange(max = 5) Integer> predictions,
      @ForAll @Size(12) List<@IntRange(max = 5) Integer> others,
      @ForAll @Size(12) List<@IntRange(max = 5) Integer> opinions,
      @ForAll long seed) {
    double[] predicted = doubles(predictions);
    double[] other = doubles(others);
    double[] opinion = doubles(opinions);
    Comparison comparison = Comparison.between(predicted, other, opinion, RESAMPLES, seed);
    SplittableRandom random = new SplittableRandom(seed);
    double[] srcc = new double[RESAMPLES];
    double[] plcc = new double[RESAMPLES];
    for (int resample = 0; resample < RESAMPLES; resample++) {
      int[] places = IntStream.range(0, 12).map(i -> random.nextInt(12)).toArray();
      double[] x = drawn(predicted, places);
      double[] z = drawn(other, places);
      double[] y = drawn(opinion, places);
      srcc[resample] =
          new SpearmansCorrelation().correlation(x, y)
              - new SpearmansCorrelation().correlation(z, y);
      plcc[resample] =
          new PearsonsCorrelation().correlation(x, y) - new PearsonsCorrelation().correlation(z, y);
    }
    assertInterval(comparison.srcc(), srcc);
    assertInterval(comparison.plcc(), plcc);
  }

  private static void assertInterval(Difference difference, double[] resampled) {
    if (!Double.isNaN(difference.value())) {
      assertThat(difference.interval().low())
          .isCloseTo(StatUtils.percentile(resampled, 2.5), within(1e-9));
      assertThat(difference.interval().high())
          .isCloseTo(StatUtils.percentile(resampled, 97.5), within(1e-9));
    }
  }

  @Test
  void theNumberOfThreadsDoesNotMatter() throws Exception {
    double[] opinion = new Random(3).doubles(300).toArray();
    double[] one = noisy(opinion, 0.2, 4);
    double[] other = noisy(opinion, 0.3, 5);
    Comparison[] found = new Comparison[2];
    for (int threads : new int[] {1, 4}) {
      ForkJoinPool pool = new ForkJoinPool(threads);
      try {
        found[threads / 4] =
            pool.submit(() -> Comparison.between(one, other, opinion, 1000, 1)).get();
      } finally {
        pool.shutdown();
      }
    }
    assertThat(found[0]).isEqualTo(found[1]);
  }

  /** Of two equally good models, 5 % of intervals leave 0 out, and 5 % of p are below 0.05. */
  @Test
  void errsAsOftenAsItSays() {
    int covered = 0;
    int significant = 0;
    int runs = 400;
    for (int run = 0; run < runs; run++) {
      double[] opinion = new Random(run).doubles(80).toArray();
      Difference difference =
          Comparison.between(
                  noisy(opinion, 0.3, 1000 + run), noisy(opinion, 0.3, 5000 + run), opinion, 400, 1)
              .srcc();
      covered += difference.interval().low() <= 0 && difference.interval().high() >= 0 ? 1 : 0;
      significant += difference.p() < 0.05 ? 1 : 0;
    }
    assertThat(covered / (double) runs).isBetween(0.92, 0.98);
    assertThat(significant / (double) runs).isBetween(0.02, 0.08);
  }

  @Test
  void findsTheBetterModelWhereTheirIntervalsOverlap() {
    double[] opinion = new Random(6).doubles(400).toArray();
    double[] better = noisy(opinion, 0.3, 7);
    double[] worse = better.clone();
    Random random = new Random(8);
    for (int i = 0; i < worse.length; i++) {
      worse[i] += 0.2 * random.nextGaussian();
    }
    Comparison comparison = Comparison.between(better, worse, opinion, 1000, 1);
    assertThat(comparison.srcc().value()).isPositive();
    assertThat(comparison.srcc().interval().low()).isPositive();
    assertThat(comparison.srcc().p()).isLessThan(0.05);
    assertThat(Intervals.of(worse, opinion, 1000, 1).srcc().high())
        .isGreaterThan(Intervals.of(better, opinion, 1000, 1).srcc().low());
  }

  @Test
  void thereIsAlwaysDoubt() {
    double[] opinion = new Random(9).doubles(100).toArray();
    double[] opposite = Arrays.stream(opinion).map(x -> -x).toArray();
    assertThat(Comparison.between(opinion, opposite, opinion, 99, 1).srcc())
        .isEqualTo(new Difference(2, new BootstrapInterval(2, 2), 0.02));
  }

  @Test
  void refusesWhatCannotBeCompared() {
    assertThatThrownBy(() -> Comparison.between(new double[3], new double[2], new double[3], 10, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 predictions");
  }

  private static double[] noisy(double[] opinion, double noise, long seed) {
    Random random = new Random(seed);
    return Arrays.stream(opinion).map(x -> x + noise * random.nextGaussian()).toArray();
  }

  private static boolean isConstant(double[] values) {
    return Arrays.stream(values).distinct().count() == 1;
  }

  private static double[] doubles(List<Integer> values) {
    return values.stream().mapToDouble(Integer::doubleValue).toArray();
  }

  private static double[] drawn(double[] values, int[] places) {
    return Arrays.stream(places).mapToDouble(place -> values[place]).toArray();
  }
}
