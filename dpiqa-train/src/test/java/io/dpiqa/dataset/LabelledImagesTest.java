package io.dpiqa.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelledImagesTest {

  @TempDir Path folder;

  @Test
  void leavesOutWhatAListNames() throws IOException {
    List<LabelledImage> images =
        List.of(
            new LabelledImage("Images/a (1).jpg", Path.of("a"), 0.8),
            new LabelledImage("Images/b (2).JPG", Path.of("b"), 0.4));
    assertThat(without("name,other\nimages/A (1).jpg,x\nelse.jpg,y\n", images))
        .containsExactly(images.get(1));
    assertThat(without("name\n", images)).isEqualTo(images);
    assertThatThrownBy(() -> without("name\nelse.jpg\n", images))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("without.csv: names none of the 2 pictures");
    assertThatThrownBy(() -> without("Images/a (1).jpg\n", images))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("without.csv:1: a picture where the headings");
  }

  private List<LabelledImage> without(String csv, List<LabelledImage> images) throws IOException {
    return LabelledImages.without(Files.writeString(folder.resolve("without.csv"), csv), images);
  }
}
