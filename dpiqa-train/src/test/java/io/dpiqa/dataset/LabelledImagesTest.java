package io.dpiqa.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabelledImagesTest {

  @TempDir Path folder;

  @BeforeEach
  void makePictures() throws IOException {
    Files.createDirectory(folder.resolve("Images"));
    Files.createFile(folder.resolve("Images/a (1).jpg"));
    Files.createFile(folder.resolve("Images/b (2).JPG"));
  }

  @Test
  void readsBiq2021AsItIsDistributed() throws IOException {
    Files.writeString(
        folder.resolve("Train (Images and MOS).csv"),
        "\uFEFFImage Name,MOS,,\r\na (1).jpg,0.8471,,\r\nb (2).jpg,\" 0.25 \",,\r\n\r\n");
    Files.writeString(folder.resolve("Test (Images and MOS).csv"), "Image Name,MOS\na (1).jpg,1\n");
    Biq2021 dataset = new Biq2021(folder);
    assertThat(dataset.training())
        .containsExactly(
            new LabelledImage("a (1).jpg", folder.resolve("Images/a (1).jpg"), 0.8471),
            new LabelledImage("b (2).jpg", folder.resolve("Images/b (2).JPG"), 0.25));
    assertThat(dataset.test()).extracting(LabelledImage::score).containsExactly(1.0);
  }

  @Test
  void readsOtherColumnsAndScales() throws IOException {
    List<LabelledImage> images = read("id,mos,file\n7,62.5,a (1).jpg\n", 100);
    assertThat(images).extracting(LabelledImage::score).containsExactly(0.625);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "file,mos;a (1).jpg,high             | list.csv:2: \"high\" is no number",
        "file,mos;a (1).jpg,                 | list.csv:2: \"\" is no number",
        "file,mos;a (1).jpg                  | list.csv:2: \"\" is no number",
        "file,mos;a (1).jpg,101              | list.csv:2: the score 101 is not within 0 to 100",
        "file,mos;a (1).jpg,NaN              | list.csv:2: the score NaN",
        "file,mos;a (1).jpg,1;c.jpg,2        | list.csv:3: there is no picture \"c.jpg\"",
        "file,mos;../a (1).jpg,1             | list.csv:2: there is no picture",
        "file,mos;a (1).jpg,1;;A (1).JPG,2   | list.csv:4: \"A (1).JPG\" is listed twice",
        "name,mos;a (1).jpg,1                | list.csv:1: no column is called \"file\"",
        "''                                  | list.csv: the file is empty",
      })
  void saysWhichLineIsWrong(String csv, String problem) {
    assertThatThrownBy(() -> read(csv.replace(';', '\n'), 100))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining(problem)
        .hasMessageNotContaining("\n");
  }

  @Test
  void saysWhatIsMissing() {
    assertThatThrownBy(() -> new Biq2021(folder).training())
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("Train (Images and MOS).csv: there is no such file");
  }

  @Test
  void readsPathsAndScoresFromTheFirstTwoColumns() throws IOException {
    assertThat(readPaths("anything,at all,more\nImages/a (1).jpg,4,x\nImages/b (2).JPG,2.5\n"))
        .containsExactly(
            new LabelledImage("Images/a (1).jpg", folder.resolve("Images/a (1).jpg"), 0.8),
            new LabelledImage("Images/b (2).JPG", folder.resolve("Images/b (2).JPG"), 0.5));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Images/a (1).jpg,1                      | list.csv:1: a picture where the headings",
        "path,mos;Images/A (1).jpg,1             | list.csv:2: there is no picture",
        "path,mos;Images,1                       | list.csv:2: there is no picture",
        "path,mos;../Images/a (1).jpg,1          | list.csv:2: there is no picture",
        "path,mos;Images/a (1).jpg,5.1           | list.csv:2: the score 5.1 is not within 0 to 5",
        "path,mos;Images/a (1).jpg               | list.csv:2: \"\" is no number",
        "path,mos;Images/a (1).jpg,1;Images/a (1).jpg,1 | list.csv:3: \"Images/a (1).jpg\" is",
      })
  void saysWhichPathIsWrong(String csv, String problem) {
    assertThatThrownBy(() -> readPaths(csv.replace(';', '\n')))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining(problem)
        .hasMessageNotContaining("\n");
  }

  @Test
  void leavesOutWhatAListNames() throws IOException {
    List<LabelledImage> images = readPaths("path,mos\nImages/a (1).jpg,4\nImages/b (2).JPG,2\n");
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

  private List<LabelledImage> readPaths(String csv) throws IOException {
    return LabelledImages.read(Files.writeString(folder.resolve("list.csv"), csv), folder, 5);
  }

  private List<LabelledImage> read(String csv, double best) throws IOException {
    Path file = Files.writeString(folder.resolve("list.csv"), csv);
    return LabelledImages.read(file, folder.resolve("Images"), "file", "mos", best);
  }
}
