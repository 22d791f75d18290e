package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NormStatisticsTest {

  @ParameterizedTest
  @CsvSource({"64, 9000, 32", "512, 98000, 32", "16, 9000, 16", "8, 5, 8"})
  void looksAtFortyBatches(int batch, int images, int size) {
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
    assertThat(sizes).hasSize(40).containsOnly(size);
    assertThat(NormStatistics.batch(schedule)).isEqualTo(size);
    assertThat(read).allMatch(image -> image >= 0 && image < images);
    assertThat(statistics.images())
        .containsExactly(read.stream().mapToInt(i -> i).distinct().toArray());
  }
}
