package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BatchTest {
  private static final float[] NONE = {};

  @Test
  void aPartKeepsAPictureAndItsVersionsTogether() {
    Batch batch =
        new Batch(
            new int[] {7, 8, 9, 10},
            new byte[] {1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24},
            new float[] {0.1f, 0.2f, 0.3f, 0.4f},
            new float[] {0.5f, 0.6f, 0.7f, 0.8f},
            new float[] {1, 1, 2, 2, 3, 3, 4, 4},
            new float[] {101, 102, 103, 104, 201, 202, 203, 204});
    Batch second = batch.part(1, 2);
    assertThat(second.images()).containsExactly(9, 10);
    assertThat(second.rgb()).containsExactly(3, 4, 13, 14, 23, 24);
    assertThat(second.targets()).containsExactly(0.3f, 0.4f);
    assertThat(second.teacherScores()).containsExactly(0.7f, 0.8f);
    assertThat(second.teacherMaps()).containsExactly(3, 3, 4, 4);
    assertThat(second.margins()).containsExactly(103, 104, 203, 204);
  }

  @Test
  void aPartOfPicturesWithoutTwinsOrTeacher() {
    byte[] rgb = {1, 1, 2, 2, 3, 3};
    Batch batch = new Batch(new int[] {4, 5, 6}, rgb, new float[] {1, 0, 1}, NONE, NONE, NONE);
    Batch last = batch.part(2, 3);
    assertThat(last.images()).containsExactly(6);
    assertThat(last.rgb()).containsExactly(3, 3);
    assertThat(last.targets()).containsExactly(1);
    assertThat(last.crops()).isEqualTo(1);
    assertThat(last.teacherScores()).isEmpty();
    assertThat(last.teacherMaps()).isEmpty();
  }
}
