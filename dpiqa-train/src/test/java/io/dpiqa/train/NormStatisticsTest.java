package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NormStatisticsTest {

  /** No picture is read much more than twice on average, unless a single batch does. */
  @ParameterizedTest
  @CsvSource({
    "64, 9000, 40, 32",
    "512, 98000, 40, 32",
    "16, 9000, 40, 16",
    "64, 90, 5, 32",
    "8, 5, 1, 8",
    "32, 3, 1, 32"
  })
  void looksAtAsManyPicturesAsItNeeds(int batch, int images, int batches, int size) {
    Schedule schedule =
        StudentRecipe.fromJson("{\"schedule\": {\"batch\": %d}}".formatted(batch)).schedule();
    NormStatistics statistics = new NormStatistics(schedule, images);
    List<Integer> sizes = new ArrayList<>();
    List<Integer> read = new ArrayList<>();
    statistics.measure(
        share -> {
          assertThat(share).isEqualTo(1.0 / (sizes.size() + 1));
          return null;
        },
        (net, these) -> {
          sizes.add(these.length);
          for (int image : these) {
            read.add(image);
          }
        });
    assertThat(sizes).hasSize(batches).containsOnly(size);
    assertThat(NormStatistics.batch(schedule)).isEqualTo(size);
    assertThat(read).allMatch(image -> image >= 0 && image < images);
    assertThat(statistics.images())
        .containsExactly(read.stream().mapToInt(i -> i).distinct().toArray());
  }
}
