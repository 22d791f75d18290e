package io.dpiqa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dpiqa.model.ModelStore;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole method in small: a prior, a teacher of it, a student of that, all evaluated. */
class MethodTest {
  private static final int SIZE = 64;
  private static final int PICTURES = 120;
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String PRIOR =
      """
      {"inputSize": 64, "imageSize": 64, "widths": [64, 64], "contextWidth": 16,
       "schedule": {"batch": 12, "epochs": 3, "averageDecay": 0.9}}
      """;
  private static final String TEACHER =
      """
      {"upBlocks": [0, 1], "width": 32, "initialisation": "HE",
       "schedule": {"batch": 8, "epochs": 10, "learningRate": 1e-3, "averageDecay": 0.9}}
      """;
  private static final String ABLATED =
      """
      {"upBlocks": [0], "mapSize": 16, "width": 32,
       "schedule": {"batch": 24, "epochs": 1, "warmupEpochs": 0}}
      """;
  private static final String STUDENT_ABLATED =
      """
      {"head": "POOLED", "mapWeight": 0, "inputSize": 32, "cropSize": 32,
       "schedule": {"batch": 24, "epochs": 1, "warmupEpochs": 0}}
      """;
  private static final String STUDENT =
      """
      {"inputSize": 64, "cropSize": 64,
       "schedule": {"batch": 12, "epochs": 18, "averageDecay": 0.9}}
      """;

  @TempDir private Path folder;

  private final Map<String, Double> scores = new HashMap<>();

  @Tag("full")
  @Test
  void priorTeacherStudent() throws IOException {
    Path labels = drawPictures();
    run(
        dataset(
            labels,
            "train",
            "prior",
            "--recipe",
            recipe("prior.json", PRIOR),
            "--out",
            path("prior")));
    fallingLoss("prior");

    Path weights = folder.resolve("prior").resolve("prior.safetensors");
    run(
        dataset(
            labels,
            "train",
            "teacher",
            "--prior",
            weights.toString(),
            "--preset",
            "small",
            "--recipe",
            recipe("teacher.json", TEACHER),
            "--out",
            path("teacher")));
    fallingLoss("teacher");
    ablates(labels, weights);
    importModel("teacher");

    run(
        dataset(
            labels,
            "train",
            "student",
            "--preset",
            "small",
            "--teacher",
            "method-teacher",
            "--recipe",
            recipe("student.json", STUDENT),
            "--out",
            path("student")));
    fallingLoss("student");
    importModel("student");

    CommandRun evaluated =
        run(
            "evaluate",
            "--dataset",
            "csv",
            "--labels",
            labels.toString(),
            "--root",
            folder.resolve("pictures").toString(),
            "--split",
            path("split.csv"),
            "--model",
            "method-teacher",
            "--model",
            "method-student",
            "--out",
            path("results"));
    assertThat(evaluated.out()).contains("method-teacher").contains("method-student");
    JsonNode results = JSON.readTree(folder.resolve("results").resolve("results.json").toFile());
    for (JsonNode model : results.get("evaluations")) {
      String name = model.get("model").asText();
      assertThat(model.get("srcc").doubleValue()).as(name).isGreaterThan(0.6);
      assertThat(model.get("rmse").doubleValue()).as(name).isLessThan(0.7 * errorOfAConstant());
    }
  }

  /** RMSE, on the test part, of a model that always says the mean of all scores. */
  private double errorOfAConstant() throws IOException {
    Set<String> tested =
        Files.readAllLines(folder.resolve("split.csv")).stream()
            .filter(line -> line.endsWith(",test"))
            .map(line -> line.substring(0, line.indexOf(',')))
            .collect(Collectors.toSet());
    double mean = scores.values().stream().mapToDouble(score -> score).average().orElseThrow();
    return Math.sqrt(
        tested.stream()
            .mapToDouble(name -> Math.pow(scores.get(name) - mean, 2))
            .average()
            .orElseThrow());
  }

