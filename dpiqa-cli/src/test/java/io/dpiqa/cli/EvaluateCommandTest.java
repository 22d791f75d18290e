package io.dpiqa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EvaluateCommandTest {

  @TempDir private Path folder;
  private Path model;
  private Path out;

  @BeforeEach
  void makeModelAndPictures() throws IOException {
    model = BrightnessModel.write(folder.resolve("brightness.onnx"));
    out = folder.resolve("out");
    Files.createDirectory(folder.resolve("Images"));
    // The model's scores: 0, 0.2, 0.4, 0.6, 0.8 and 1.
    for (int i = 0; i <= 5; i++) {
      BufferedImage picture = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
      Graphics2D graphics = picture.createGraphics();
      graphics.setColor(new Color(51 * i, 51 * i, 51 * i));
      graphics.fillRect(0, 0, 8, 8);
      graphics.dispose();
      ImageIO.write(picture, "png", folder.resolve("Images/grey" + i + ".png").toFile());
    }
  }

  @Test
  void measuresTheAgreementOnATestPart() throws IOException {
    list("Test", 0.1, 0.3, 0.7, 0.5, 0.9, 0.9);

    CommandRun run = evaluate("--dataset", "biq2021", "--out", out.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    JsonNode results = results();
    assertThat(results).hasSize(1);
    JsonNode result = results.get(0);
    assertThat(result.get("model").asText()).matches("brightness@[0-9a-f]{12}");
    assertThat(result.get("dataset").asText()).isEqualTo("biq2021 test");
    assertThat(result.get("n").asInt()).isEqualTo(6);
    // Ranks 1, 2, 4, 3, 5.5, 5.5 against 1 to 6.
    assertThat(result.get("srcc").asDouble()).isCloseTo(0.9276, within(5e-5));
    assertThat(result.get("srcc_low").asDouble()).isLessThan(result.get("srcc").asDouble());
    assertThat(result.get("srcc_high").asDouble()).isEqualTo(1, within(1e-12));
    assertThat(result.get("plcc").asDouble()).isCloseTo(0.9165, within(5e-5));
    // Of 15 pairs, one is in the wrong order and one is a tie of opinions.
    assertThat(result.get("krcc").asDouble()).isCloseTo(12 / Math.sqrt(15 * 14), within(1e-6));
    assertThat(result.get("rmse").asDouble()).isCloseTo(Math.sqrt(0.14 / 6), within(1e-6));
    assertThat(result.get("plcc_logistic").asDouble()).isBetween(result.get("plcc").asDouble(), 1.);
    assertThat(result.get("rmse_logistic").asDouble()).isLessThan(result.get("rmse").asDouble());
    assertThat(run.out().lines().findFirst().orElseThrow()).contains("SRCC", "95 % INTERVAL");
    assertThat(run.out())
        .contains(result.get("model").asText() + "       6   0.9276 ")
        .contains("\nbiq2021 test; interval of SRCC from 10000 resamples\n");

    assertThat(predictions(result))
        .containsExactly(
            "name,opinion,prediction",
            "grey0.png,0.1,0.0",
            "grey1.png,0.3,0.2",
            "grey2.png,0.7,0.4",
            "grey3.png,0.5,0.6",
            "grey4.png,0.9,0.8",
            "grey5.png,0.9,1.0");
  }

  @Test
  void givesTheSameEveryTime() throws IOException {
    list("Test", 0.1, 0.3, 0.7, 0.5, 0.9, 0.9);
    evaluate("--dataset", "biq2021", "--out", out.toString());
    String first = Files.readString(out.resolve("results.json"));
    evaluate("--dataset", "biq2021", "--out", out.toString());
    assertThat(out.resolve("results.json")).hasContent(first);
    try (Stream<Path> files = Files.list(out)) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void takesThePartsOfASplit() throws IOException {
    list("Train", 0.1, 0.3, 0.7, 0.5, 0.9, 0.9);
    Path split = folder.resolve("split.csv");
    StringBuilder csv = new StringBuilder("name,part\n");
    for (int i = 0; i <= 5; i++) {
      csv.append("grey").append(i).append(i < 4 ? ".png,train\n" : ".png,validation\n");
    }
    Files.writeString(split, csv);

    assertThat(dataset("--part", "training")).isEqualTo("biq2021 training: 6");
    assertThat(dataset("--part", "training", "--split", split.toString()))
        .isEqualTo("biq2021 training of split.csv: 4");
    assertThat(dataset("--part", "validation", "--split", split.toString()))
        .isEqualTo("biq2021 validation of split.csv: 2");
  }

  @Test
  void leavesOutWhatAListNames() throws IOException {
    list("Test", 0.1, 0.3, 0.7, 0.5, 0.9, 0.9);
    Path list = Files.writeString(folder.resolve("known.csv"), "name,other\ngrey2.png,x\n");
    assertThat(dataset("--exclude", list.toString()))
        .isEqualTo("biq2021 test without known.csv: 5");
    assertThat(results().get(0).get("srcc").asDouble()).isCloseTo(0.9747, within(5e-5));
  }

  @Test
  void evaluatesAnyListOfPictures() throws IOException {
    Path labels =
        Files.writeString(
            folder.resolve("mine.csv"),
            "path,mos,notes\nImages/grey1.png,1,a\nImages/grey4.png,4,b\nImages/grey5.png,5,c\n");

    CommandRun run = evaluateList(labels, "--best", "5", "--out", out.toString());

    assertThat(run.status()).isZero();
    assertThat(results().get(0).get("dataset").asText()).isEqualTo("mine.csv");
    assertThat(results().get(0).get("srcc").asDouble()).isEqualTo(1);
    assertThat(results().get(0).get("rmse").asDouble()).isCloseTo(0, within(1e-6));
  }

  @Test
  void evaluatesThePartsOfAnyListOfPictures() throws IOException {
    Path labels =
        Files.writeString(
            folder.resolve("mine.csv"),
            "mos,file\n-1,Images/grey1.png\n0,Images/GREY3.png\n1,Images/grey5.png\n");
    Path split =
        Files.writeString(
            folder.resolve("split.csv"),
            "name,part\nImages/grey1.png,test\nImages/GREY3.png,train\nImages/grey5.png,test\n");
    String[] columns = {
      "--path-column", "file", "--score-column", "mos", "--worst", "-1", "--out", out.toString()
    };

    assertThat(evaluateList(labels, columns).status()).isZero();
    assertThat(results().get(0).get("n").asInt()).isEqualTo(3);

    assertThat(
            evaluateList(labels, "--worst", "-1", "--score-column", "mos", "--part", "test").err())
        .contains("--part needs --split");
    List<String> withSplit = new ArrayList<>(List.of("--split", split.toString()));
    withSplit.addAll(List.of(columns));
    assertThat(evaluateList(labels, withSplit.toArray(String[]::new)).err()).isEmpty();
    JsonNode result = results().get(0);
    assertThat(result.get("dataset").asText()).isEqualTo("mine.csv test of split.csv");
    assertThat(predictions(result))
        .containsExactly(
            "name,opinion,prediction", "Images/grey1.png,0.0,0.2", "Images/grey5.png,1.0,1.0");
  }

  @Test
  void comparesModelsAndSaysOnceWhatCannotBeRead() throws IOException {
    list("Test", 0.1, 0.3, 0.7, 0.5, 0.9, 0.9);
    Files.writeString(folder.resolve("Images/grey3.png"), "no picture");
    Path other = BrightnessModel.write(folder.resolve("other.onnx"), List.of());

    CommandRun run =
        evaluate("--dataset", "biq2021", "--model", other.toString(), "--out", out.toString());

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).hasLineCount(1).contains("grey3.png");
    JsonNode results = results();
    assertThat(results).hasSize(2);
    for (JsonNode result : results) {
      assertThat(result.get("n").asInt()).isEqualTo(5);
      assertThat(predictions(result)).hasSize(6).noneMatch(line -> line.startsWith("grey3"));
    }
    assertThat(results.get(0).get("model")).isNotEqualTo(results.get(1).get("model"));
  }

  @Test
  void figuresThatThereAreNotAreNull() throws IOException {
    Path labels =
        Files.writeString(
            folder.resolve("mine.csv"), "path,mos\nImages/grey1.png,0.5\nImages/grey4.png,0.5\n");
    CommandRun run = evaluateList(labels, "--out", out.toString());
    assertThat(run.status()).isZero();
    assertThat(results().get(0).get("srcc").isNull()).isTrue();
    assertThat(results().get(0).get("srcc_low").isNull()).isTrue();
    assertThat(results().get(0).get("plcc_logistic").isNull()).isTrue();
    assertThat(results().get(0).get("rmse").isNumber()).isTrue();
    assertThat(run.out()).contains(" - to - ");
  }

  @Test
  void onePictureIsTooFew() throws IOException {
    Path labels = Files.writeString(folder.resolve("mine.csv"), "path,mos\nImages/grey1.png,0.5\n");
    CommandRun run = evaluateList(labels, "--out", out.toString());
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).hasLineCount(1).contains("two pictures or more, not 1");
    assertThat(out).isEmptyDirectory();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--dataset=csv                                   | needs --labels",
        "--dataset=csv --labels=x.csv --best=0           | --best must be more than --worst",
        "--dataset=csv --labels=x.csv                    | x.csv: there is no such file",
        "--dataset=biq2022                               | koniq10k, livefb, spaq, tid2013 or csv",
        "--dataset=biq2021 --labels=x.csv                | are for --dataset csv",
        "--dataset=biq2021 --worst=1                     | are for --dataset csv",
        "--dataset=biq2021 --part=validation             | no picture of biq2021 is in the valid",
        "--dataset=biq2021 --split=x.csv                 | x.csv: there is no such file",
        "--dataset=biq2021 --split=x.csv --part=all      | --part all takes no --split",
        "--dataset=livefb                                | labels_image.csv: there is no such file",
        "--dataset=biq2021 --part=training --exclude=x.csv      | x.csv: there is no such file",
        "--dataset=biq2021 --part=training --model=nothing.onnx | nothing.onnx",
      })
  void saysWhatIsWrong(String arguments, String problem) throws IOException {
    list("Train", 0, 0, 0, 0, 0, 1);
    CommandRun run = evaluate(arguments.split(" "));
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err().lines().findFirst().orElseThrow()).contains(problem);
    assertThat(run.out()).isEmpty();
  }

  @Test
  void refusesAFolderThatIsAFile() throws IOException {
    list("Test", 0, 0, 0, 0, 0, 1);
    CommandRun run = evaluate("--dataset", "biq2021", "--out", model.toString());
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("brightness.onnx: this folder cannot be made");
  }

  /** The dataset as the results name it, and the number of its pictures. */
  private String dataset(String... arguments) throws IOException {
    List<String> all = new ArrayList<>(Arrays.asList(arguments));
    all.addAll(List.of("--dataset", "BIQ2021", "--out", out.toString()));
    assertThat(evaluate(all.toArray(String[]::new)).status()).isZero();
    JsonNode result = results().get(0);
    return result.get("dataset").asText() + ": " + result.get("n");
  }

  private JsonNode results() throws IOException {
    return new ObjectMapper().readTree(out.resolve("results.json").toFile());
  }

  private List<String> predictions(JsonNode result) throws IOException {
    return Files.readAllLines(out.resolve("predictions-" + result.get("model").asText() + ".csv"));
  }

  private CommandRun evaluateList(Path labels, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("--dataset", "csv", "--labels", labels.toString()));
    arguments.addAll(Arrays.asList(more));
    return evaluate(arguments.toArray(String[]::new));
  }

  private CommandRun evaluate(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("evaluate", "--root", folder.toString(), "--model", model.toString()));
    arguments.addAll(Arrays.asList(more));
    return CommandRun.of(arguments.toArray(String[]::new));
  }

  /** Labels all pictures, in the layout of BIQ2021. */
  private void list(String part, double... opinions) throws IOException {
    StringBuilder csv = new StringBuilder("Image Name,MOS\n");
    for (int i = 0; i < opinions.length; i++) {
      csv.append("grey").append(i).append(".png,").append(opinions[i]).append('\n');
    }
    String other = part.equals("Test") ? "Train" : "Test";
    Files.writeString(folder.resolve(part + " (Images and MOS).csv"), csv);
    Files.writeString(folder.resolve(other + " (Images and MOS).csv"), "Image Name,MOS\n");
  }
}
