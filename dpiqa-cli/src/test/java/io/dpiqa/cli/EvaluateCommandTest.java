package io.dpiqa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dpiqa.dataset.Split;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.Writer;
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
    for (String figure : List.of("srcc", "plcc", "krcc", "rmse")) {
      assertThat(result.get(figure).asDouble())
          .isBetween(
              result.get(figure + "_low").asDouble(), result.get(figure + "_high").asDouble());
    }
    assertThat(result.get("plcc_logistic_low")).isNull();
    assertThat(result.get("split").isNull()).isTrue();
    assertThat(result.get("split_sha256").isNull()).isTrue();
    assertThat(report()).contains("Intervals of 95 %").doesNotContain("<p>Split ");
    assertThat(result.get("plcc").asDouble()).isCloseTo(0.9165, within(5e-5));
    // Of 15 pairs, one is in the wrong order and one is a tie of opinions.
    assertThat(result.get("krcc").asDouble()).isCloseTo(12 / Math.sqrt(15 * 14), within(1e-6));
    assertThat(result.get("rmse").asDouble()).isCloseTo(Math.sqrt(0.14 / 6), within(1e-6));
    assertThat(result.get("plcc_logistic").asDouble()).isBetween(result.get("plcc").asDouble(), 1.);
    assertThat(result.get("rmse_logistic").asDouble()).isLessThan(result.get("rmse").asDouble());
    assertThat(run.out().lines().findFirst().orElseThrow()).contains("SRCC", "95 % INTERVAL");
    assertThat(run.out())
        .contains(result.get("model").asText() + "  6  0.9276  ")
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
  void runsTheNetworkAsTold() throws IOException {
    list("Test", 0.1, 0.3, 0.7, 0.5, 0.9, 0.9);
    CommandRun usual = evaluate("--dataset", "biq2021");
    CommandRun frugal =
        evaluate("--dataset", "biq2021", "--low-memory", "--threads", "1", "--device", "cpu");
    assertThat(frugal.status()).isZero();
    assertThat(frugal.out()).isEqualTo(usual.out());
    assertThat(CommandRun.of("evaluate", "--help").out())
        .contains("--threads=N", "--low-memory", "--device=cpu|cuda");
  }

  @Test
  void givesTheSameEveryTime() throws IOException {
    list("Test", 0.1, 0.3, 0.7, 0.5, 0.9, 0.9);
    evaluate("--dataset", "biq2021", "--out", out.toString());
    Path again = folder.resolve("again");
    evaluate("--dataset", "biq2021", "--out", again.toString());
    String id = results().get(0).get("model").asText();
    assertThat(files(out))
        .containsExactly(
            "predictions-" + id + ".csv",
            "report.html",
            "residuals-" + id + ".png",
            "results.json",
            "scatter-" + id + ".png",
            "worst-" + id + ".png");
    for (String file : files(out)) {
      assertThat(again.resolve(file)).hasSameBinaryContentAs(out.resolve(file));
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
    String sha256 = Split.read(split).sha256();
    assertThat(results().get(0).get("split").asText()).isEqualTo("split.csv");
    assertThat(results().get(0).get("split_sha256").asText()).isEqualTo(sha256);
    assertThat(report()).contains("<p>Split split.csv, SHA-256 " + sha256.substring(0, 12) + "…");
    assertThat(dataset("--part", "validation", "--split", split.toString()))
        .isEqualTo("biq2021 validation of split.csv: 2");
  }

  @Test
  void oneEvaluationIsTheObjectItself() throws IOException {
    list("Test", 0.1, 0.3, 0.7, 0.5, 0.9, 0.9);
    evaluate("--dataset", "biq2021", "--out", out.toString());
    JsonNode whole = json("results.json");
    JsonNode only = whole.get("evaluations").get(0);
    assertThat(only.fieldNames())
        .toIterable()
        .contains("model", "dataset", "n", "srcc", "plcc", "plcc_logistic", "krcc", "rmse");
    only.fieldNames()
        .forEachRemaining(name -> assertThat(whole.get(name)).isEqualTo(only.get(name)));

    evaluate("--dataset", "biq2021", "--out", out.toString(), "--model", model.toString());
    assertThat(json("results.json").fieldNames())
        .toIterable()
        .containsExactly("evaluations", "comparisons");
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
  void findsPicturesBesideTheirListAndSaysWhatScaleItTakes() throws IOException {
    Path labels =
        Files.writeString(
            folder.resolve("mine.csv"),
            "path,mos\nImages/grey1.png,20\nImages/grey4.png,80\nImages/grey5.png,87.3\n");

    CommandRun run = evaluateBeside(labels);

    assertThat(run.status()).isZero();
    assertThat(run.err())
        .isEqualTo(
            "dpiqa: %s: scores up to 87.3: taken to be from 0 (worst) to 100 (best); --worst and"
                    .formatted(labels)
                + " --best say otherwise\n");
    assertThat(predictions(results().get(0)))
        .containsExactly(
            "name,opinion,prediction",
            "Images/grey1.png,0.2,0.2",
            "Images/grey4.png,0.8,0.8",
            "Images/grey5.png,0.873,1.0");
    assertThat(evaluateBeside(labels, "--best", "100").err()).isEmpty();
    Files.writeString(labels, Files.readString(labels).replace("20\n", "-1\n"));
    assertThat(evaluateBeside(labels).err())
        .contains("mine.csv:2: the score -1.0 is not within 0 to 100");
    Files.writeString(labels, Files.readString(labels).replace("-1\n", "20\n"));
    assertThat(evaluateBeside(labels, "--best", "80").err()).contains("87.3 is not within 0 to 80");
    assertThat(evaluateBeside(labels, "--worst", "0").err()).contains("20.0 is not within 0 to 1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0.2   | 1   |",
        "0     | 0   |",
        "100.1 | 0.2 | mine.csv:2: the score 100.1 is not within 0 to 1",
        "4.5   | 1   | mine.csv:2: the score 4.5 is not within 0 to 1; name its scale or correct it",
        "-1    | 80  | mine.csv:2: the score -1.0 is not within 0 to 1",
        "0.5   | NaN | mine.csv:3: the score NaN is not within 0 to 1",
        "50    | 0.2 | mine.csv:2: the score 50.0 is not within 0 to 1",
      })
  void takesNoOtherScaleThatIsNotGiven(String one, String other, String problem)
      throws IOException {
    Path labels =
        Files.writeString(
            folder.resolve("mine.csv"),
            "path,mos\nImages/grey1.png,%s\nImages/grey4.png,%s\n".formatted(one, other));
    CommandRun run = evaluateBeside(labels);
    if (problem == null) {
      assertThat(run.err()).isEmpty();
    } else {
      assertThat(run.err()).hasLineCount(1).contains(problem);
    }
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
      assertThat(result.get("left_out")).hasSize(1);
      assertThat(result.get("left_out").get(0).asText()).isEqualTo("grey3.png");
    }
    assertThat(report()).contains("Left out, as they could not be scored: grey3.png.");
    assertThat(results.get(0).get("model")).isNotEqualTo(results.get(1).get("model"));

    JsonNode comparisons = json("results.json").get("comparisons");
    assertThat(comparisons).hasSize(1);
    JsonNode comparison = comparisons.get(0);
    assertThat(comparison.get("model")).isEqualTo(results.get(1).get("model"));
    assertThat(comparison.get("with")).isEqualTo(results.get(0).get("model"));
    for (String figure : List.of("srcc", "plcc")) {
      assertThat(comparison.get(figure + "_difference").asDouble()).isZero();
      assertThat(comparison.get(figure + "_difference_low").asDouble()).isZero();
      assertThat(comparison.get(figure + "_difference_high").asDouble()).isZero();
      assertThat(comparison.get(figure + "_p").asDouble()).isEqualTo(1);
    }
    assertThat(run.out())
        .containsPattern(
            "COMPARED WITH brightness@\\w+ +SRCC DIFFERENCE +95 % INTERVAL +P +PLCC DIFFERENCE")
        .contains("+0.0000  +0.0000 to +0.0000  1.0000")
        .contains("\nbiq2021 test; intervals and p from 10000 resamples\n");
  }

  @Test
  void givesTheMedianOverSplits() throws IOException {
    list("Train", 0.1, 0.3, 0.7, 0.5, 0.9, 0.9);
    List<String> arguments = new ArrayList<>(List.of("--dataset", "biq2021"));
    for (int last = 3; last <= 5; last++) {
      StringBuilder csv = new StringBuilder("name,part\n");
      for (int i = 0; i <= 5; i++) {
        csv.append("grey").append(i).append(i <= last ? ".png,test\n" : ".png,train\n");
      }
      Path file = Files.writeString(folder.resolve("split" + last + ".csv"), csv);
      arguments.addAll(List.of("--split", file.toString()));
    }
    arguments.addAll(List.of("--out", out.toString()));

    CommandRun run = evaluate(arguments.toArray(String[]::new));

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    JsonNode results = results();
    assertThat(results).extracting(result -> result.get("n").asInt()).containsExactly(4, 5, 6);
    assertThat(predictions(results.get(0))).hasSize(5);
    assertThat(predictions(results.get(2))).hasSize(7);
    JsonNode runs = json("results.json").get("runs");
    assertThat(runs.get("n").asInt()).isEqualTo(3);
    // Of 0.8, 0.9 and 0.9276.
    assertThat(runs.get("median").get("srcc").asDouble()).isCloseTo(0.9, within(5e-5));
    assertThat(runs.get("standard_deviation").get("srcc").asDouble())
        .isCloseTo(0.0671, within(5e-5));
    assertThat(run.out())
        .contains(", biq2021 test of split4.csv ")
        .containsPattern("\nmedian of 3 runs +0\\.9000 ")
        .containsPattern("\nstandard deviation +0\\.0671 ");
    assertThat(report()).contains("Median of 3 runs", "Standard deviation");

    Path namesake =
        Files.copy(
            folder.resolve("split4.csv"),
            Files.createDirectory(folder.resolve("again")).resolve("split3.csv"));
    assertThat(
            evaluate(
                    "--dataset=biq2021",
                    "--split=" + folder.resolve("split3.csv"),
                    "--split=" + namesake)
                .out())
        .contains(", biq2021 test of " + folder.resolve("split3.csv"))
        .contains(", biq2021 test of " + namesake);
    assertThat(
            evaluate(
                    "--dataset=biq2021",
                    "--split=" + folder.resolve("split4.csv"),
                    "--split=" + namesake)
                .err())
        .contains("--split names one split twice");

    arguments.addAll(List.of("--model", model.toString()));
    assertThat(evaluate(arguments.toArray(String[]::new)).err())
        .contains("--split is given 3 times and --model 2 times");

    // The first model on the first split, and so on.
    Path other = BrightnessModel.write(folder.resolve("other.onnx"), List.of());
    arguments.addAll(List.of("--model", other.toString()));
    assertThat(evaluate(arguments.toArray(String[]::new)).status()).isZero();
    assertThat(results().get(1).get("model")).isEqualTo(results.get(1).get("model"));
    assertThat(results().get(2).get("model")).isNotEqualTo(results.get(2).get("model"));
    assertThat(results()).extracting(result -> result.get("n").asInt()).containsExactly(4, 5, 6);
  }

  @Test
  void givesTheMedianOverTrainingRuns() throws IOException {
    list("Test", 0.1, 0.3, 0.7, 0.5, 0.9, 0.9);
    Path other = BrightnessModel.write(folder.resolve("other.onnx"), List.of());
    List<String> arguments = new ArrayList<>(List.of("--dataset", "biq2021", "--median"));
    assertThat(evaluate(arguments.toArray(String[]::new)).err())
        .contains("--median takes two or more of --model");
    arguments.addAll(List.of("--model", other.toString(), "--model", other.toString()));
    arguments.addAll(List.of("--out", out.toString()));

    CommandRun run = evaluate(arguments.toArray(String[]::new));

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    assertThat(results()).hasSize(3);
    JsonNode whole = json("results.json");
    assertThat(whole.get("comparisons")).isEmpty();
    assertThat(whole.get("runs").get("n").asInt()).isEqualTo(3);
    assertThat(whole.get("runs").get("median").get("srcc").asDouble())
        .isCloseTo(0.9276, within(5e-5));
    assertThat(run.out())
        .containsPattern("\nmedian of 3 runs +0\\.9276 ")
        .containsPattern("\nstandard deviation +0\\.0000 ")
        .contains("\nbiq2021 test; interval of SRCC from 10000 resamples\n")
        .doesNotContain("COMPARED WITH");
    assertThat(report()).contains("Median of 3 runs").doesNotContain("Compared with");
  }

  @Test
  void measuresAcrossDatasets() throws IOException {
    list("Test", 0.1, 0.3, 0.7, 0.5, 0.9, 0.9);
    Files.writeString(
        folder.resolve("mine.csv"),
        "path,mos\nImages/grey1.png,1\nImages/grey4.png,4\nImages/grey5.png,5\n");
    Files.writeString(
        folder.resolve("percent.csv"),
        "path,mos\nImages/grey1.png,20\nImages/grey4.png,80\nImages/grey3.png,60\n");
    Path list =
        Files.writeString(
            folder.resolve("list.csv"),
            """
            name,dataset,root,labels,best
            laboratory,biq2021,.,,
            gone,koniq10k,nowhere,,
            mine,csv,.,mine.csv,5
            beside,csv,,percent.csv,
            wrong,csv,.,,
            """);
    Path other = BrightnessModel.write(folder.resolve("other.onnx"), List.of());

    CommandRun run =
        CommandRun.of(
            "evaluate", "--cross=" + list, "--model=" + model, "--model=" + other, "--out=" + out);

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err().lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("dpiqa: gone: ").contains("no such file"),
            line -> assertThat(line).contains("percent.csv: scores up to 80: taken to be from 0"),
            line -> assertThat(line).isEqualTo("dpiqa: wrong: --dataset csv needs --labels"));
    List<String> lines = run.out().lines().toList();
    assertThat(lines).hasSize(7);
    assertThat(lines.get(0)).matches("SRCC +laboratory +gone +mine +beside +wrong");
    assertThat(lines.get(1)).matches("brightness@\\w+ +0\\.9276 +- +1\\.0000 +1\\.0000 +-");
    assertThat(lines.get(4)).matches("PLCC +laboratory +gone +mine +beside +wrong");
    assertThat(lines.get(6)).matches("brightness@\\w+ +0\\.9165 +- +1\\.0000 +1\\.0000 +-");

    JsonNode cross = json("cross.json");
    assertThat(cross.get("models")).hasSize(2);
    JsonNode datasets = cross.get("datasets");
    assertThat(datasets)
        .extracting(dataset -> dataset.get("name").asText())
        .containsExactly("laboratory", "gone", "mine", "beside", "wrong");
    assertThat(datasets.get(0).get("evaluations")).hasSize(2);
    assertThat(datasets.get(0).get("comparisons")).hasSize(1);
    assertThat(datasets.get(1).get("problem").asText()).contains("no such file");
    JsonNode second = datasets.get(2).get("evaluations").get(1);
    assertThat(second.get("dataset").asText()).isEqualTo("mine: mine.csv");
    assertThat(predictions(second)).hasSize(4);
    assertThat(report()).contains("SRCC across datasets", "Not measured: ", "<h2>laboratory</h2>");
    assertThat(files(out)).hasSize(2 + 6 * 4).noneMatch(file -> file.endsWith(".partial"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name,dataset,root             |               | lists no datasets",
        "name,dataset,root\\na,csv,.\\na,csv,. |       | list.csv:3: every dataset needs a name of",
        "dataset,root\\ncsv,.          |               | list.csv:2: every dataset needs a name of",
        "name,data\\na,b               |               | there is no column \"data\"; the columns are",
        "name,dataset,root\\na,csv,.   | --dataset=csv | --cross names the datasets",
        "name,dataset,root\\na,csv,.   | --part=all    | --cross names the datasets",
        "name,dataset,root\\na,csv,.   | --median      | --median is for one dataset",
      })
  void saysWhatIsWrongWithAListOfDatasets(String csv, String more, String problem)
      throws IOException {
    Path list = Files.writeString(folder.resolve("list.csv"), csv.replace("\\n", "\n") + "\n");
    List<String> arguments = new ArrayList<>(List.of("evaluate", "--cross=" + list));
    if (more != null) {
      arguments.add(more);
    }
    CommandRun run = CommandRun.of(arguments.toArray(String[]::new));
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err().lines().findFirst().orElseThrow()).contains(problem);
    assertThat(run.out()).isEmpty();
  }

  @Test
  void hostileNamesAreTextInTheReport() throws IOException {
    String hostile = "<script>alert('1')<img src=x onerror=\"a&b\">\u202e.png";
    Files.copy(folder.resolve("Images/grey1.png"), folder.resolve("Images").resolve(hostile));
    Path labels =
        Files.writeString(
            folder.resolve("<svg onload=x>.csv"),
            "path,mos\n\"Images/%s\",1\nImages/grey4.png,0.4\nImages/<b>.png,0.1\n"
                .formatted(hostile.replace("\"", "\"\"")));
    Files.writeString(folder.resolve("Images/<b>.png"), "no picture");

    CommandRun run = evaluateList(labels, "--out", out.toString());

    assertThat(run.status()).isEqualTo(1);
    String report = report();
    assertThat(report)
        .contains(
            "&lt;script&gt;alert(&#39;1&#39;)&lt;img src=x onerror=&quot;a&amp;b&quot;&gt;\ufffd.png",
            "&lt;svg onload=x&gt;.csv",
            "Images/&lt;b&gt;.png")
        .doesNotContain("<script", "<svg", "<b>", "\u202e", "http:", "https:");
    assertThat(report.split("<img ", -1))
        .hasSize(1 + 2 + 2)
        .allMatch(text -> text.startsWith("<!DOCTYPE") || text.startsWith("src=\"data:image/"));
    assertThat(results().get(0).get("dataset").asText()).isEqualTo("<svg onload=x>.csv");
  }

  @Test
  void writesFilesWholeOrNotAtAll() throws IOException {
    list("Test", 0.1, 0.3, 0.7, 0.5, 0.9, 0.9);
    Files.createDirectories(out.resolve("results.json/in-the-way"));

    CommandRun run = evaluate("--dataset", "biq2021", "--out", out.toString());

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("out: the results cannot be written");
    assertThat(run.out()).contains("0.9276");
    assertThat(files(out)).hasSize(2).contains("results.json");
    assertThat(out.resolve("results.json/in-the-way")).isDirectory();
  }

  @Test
  void writesFilesWhereTheTableCannotBeWritten() throws IOException {
    list("Test", 0.1, 0.3, 0.7, 0.5, 0.9, 0.9);
    Writer lost = Writer.nullWriter();
    lost.close();

    CommandRun run =
        CommandRun.of(
            lost,
            "evaluate",
            "--root",
            folder.toString(),
            "--model",
            model.toString(),
            "--dataset",
            "biq2021",
            "--out",
            out.toString());

    assertThat(run.status()).isEqualTo(2);
    assertThat(files(out)).contains("results.json", "report.html");
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
        "--part=all                                      | --dataset is missing",
        "--dataset=biq2022                               | koniq10k, livefb, spaq, tid2013 or csv",
        "--dataset=biq2021 --labels=x.csv                | are for --dataset csv",
        "--dataset=biq2021 --worst=1                     | are for --dataset csv",
        "--dataset=biq2021 --part=validation             | no picture of biq2021 is in the valid",
        "--dataset=biq2021 --split=x.csv                 | x.csv: there is no such file",
        "--dataset=biq2021 --split=x.csv --part=all      | --part all takes no --split",
        "--dataset=livefb                                | labels_image.csv: there is no such file",
        "--dataset=biq2021 --part=training --exclude=x.csv      | x.csv: there is no such file",
        "--dataset=biq2021 --part=training --model=nothing.onnx | nothing.onnx",
        "--dataset=biq2021 --part=training --threads=0          | --threads must be at least 1, not 0",
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
    return json("results.json").get("evaluations");
  }

  private String report() throws IOException {
    return Files.readString(out.resolve("report.html"));
  }

  private JsonNode json(String file) throws IOException {
    return new ObjectMapper().readTree(out.resolve(file).toFile());
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private List<String> predictions(JsonNode result) throws IOException {
    return Files.readAllLines(out.resolve(result.get("predictions").asText()));
  }

  private CommandRun evaluateList(Path labels, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("--dataset", "csv", "--labels", labels.toString()));
    arguments.addAll(Arrays.asList(more));
    return evaluate(arguments.toArray(String[]::new));
  }

  /** As {@link #evaluateList}, without {@code --root}. */
  private CommandRun evaluateBeside(Path labels, String... more) {
    List<String> arguments = new ArrayList<>(List.of("evaluate", "--dataset=csv"));
    arguments.addAll(List.of("--labels=" + labels, "--model=" + model, "--out=" + out));
    arguments.addAll(Arrays.asList(more));
    return CommandRun.of(arguments.toArray(String[]::new));
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
