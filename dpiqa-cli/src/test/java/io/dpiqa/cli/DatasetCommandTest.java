package io.dpiqa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DatasetCommandTest {

  @TempDir private Path folder;

  @Test
  void listsTestPicturesThatTrainingPicturesRepeat() throws IOException {
    Files.createDirectory(folder.resolve("Images"));
    draw("new, test.png", 1);
    draw("known test.png", 2);
    draw("copy within the test.png", 1);
    draw("training.png", 3);
    draw("known training.png", 2);
    draw("copy within training.png", 3);
    list("Test", "\"new, test.png\"", "known test.png", "copy within the test.png");
    list("Train", "training.png", "known training.png", "copy within training.png");

    CommandRun run = CommandRun.of("dataset", "near-duplicates", "--root", folder.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    assertThat(run.out()).isEqualTo("name,other,distance\nknown test.png,known training.png,0\n");
  }

  @Test
  void listsThemByTheSplitOfAnyDataset() throws IOException {
    Files.createDirectory(folder.resolve("Images"));
    for (String name : List.of("known.png", "copy.png", "validated.png")) {
      draw(name, 1);
    }
    draw("new.png", 2);
    Path labels =
        Files.writeString(
            folder.resolve("Images/opinions.csv"),
            "path,mos\ncopy.png,1\nvalidated.png,1\nnew.png,0\nknown.png,1\n");
    String split =
        "name,part\ncopy.png,train\nvalidated.png,validation\nnew.png,%s\nknown.png,%s\n";
    Path file = folder.resolve("split.csv");
    List<String> arguments =
        List.of("dataset", "near-duplicates", "--dataset=csv", "--labels=" + labels);
    List<String> withSplit = new ArrayList<>(arguments);
    withSplit.add("--split=" + file);

    Files.writeString(file, split.formatted("test", "test"));
    CommandRun run = CommandRun.of(withSplit.toArray(String[]::new));
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).isEqualTo("name,other,distance\nknown.png,copy.png,0\n");

    Files.writeString(file, split.formatted("train", "train"));
    assertThat(CommandRun.of(withSplit.toArray(String[]::new)).err())
        .contains("split.csv is in the test part; name a --split that has one");
    CommandRun without = CommandRun.of(arguments.toArray(String[]::new));
    assertThat(without.status()).isEqualTo(2);
    assertThat(without.err()).contains("opinions.csv has no parts of its own: name a --split");
  }

  @Test
  void listsThemByTheSplitOfATrainingPart() throws IOException {
    Files.createDirectory(folder.resolve("Images"));
    for (String name : List.of("test.png", "training.png", "validated.png")) {
      draw(name, 1);
    }
    list("Test", "test.png");
    list("Train", "training.png", "validated.png");
    Path split =
        Files.writeString(
            folder.resolve("split.csv"),
            "name,part\ntraining.png,train\nvalidated.png,validation\n");

    assertThat(
            CommandRun.of("dataset", "near-duplicates", "--root=" + folder, "--split=" + split)
                .out())
        .isEqualTo("name,other,distance\ntest.png,training.png,0\n");
  }

  @Test
  void saysWhatIsMissing() {
    CommandRun run = CommandRun.of("dataset", "near-duplicates", "--root", folder.toString());
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).hasLineCount(1).contains("Train (Images and MOS).csv");
  }

  @Test
  void checksThatADatasetIsWhole() throws IOException {
    Files.createDirectory(folder.resolve("Images"));
    draw("test.png", 1);
    draw("copy of test.png", 1);
    draw("OTHER.PNG", 2);
    list("Test", "test.png");
    list("Train", "copy of test.png", "other.png");

    CommandRun run = check("biq2021");

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    assertThat(run.out())
        .isEqualTo(
            """
            dataset          biq2021 in %s
            annotations      3
            scores           0.5000 to 0.5000, mean 0.5000, on a scale of 0 to 1
            off the scale    0
            parts            2 to train, 0 to validate, 1 to test with
            listed again     0 with the same score
            contradicted     0 with another score or part
            missing          0
            undecodable      0
            near-duplicates  2 pictures of 1 scenes; 1 to test with repeat others
              such as        copy of test.png and test.png, 0 bits of 64 apart
            """
                .formatted(folder.resolve("Images")));
  }

  @Test
  void namesEveryPictureThatSomethingIsWrongWith() throws IOException {
    Files.createDirectory(folder.resolve("database"));
    Files.writeString(folder.resolve("database/text.png"), "no picture");
    Files.createDirectory(folder.resolve("Images"));
    draw("../database/a.png", 1);
    Files.writeString(
        folder.resolve("labels_image.csv"),
        "name,mos\ntext.png,1\na.png,50\nA.png,50\nnone.png,1\na.png,75\n");

    CommandRun run = check("livefb");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err().lines())
        .hasSize(4)
        .anySatisfy(line -> assertThat(line).contains("csv:5: \"none.png\": there is no such"))
        .anySatisfy(line -> assertThat(line).contains("csv:4: \"A.png\": listed again"))
        .anySatisfy(line -> assertThat(line).contains("csv:6: \"a.png\": listed again, with anot"))
        .anySatisfy(line -> assertThat(line).contains("text.png: "));
    assertThat(run.out().lines())
        .contains(
            "annotations      5",
            "scores           1.0000 to 75.0000, mean 35.4000, on a scale of 0 to 100",
            "from 0 to 1      0.0100 to 0.7500, mean 0.3540",
            "off the scale    0",
            "parts            none of its authors'",
            "listed again     1 with the same score",
            "contradicted     1 with another score or part",
            "missing          1",
            "undecodable      1",
            "near-duplicates  0 pictures of 0 scenes");
  }

  @Test
  void checksOnWhereScoresAreOffTheScale() throws IOException {
    Files.createDirectory(folder.resolve("Images"));
    draw("a.png", 1);
    Files.writeString(folder.resolve("Images/text.png"), "no picture");
    Files.move(folder.resolve("Images"), folder.resolve("database"));
    Files.writeString(
        folder.resolve("labels_image.csv"), "name,mos\na.png,50\ntext.png,105\nnone.png,NaN\n");

    CommandRun run = check("livefb");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err().lines())
        .hasSize(4)
        .anySatisfy(
            line ->
                assertThat(line)
                    .endsWith("csv:3: \"text.png\": the score 105.0 is not within 0 to 100"))
        .anySatisfy(line -> assertThat(line).contains("csv:4: \"none.png\": the score NaN is not"))
        .anySatisfy(line -> assertThat(line).contains("csv:4: \"none.png\": there is no such"))
        .anySatisfy(line -> assertThat(line).contains("text.png: "));
    assertThat(run.out().lines())
        .contains(
            "scores           50.0000 to 105.0000, mean 77.5000, on a scale of 0 to 100",
            "from 0 to 1      0.5000 to 1.0500, mean 0.7750",
            "off the scale    2, the first at " + folder.resolve("labels_image.csv") + ":3",
            "missing          1",
            "undecodable      1");
  }

  @Test
  void namesThreePairsOfNearDuplicates() throws IOException {
    Files.createDirectory(folder.resolve("Images"));
    for (String name : List.of("a.png", "b.png", "c.png", "d.png")) {
      draw(name, 1);
    }
    list("Train", "a.png", "b.png", "c.png", "d.png");
    list("Test");

    assertThat(check("biq2021").out().lines().filter(line -> line.contains("such as")))
        .containsExactly(
            "  such as        a.png and b.png, 0 bits of 64 apart",
            "  such as        a.png and c.png, 0 bits of 64 apart",
            "  such as        a.png and d.png, 0 bits of 64 apart");
  }

  @Test
  void keepsTheOfficialTestPartAndDrawsWhatIsMissing() throws IOException {
    Files.createDirectory(folder.resolve("Images"));
    List<String> training = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      draw("scene " + i + ".png", i);
      draw("copy " + i + ".png", i);
      training.addAll(List.of("scene " + i + ".png", "copy " + i + ".png"));
    }
    draw("test.png", 100);
    list("Train", training.toArray(String[]::new));
    list("Test", "test.png");

    CommandRun run = split("biq2021", "split.csv");

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    assertThat(run.out())
        .matches(
            "\\S*split.csv: 18 to train, 2 to validate, 1 to test with; sha256 [0-9a-f]{64}\n");
    List<String> lines = Files.readAllLines(folder.resolve("split.csv"));
    assertThat(lines).hasSize(22).contains("test.png,test");
    List<String> drawn = lines.stream().filter(line -> line.endsWith(",validation")).toList();
    assertThat(drawn).hasSize(2);
    assertThat(drawn.get(0).replace("copy", "scene")).isEqualTo(drawn.get(1));

    assertThat(split("biq2021", "split.csv").err()).contains("split.csv is there already");
    assertThat(split("biq2021", "none/split.csv").err()).contains("none: there is no such folder");
    split("biq2021", "again.csv");
    assertThat(folder.resolve("again.csv")).hasSameTextualContentAs(folder.resolve("split.csv"));
    assertThat(split("biq2021", "other.csv", "--seed", "2").out()).isNotEqualTo(run.out());
  }

  @Test
  void splitsDistortedPicturesByTheirReference() throws IOException {
    StringBuilder csv = new StringBuilder("dist_img,ref_img,dmos\n");
    for (int i = 0; i < 30; i++) {
      // Not one of them can be decoded: it takes no look at them.
      String name = "I%02d_%02d.png".formatted(i / 3, i % 3);
      Files.createFile(folder.resolve(name));
      csv.append("%s,I%02d.png,3%n".formatted(name, i / 3));
    }
    Files.writeString(folder.resolve("dmos.csv"), csv);

    assertThat(split("kadid10k", "split.csv").out())
        .contains("21 to train, 3 to validate, 6 to test with");
    for (int i = 0; i < 10; i++) {
      String scene = "I%02d_".formatted(i);
      try (Stream<String> lines = Files.lines(folder.resolve("split.csv"))) {
        assertThat(lines.filter(l -> l.startsWith(scene)).map(l -> l.substring(7)).distinct())
            .hasSize(1);
      }
    }
    assertThat(split("kadid10k", "published.csv", "--protocol", "published").out())
        .contains("24 to train, 0 to validate, 6 to test with");
    CommandRun none = split("kadid10k", "official.csv", "--protocol", "official");
    assertThat(none.status()).isEqualTo(2);
    assertThat(none.err()).contains("kadid10k: its authors made no split");
    assertThat(folder.resolve("official.csv")).doesNotExist();
  }

  private CommandRun check(String dataset) {
    return CommandRun.of("dataset", "check", "--dataset", dataset, "--root", folder.toString());
  }

  private CommandRun split(String dataset, String out, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("dataset", "split", "--dataset", dataset, "--root"));
    arguments.addAll(List.of(folder.toString(), "--out", folder.resolve(out).toString()));
    arguments.addAll(List.of(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  private void list(String part, String... names) throws IOException {
    Files.writeString(
        folder.resolve(part + " (Images and MOS).csv"),
        "Image Name,MOS\n" + String.join(",0.5\n", names) + ",0.5\n");
  }

  private void draw(String name, long scene) throws IOException {
    Random random = new Random(scene);
    BufferedImage picture = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    for (int i = 0; i < 30; i++) {
      graphics.setColor(new Color(random.nextInt(0x1000000)));
      graphics.fillOval(random.nextInt(64) - 10, random.nextInt(64) - 10, random.nextInt(40), 25);
    }
    graphics.dispose();
    ImageIO.write(picture, "png", folder.resolve("Images").resolve(name).toFile());
  }
}
