package io.dpiqa.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dpiqa.dataset.Split.Part;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.dhatim.fastexcel.Workbook;
import org.dhatim.fastexcel.Worksheet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.Cell;
import us.hebi.matlab.mat.types.Matrix;

/** Reads files that are made here in the formats that the datasets are published in. */
class LayoutTest {

  @TempDir Path root;

  @Test
  void readsBiq2021() throws IOException {
    write(
        "Train (Images and MOS).csv",
        "Image Name,MOS,,\r\na (1).jpg,0.8471,,\r\nb.jpg,0.25,,\r\n,,,\r\n");
    write("Test (Images and MOS).csv", "\uFEFFImage Name,MOS\nss02 (1014).jpg,1\n");
    pictures("Images", "a (1).jpg", "b.jpg", "ss02 (1014).JPG");

    Dataset dataset = Layout.BIQ2021.read(root);
    assertThat(dataset.images())
        .containsExactly(
            image("a (1).jpg", "Images/a (1).jpg", 0.8471),
            image("b.jpg", "Images/b.jpg", 0.25),
            image("ss02 (1014).jpg", "Images/ss02 (1014).JPG", 1));
    Split official = dataset.officialSplit().orElseThrow();
    assertThat(dataset.part(official, Part.TEST).images()).hasSize(1);
    assertThat(official.size(Part.TRAIN)).isEqualTo(2);
  }

  @Test
  void readsKoniq10k() throws IOException {
    String csv =
        """
        image_name,c1,c2,c3,c4,c5,c_total,MOS,SD,set
        1.jpg,0,0,0.2,0.7,0.1,105,77.5,0.5,training
        2.jpg,0,0,0.2,0.7,0.1,105,60,0.5,validation
        3.jpg,0,0,0.2,0.7,0.1,105,0,0.5,test
        """;
    write("koniq10k_distributions_sets.csv", csv);
    pictures("512x384", "1.jpg", "2.jpg", "3.jpg");
    assertThat(Layout.KONIQ10K.read(root).images())
        .containsExactly(
            image("1.jpg", "512x384/1.jpg", 0.775),
            image("2.jpg", "512x384/2.jpg", 0.6),
            image("3.jpg", "512x384/3.jpg", 0));
    pictures("1024x768", "1.jpg");
    assertThat(Layout.KONIQ10K.read(root).folder()).isEqualTo(root.resolve("1024x768"));
    assertThat(Layout.KONIQ10K.read(root).annotations())
        .extracting(annotation -> annotation.part().orElseThrow())
        .containsExactly(Part.TRAIN, Part.VALIDATION, Part.TEST);

    write("koniq10k_distributions_sets.csv", csv.replace("test", "exam"));
    assertThatThrownBy(() -> Layout.KONIQ10K.read(root))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("sets.csv:4: \"exam\" is neither training nor validation nor test");
  }

  @Test
  void readsCliveWithoutThePicturesThatRatersWereTrainedWith() throws IOException {
    writeClive(9, 9);
    pictures("Images", "7.bmp", "8.BMP");
    for (String place : List.of("", "Data")) {
      if (!place.isEmpty()) {
        Files.createDirectory(root.resolve(place));
        for (String name : List.of("AllImages_release.mat", "AllMOS_release.mat")) {
          Files.move(root.resolve(name), root.resolve(place).resolve(name));
        }
      }
      Dataset dataset = Layout.CLIVE.read(root);
      assertThat(dataset.images())
          .containsExactly(
              image("7.bmp", "Images/7.bmp", 0.7), image("8.bmp", "Images/8.BMP", 0.8));
      assertThat(dataset.officialSplit()).isEmpty();
      assertThat(dataset.referenceGroups(dataset.images())).isEmpty();
    }
  }

