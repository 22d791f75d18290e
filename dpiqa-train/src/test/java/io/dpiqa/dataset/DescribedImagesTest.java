package io.dpiqa.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dpiqa.text.Description;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DescribedImagesTest {
  private static final List<DescribedImage> IMAGES =
      List.of(
          DescribedImage.of(new LabelledImage("a/1.jpg", Path.of("1"), 0.9)),
          DescribedImage.of(new LabelledImage("a/2.jpg", Path.of("2"), 0.1)));

  @TempDir Path folder;

  @Test
  void saysMoreOfThoseItNames() throws IOException {
    String csv = "\ufeffscene,path,note\nnight,A/2.JPG,x\n,a/1.jpg,\nplant,other.jpg,\n";
    assertThat(described(csv))
        .extracting(DescribedImage::description)
        .containsExactly(
            new Description("perfect", "others", "other"),
            new Description("bad", "night", "other"));
    assertThat(described("path,quality,distortion\na/1.jpg,fair,blur\n").get(0).description())
        .isEqualTo(new Description("fair", "others", "blur"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "path,scene;a/1.jpg,night;a/2.jpg,beach | :3: \"beach\" is no scene; it must be one of animal",
        "path,distortion;other.jpg,blurr        | :2: \"blurr\" is no distortion",
        "path,quality;a/1.jpg,best              | :2: \"best\" is no quality",
        "path,scene;a/1.jpg,night;A/1.jpg,plant | :3: \"A/1.jpg\" is listed twice",
        "name,scene;a/1.jpg,night               | :1: no column is called \"path\"",
        "path,scene;b/1.jpg,night               | : names none of the 2 pictures"
      })
  void refusesWhatIsWrong(String csv, String problem) {
    assertThatThrownBy(() -> described(csv.replace(';', '\n')))
        .isInstanceOf(DatasetException.class)
        .hasMessageStartingWith(folder.resolve("descriptions.csv") + problem);
  }

  private List<DescribedImage> described(String csv) throws IOException {
    Path file = Files.writeString(folder.resolve("descriptions.csv"), csv);
    return DescribedImages.described(file, IMAGES);
  }
}
