package io.dpiqa.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dpiqa.dataset.Split.Part;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatasetTest {

  @TempDir Path folder;

  @BeforeEach
  void makePictures() throws IOException {
    Files.createDirectory(folder.resolve("Images"));
    Files.createFile(folder.resolve("Images/a (1).jpg"));
    Files.createFile(folder.resolve("Images/b (2).JPG"));
  }

  @Test
  void readsPathsAndScoresFromTheFirstTwoColumns() throws IOException {
    assertThat(
            read(
                """
                \uFEFFanything,at all,,
                Images/a (1).jpg,4,,
                ,,,
                images/B (2).jpg," 2.5 ",x
                """))
        .containsExactly(
            new LabelledImage("Images/a (1).jpg", folder.resolve("Images/a (1).jpg"), 0.8),
            new LabelledImage("images/B (2).jpg", folder.resolve("Images/b (2).JPG"), 0.5));
  }

  @Test
  void readsOtherColumnsAndScales() throws IOException {
    Path csv = csv("id,mos,file\n7,62.5,Images/a (1).jpg\n");
    Scale scale = new Scale(-100, 100);
    assertThat(Dataset.csv(csv, folder, Optional.of("FILE"), Optional.of("mos"), scale).images())
        .extracting(LabelledImage::score)
        .containsExactly(0.8125);
    assertThat(Dataset.csv(csv, folder, Optional.of("file"), Optional.empty(), scale).images())
        .hasSize(1);
    assertThatThrownBy(() -> Dataset.csv(csv, folder, Optional.of("path"), Optional.empty(), scale))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("list.csv:1: no column is called \"path\"");
  }

  @Test
  void takesARowThatIsThereTwiceOnce() throws IOException {
    assertThat(read("path,mos\nImages/a (1).jpg,1\nImages/A (1).jpg,1.0\n")).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Images/a (1).jpg,1                      | list.csv:1: a picture where the headings",
        "path,mos;Images/c.jpg,1                 | list.csv:2: there is no picture",
        "path,mos;Images,1                       | list.csv:2: there is no picture",
        "path,mos;../Images/a (1).jpg,1          | list.csv:2: there is no picture",
        "path,mos;x,1;Images/a (1).jpg,1;y,1;z,1 | list.csv:2: there is no picture \"x\" in",
        "path,mos;x,1;Images/a (1).jpg,1;y,1;z,1 | ; dpiqa dataset check names 2 more",
        "path,mos;Images/a (1).jpg,5.1           | list.csv:2: the score 5.1 is not within 0 to 5",
        "path,mos;Images/a (1).jpg,8;x,9;x,-1    | correct it; dpiqa dataset check names 2 more",
        "path,mos;Images/a (1).jpg,NaN           | list.csv:2: the score NaN",
        "path,mos;Images/a (1).jpg,high          | list.csv:2: \"high\" is no number",
        "path,mos;Images/a (1).jpg,              | list.csv:2: \"\" is no number",
        "path,mos;Images/a (1).jpg               | list.csv:2: \"\" is no number",
        "path,mos;Images/a (1).jpg,1;;images/A (1).JPG,2 | list.csv:4: \"images/A (1).JPG\" is"
            + " list",
        "''                                      | list.csv: the file is empty",
        "path,mos                                | list.csv: lists no picture",
      })
  void saysWhichLineIsWrong(String csv, String problem) {
    assertThatThrownBy(() -> read(csv.replace(';', '\n')))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining(problem)
        .hasMessageNotContaining("\n");
  }

  @Test
  void findsNothingOutsideItsFolderAndPrefersTheExactName() throws IOException {
    Files.createFile(folder.resolve("Images/A (1).jpg"));
    PictureFolder pictures = new PictureFolder(folder.resolve("Images"));
    assertThat(pictures.find("a (1).jpg")).contains(folder.resolve("Images/a (1).jpg"));
    assertThat(pictures.find("A (1).jpg")).contains(folder.resolve("Images/A (1).jpg"));
    assertThat(pictures.find("A (1).JPG")).contains(folder.resolve("Images/A (1).jpg"));
    assertThat(pictures.find("../Images/b (2).JPG")).contains(folder.resolve("Images/b (2).JPG"));
    Files.createFile(folder.resolve("c.jpg"));
    assertThat(pictures.find("../c.jpg")).isEmpty();
    assertThat(pictures.find("")).isEmpty();
    assertThat(pictures.find("a\0.jpg")).isEmpty();
  }

  @Test
  void listsWhatIsOffTheScaleButGivesNoPictures() throws IOException {
    Dataset dataset =
        csv(csv("path,mos\nImages/a (1).jpg,5\nImages/b (2).jpg,7.5\nc.jpg,NaN\n"), 5);
    Dataset.Listing listing = dataset.listing();
    assertThat(listing.offScale()).extracting(Annotation::score).containsExactly(7.5, Double.NaN);
    assertThat(listing.images()).extracting(LabelledImage::score).containsExactly(1.0, 1.5);
    Split split =
        Split.of(
            Map.of(
                "Images/a (1).jpg", Part.TEST, "Images/b (2).jpg", Part.TRAIN, "c.jpg", Part.TEST));
    assertThatThrownBy(() -> dataset.part(split, Part.TEST))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("list.csv:3: the score 7.5 is not within 0 to 5");
  }

  @Test
  void findsInASplitWhatIsListedAgainInAnotherSpelling() throws IOException {
    Dataset dataset =
        csv(csv("path,mos\nImages/a (1).jpg,5\n./Images/a (1).jpg,5\nImages/b (2).jpg,1\n"), 5);
    Split split = Split.of(Map.of("Images/a (1).jpg", Part.TEST, "Images/b (2).jpg", Part.TRAIN));
    assertThat(dataset.part(split, Part.TEST).images())
        .extracting(LabelledImage::name)
        .containsExactly("Images/a (1).jpg");
    Split both = split.with(Part.TEST, Split.of(Map.of("./Images/a (1).jpg", Part.TEST)));
    assertThat(dataset.part(both, Part.TRAIN).images())
        .extracting(LabelledImage::name)
        .containsExactly("Images/b (2).jpg");
  }

  @Test
  void readsSemicolonsButNoDecimalCommas() throws IOException {
    assertThat(read("path;mos\nImages/a (1).jpg;4.5\n"))
        .extracting(LabelledImage::score)
        .containsExactly(0.9);
    assertThatThrownBy(() -> read("path;mos\nImages/a (1).jpg;4,5\n"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("list.csv:2: \"4,5\" is no number");
  }

  @Test
  void dividesNoFewerPicturesThanThereAreParts() throws IOException {
    Dataset one = csv(csv("path,mos\nImages/a (1).jpg,5\n"), 5);
    for (Protocol protocol : List.of(Protocol.GROUPED, Protocol.PUBLISHED)) {
      assertThatThrownBy(() -> protocol.draw(one, images -> NearDuplicates.among(List.of()), 1))
          .isInstanceOf(DatasetException.class)
          .hasMessageContaining("list.csv: too few pictures");
    }
  }

  @Test
  void completesASplitOfTheTrainingPart() {
    Dataset dataset =
        new Dataset(
            "some",
            folder,
            List.of(
                annotation("a", Part.TRAIN),
                annotation("b", Part.TRAIN),
                annotation("c", Part.TEST)),
            new Scale(0, 1));
    Split old = Split.of(Map.of("a", Part.TRAIN, "b", Part.VALIDATION));
    Split whole = dataset.complete(old);
    assertThat(names(dataset.part(whole, Part.TRAIN))).containsExactly("a");
    assertThat(names(dataset.part(whole, Part.VALIDATION))).containsExactly("b");
    assertThat(names(dataset.part(whole, Part.TEST))).containsExactly("c");
    Split own = Split.of(Map.of("a", Part.TEST, "b", Part.TRAIN, "c", Part.TRAIN));
    assertThat(dataset.complete(own)).isSameAs(own);
    assertThatThrownBy(() -> dataset.part(old, Part.TRAIN))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("which part \"c\" belongs to");
  }

  private static Annotation annotation(String name, Part part) {
    return new Annotation(name, 0.5, Optional.of(part), Optional.empty(), "a test");
  }

  private static List<String> names(Dataset dataset) {
    return dataset.annotations().stream().map(Annotation::name).toList();
  }

  private List<LabelledImage> read(String csv) throws IOException {
    return csv(csv(csv), 5).images();
  }

  private Dataset csv(Path csv, double best) {
    return Dataset.csv(csv, folder, Optional.empty(), Optional.empty(), new Scale(0, best));
  }

  private Path csv(String text) throws IOException {
    return Files.writeString(folder.resolve("list.csv"), text);
  }
}