  @Test
  void saysWhatIsWrongWithAMatlabFile() throws IOException {
    writeClive(9, 8);
    assertThatThrownBy(() -> Layout.CLIVE.read(root))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining(
            "AllMOS_release.mat: 8 scores for the 9 pictures of AllImages_release");
    write("AllMOS_release.mat", "MATLAB 5.0 MAT-file, so it says".repeat(20));
    assertThatThrownBy(() -> Layout.CLIVE.read(root))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("AllMOS_release.mat: holds no MATLAB variable \"AllMOS_release\"")
        .hasMessageNotContaining("\n");
    Files.copy(root.resolve("AllImages_release.mat"), root.resolve("copy.mat"));
    Files.delete(root.resolve("AllMOS_release.mat"));
    assertThatThrownBy(() -> Layout.CLIVE.read(root))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("AllMOS_release.mat: there is no such file");
    assertThatThrownBy(() -> MatFile.numbers(root.resolve("copy.mat"), "AllImages_release"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("is of another kind");
  }

  @Test
  void readsLivefb() throws IOException {
    write("labels_image.csv", "name,mos,zscores\nvoc/1.jpg,78.9,1.5\nEE371R/2.jpg,40,0\n");
    pictures("database/voc", "1.jpg");
    pictures("database/EE371R", "2.jpg");
    assertThat(Layout.LIVEFB.read(root).images())
        .containsExactly(
            image("voc/1.jpg", "database/voc/1.jpg", 0.789),
            image("EE371R/2.jpg", "database/EE371R/2.jpg", 0.4));
  }

  @Test
  void readsSpaqWhoseNumbersMayBeText() throws IOException {
    Files.createDirectory(root.resolve("Annotations"));
    try (OutputStream out =
            Files.newOutputStream(root.resolve("Annotations/MOS and Image attribute scores.xlsx"));
        Workbook workbook = new Workbook(out, "test", "1.0")) {
      Worksheet sheet = workbook.newWorksheet("Sheet1");
      sheet.value(0, 0, "Image name");
      sheet.value(0, 1, "MOS");
      sheet.value(0, 2, "Brightness");
      sheet.value(1, 0, "00001.jpg");
      sheet.value(1, 1, 65.3);
      sheet.value(1, 2, 10);
      sheet.value(2, 0, "00002.jpg");
      sheet.value(2, 1, " 42 ");
      sheet.value(4, 0, 3);
      sheet.value(4, 1, 100);
    }
    pictures("TestImage", "00001.jpg", "00002.JPG", "3");
    assertThat(Layout.SPAQ.read(root).images())
        .containsExactly(
            image("00001.jpg", "TestImage/00001.jpg", 0.653),
            image("00002.jpg", "TestImage/00002.JPG", 0.42),
            image("3", "TestImage/3", 1));
  }

  @Test
  void saysWhatIsWrongWithAWorkbook() throws IOException {
    write("MOS and Image attribute scores.xlsx", "PK, so it says");
    assertThatThrownBy(() -> Layout.SPAQ.read(root))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("scores.xlsx: cannot be read as xlsx")
        .hasMessageNotContaining("\n");
  }

  @Test
  void readsKadid10kInGroupsOfReferences() throws IOException {
    write(
        "dmos.csv",
        """
        dist_img,ref_img,dmos,var
        I01_01_01.png,I01.png,5,0.4
        I02_01_01.png,I02.png,1,0.4
        I01_01_02.png,I01.png,4,0.4
        """);
    pictures("images", "I01_01_01.png", "I02_01_01.png", "I01_01_02.png");
    Dataset dataset = Layout.KADID10K.read(root);
    List<LabelledImage> images = dataset.images();
    assertThat(images).extracting(LabelledImage::score).containsExactly(1.0, 0.0, 0.75);
    assertThat(dataset.referenceGroups(images))
        .isEqualTo(
            Optional.of(List.of(List.of(images.get(0), images.get(2)), List.of(images.get(1)))));
  }

  @Test
  void readsTid2013InGroupsOfReferencesWhateverTheCase() throws IOException {
    write("mos_with_names.txt", "5.40000 I01_01_1.bmp\r\n0.9 i01_01_2.bmp\n\n9 I25_24_5.bmp\n");
    pictures("distorted_images", "I01_01_1.bmp", "I01_01_2.BMP", "i25_24_5.bmp");
    Dataset dataset = Layout.TID2013.read(root);
    List<LabelledImage> images = dataset.images();
    assertThat(images).extracting(LabelledImage::score).containsExactly(5.4 / 9, 0.9 / 9, 1.0);
    assertThat(dataset.referenceGroups(images).orElseThrow())
        .containsExactly(images.subList(0, 2), images.subList(2, 3));

    write("mos_with_names.txt", "5.4 I01_01_1.bmp\nI01_01_1.bmp\n");
    assertThatThrownBy(() -> Layout.TID2013.read(root))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("mos_with_names.txt:2: not a score and a name");
  }

  private void writeClive(int images, int scores) throws IOException {
    Cell names = Mat5.newCell(images, 1);
    IntStream.range(0, images).forEach(i -> names.set(i, Mat5.newString(i + ".bmp")));
    Matrix mos = Mat5.newMatrix(1, scores);
    IntStream.range(0, scores).forEach(i -> mos.setDouble(i, 10 * i));
    Mat5.writeToFile(
        Mat5.newMatFile().addArray("AllImages_release", names),
        root.resolve("AllImages_release.mat").toFile());
    Mat5.writeToFile(
        Mat5.newMatFile().addArray("other", Mat5.newScalar(1)).addArray("AllMOS_release", mos),
        root.resolve("AllMOS_release.mat").toFile());
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(root.resolve(name), text);
  }

  private void pictures(String folder, String... names) throws IOException {
    Files.createDirectories(root.resolve(folder));
    for (String name : names) {
      Files.createFile(root.resolve(folder).resolve(name));
    }
  }

  private LabelledImage image(String name, String file, double score) {
    return new LabelledImage(name, root.resolve(file), score);
  }
}
