package io.dpiqa.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.dpiqa.dataset.LabelledImage;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {
  private static final Color VERMILION = new Color(0xD55E00);

  @TempDir private Path folder;

  @Test
  void comparesEveryModelWithTheFirst() {
    Evaluation first = evaluation("first", 0.1, 0.4, 0.2, 0.7, 0.8);
    Evaluation second = evaluation("second", 0.1, 0.2, 0.3, 0.4, 0.5);
    Results results = Results.ofModels(List.of(first, second, first));
    assertThat(results.comparisons()).hasSize(2);
    assertThat(results.comparisons().get(0).srcc().value())
        .isCloseTo(second.agreement().srcc() - first.agreement().srcc(), within(1e-12));
    assertThat(results.comparisons().get(1).srcc().value()).isZero();
    assertThat(results.overRuns()).isEmpty();
  }

  @Test
  void comparesOnTheSamePicturesOnly() {
    Evaluation five = evaluation("five", 0.1, 0.4, 0.2, 0.7, 0.8);
    Evaluation four = evaluation("four", 0.1, 0.4, 0.2, 0.7);
    assertThatThrownBy(() -> Results.ofModels(List.of(five, four)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("four and five were not given the same pictures");
  }

  @Test
  void sumsUpRuns() {
    List<Evaluation> evaluations =
        List.of(
            evaluation("a", 0.0, 0.25, 0.5, 0.75, 1.0),
            evaluation("b", 0.1, 0.35, 0.6, 0.85, 1.1),
            evaluation("c", 0.3, 0.55, 0.8, 1.05, 1.3));
    OverRuns runs = Results.ofRuns(evaluations).overRuns().orElseThrow();
    assertThat(runs.median(Figure.RMSE)).isCloseTo(0.1, within(1e-12));
    // Of 0, 0.1 and 0.3.
    assertThat(runs.standardDeviation(Figure.RMSE)).isCloseTo(Math.sqrt(0.14 / 6), within(1e-12));
    assertThat(runs.median(Figure.SRCC)).isCloseTo(1, within(1e-12));
  }

  @Test
  void aFigureThatOneRunLacksHasNoMedian() {
    List<Evaluation> evaluations =
        List.of(evaluation("a", 0, 0.2, 0.6), evaluation("b", 1, 1, 1), evaluation("c", 0, 1, 2));
    OverRuns runs = new OverRuns(evaluations);
    assertThat(runs.median(Figure.SRCC)).isNaN();
    assertThat(runs.standardDeviation(Figure.SRCC)).isNaN();
    assertThat(runs.median(Figure.RMSE)).isFinite();
    assertThatThrownBy(() -> new OverRuns(evaluations.subList(0, 1)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void drawsTheFitWhereThereIsOne() {
    Evaluation fitted = evaluation("fitted", 0.1, 0.25, 0.55, 0.7, 0.9, 0.85);
    Evaluation constant = evaluation("constant", 0.5, 0.5, 0.5, 0.5, 0.5, 0.5);
    assertThat(count(AgreementPlot.scatter(fitted), VERMILION)).isGreaterThan(500);
    assertThat(count(AgreementPlot.scatter(constant), VERMILION)).isZero();
    assertThat(count(AgreementPlot.residuals(constant), VERMILION)).isGreaterThan(500);
  }

  @Test
  void drawsPredictionsBeyondTheScale() {
    Evaluation beyond = evaluation("beyond", -3, 0, 1, 5, 20);
    BufferedImage scatter = AgreementPlot.scatter(beyond);
    BufferedImage residuals = AgreementPlot.residuals(beyond);
    assertThat(List.of(scatter.getWidth(), residuals.getHeight())).containsOnly(900);
  }

  @Test
  void showsTheWorstMissesFirst() throws IOException {
    List<Color> colors = List.of(Color.RED, Color.GREEN, Color.BLUE, Color.YELLOW);
    double[] scores = {0.1, 0.9, 0.7, 1.0}; // opinions 0, 1/3, 2/3, 1
    List<Prediction> predictions = new ArrayList<>();
    for (int i = 0; i < scores.length; i++) {
      Path file = folder.resolve(i + ".png");
      BufferedImage picture = new BufferedImage(400, 400, BufferedImage.TYPE_INT_RGB);
      Graphics2D graphics = picture.createGraphics();
      graphics.setColor(colors.get(i));
      graphics.fillRect(0, 0, 400, 400);
      graphics.dispose();
      ImageIO.write(picture, "png", file.toFile());
      predictions.add(new Prediction(new LabelledImage(i + ".png", file, i / 3.0), scores[i]));
    }
    Evaluation evaluation =
        Evaluation.of("model", "dataset", Optional.empty(), predictions, List.of());

    BufferedImage sheet = WorstMisses.of(evaluation, 2).sheet();
    assertThat(sheet.getWidth()).isEqualTo(1040);
    assertThat(count(sheet, Color.GREEN)).isEqualTo(320 * 320);
    assertThat(count(sheet, Color.RED)).isEqualTo(320 * 320);
    assertThat(count(sheet, Color.BLUE) + count(sheet, Color.YELLOW)).isZero();
    assertThat(first(sheet, Color.GREEN)).isLessThan(first(sheet, Color.RED));

    Files.delete(folder.resolve("1.png"));
    BufferedImage without = WorstMisses.of(evaluation, 2).sheet();
    assertThat(count(without, Color.GREEN)).isZero();
    assertThat(count(without, Color.RED)).isEqualTo(320 * 320);
  }

  private static long count(BufferedImage image, Color color) {
    return pixels(image).filter(rgb -> rgb == color.getRGB()).count();
  }

  private static int first(BufferedImage image, Color color) {
    int[] pixels = pixels(image).toArray();
    return IntStream.range(0, pixels.length)
        .filter(i -> pixels[i] == color.getRGB())
        .findFirst()
        .orElseThrow();
  }

  private static IntStream pixels(BufferedImage image) {
    return IntStream.range(0, image.getWidth() * image.getHeight())
        .map(i -> 0xFF000000 | image.getRGB(i % image.getWidth(), i / image.getWidth()));
  }

  /** Opinions from 0 to 1 in equal steps. */
  private static Evaluation evaluation(String model, double... scores) {
    List<Prediction> predictions = new ArrayList<>();
    for (int i = 0; i < scores.length; i++) {
      LabelledImage image =
          new LabelledImage(i + ".jpg", Path.of(i + ".jpg"), i / (scores.length - 1.0));
      predictions.add(new Prediction(image, scores[i]));
    }
    return Evaluation.of(model, "dataset", Optional.empty(), predictions, List.of());
  }
}