  private void ablates(Path labels, Path prior) throws IOException {
    CommandRun run =
        run(
            dataset(
                labels,
                "ablate",
                "--prior",
                prior.toString(),
                "--preset",
                "small",
                "--recipe",
                recipe("ablated.json", ABLATED),
                "--student-recipe",
                recipe("student-ablated.json", STUDENT_ABLATED),
                "--out",
                path("ablation")));
    assertThat(run.out())
        .contains("teacher-without-text-adapter")
        .contains("teacher-without-image-adapter")
        .contains("teacher-timestep-500")
        .contains("student-without-teacher")
        .contains("student-teacher-score")
        .contains("1 of 1");
    Path table = folder.resolve("ablation").resolve("ablation.csv");
    assertThat(Files.readAllLines(table))
        .hasSize(8)
        .first()
        .isEqualTo("variant,best_epoch,epochs,srcc,plcc,krcc,rmse");
  }

  /** The store is that of all tests. */
  @AfterEach
  void removeModels() {
    for (String model : ModelStore.open().names()) {
      if (model.startsWith("method-")) {
        run("model", "remove", model);
      }
    }
  }

  private void importModel(String name) {
    String weights = folder.resolve(name).resolve(name + ".safetensors").toString();
    run("model", "import", weights, "--name", "method-" + name, "--replace");
  }

  private String[] dataset(Path labels, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--dataset", "csv", "--labels", labels.toString()));
    all.addAll(List.of("--root", folder.resolve("pictures").toString()));
    all.addAll(List.of("--split", path("split.csv")));
    return all.toArray(new String[0]);
  }

  private CommandRun run(String... arguments) {
    CommandRun run = CommandRun.of(arguments);
    assertThat(run.status()).as("%s: %s", Arrays.toString(arguments), run.err()).isZero();
    return run;
  }

  private void fallingLoss(String run) throws IOException {
    List<String> log = Files.readAllLines(folder.resolve(run).resolve("log.csv"));
    assertThat(loss(log.get(log.size() - 1))).isLessThan(loss(log.get(1)));
    assertThat(ImageIO.read(folder.resolve(run).resolve("curves.png").toFile())).isNotNull();
  }

  private static double loss(String line) {
    int start = line.indexOf(',') + 1;
    return Double.parseDouble(line.substring(start, line.indexOf(',', start)));
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private String recipe(String name, String json) throws IOException {
    return Files.writeString(folder.resolve(name), json).toString();
  }

  /** Smooth scenes that are the noisier and darker, the worse. */
  private Path drawPictures() throws IOException {
    Path pictures = Files.createDirectories(folder.resolve("pictures"));
    StringBuilder labels = new StringBuilder("path,score\n");
    Random random = new Random(1);
    for (int i = 0; i < PICTURES; i++) {
      double score = random.nextDouble();
      String name = "scene" + i + ".png";
      scores.put(name, score);
      ImageIO.write(scene(random, score), "png", pictures.resolve(name).toFile());
      labels.append(name).append(',').append(score).append('\n');
    }
    return Files.writeString(folder.resolve("labels.csv"), labels);
  }

  private static BufferedImage scene(Random random, double score) {
    double noise = 80 * (1 - score);
    double light = 0.2 + 0.8 * score;
    BufferedImage scene = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
    double angle = random.nextDouble() * 6;
    double frequency = 0.05 + 0.2 * random.nextDouble();
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        int rgb = 0;
        for (int channel = 0; channel < 3; channel++) {
          double wave = Math.cos(angle) * x + Math.sin(angle) * y + 9 * channel;
          double level = light * (128 + 70 * Math.sin(frequency * wave));
          double sample = level + noise * random.nextGaussian();
          rgb = rgb << 8 | (int) Math.max(0, Math.min(255, sample));
        }
        scene.setRGB(x, y, rgb);
      }
    }
    return scene;
  }
}
