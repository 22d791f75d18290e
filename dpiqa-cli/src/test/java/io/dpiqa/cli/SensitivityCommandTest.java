package io.dpiqa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SensitivityCommandTest {

  @TempDir private Path folder;
  private Path model;
  private Path out;

  @BeforeEach
  void makeModel() throws IOException {
    model = BrightnessModel.write(folder.resolve("brightness.onnx"));
    out = folder.resolve("out");
  }

  private Path photograph(String name, int width, int height) throws IOException {
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    graphics.setPaint(new GradientPaint(0, 0, Color.BLACK, width, height, Color.GRAY));
    graphics.fillRect(0, 0, width, height);
    graphics.dispose();
    Path file = folder.resolve(name);
    ImageIO.write(picture, "png", file.toFile());
    return file;
  }

  private CommandRun sensitivity(Path... paths) {
    return sensitivity(new StringWriter(), paths);
  }

  private CommandRun sensitivity(Writer stdout, Path... paths) {
    Stream<String> options =
        Stream.of("sensitivity", "--model", model.toString(), "--out", out.toString());
    Stream<String> photographs = Stream.of(paths).map(Path::toString);
    return CommandRun.of(stdout, Stream.concat(options, photographs).toArray(String[]::new));
  }

  private JsonNode summary() throws IOException {
    return new ObjectMapper().readTree(out.resolve("sensitivity.json").toFile());
  }

  @Test
  void aModelOfBrightnessFallsWithDarknessAndRisesWithLight() throws IOException {
    Path photograph = photograph("a.png", 60, 40);

    CommandRun run = sensitivity(photograph);

    assertThat(run.err()).isEmpty();
    assertThat(run.status()).isZero();
    JsonNode summary = summary();
    assertThat(summary.get("model").asText()).matches("brightness@[0-9a-f]{12}");
    assertThat(summary.get("bar_met").asBoolean()).isFalse();
    JsonNode dark = summary.get("underexposure");
    assertThat(dark.get("pairs").asInt()).isEqualTo(5);
    assertThat(dark.get("in_order").asDouble()).isEqualTo(1);
    assertThat(dark.get("largest_rise").isNull()).isTrue();
    JsonNode bright = summary.get("overexposure");
    assertThat(bright.get("in_order").asDouble()).isZero();
    assertThat(bright.get("largest_rise").get("level").asInt()).isEqualTo(5);
    assertThat(bright.get("largest_rise").get("path").asText()).isEqualTo(photograph.toString());
    JsonNode all = summary.get("all");
    assertThat(all.get("pairs").asInt()).isEqualTo(50);
    assertThat(all.get("largest_rise")).isEqualTo(bright.get("largest_rise"));
    // More than twice as bright, but no brighter than white.
    double clean = score("overexposure", 0);
    double rise = bright.get("largest_rise").get("points").asDouble();
    assertThat(rise).isBetween(clean, 100 - clean);
    assertThat(score("overexposure", 5) - clean).isCloseTo(rise, within(1e-9));
    assertThat(bright.get("mean_drop").get(4).asDouble()).isCloseTo(-rise, within(1e-9));

    assertThat(run.out().lines().map(String::strip))
        .anyMatch(line -> line.matches("underexposure +100\\.0 % +[0-9. ]+ none"))
        .anyMatch(
            line ->
                line.matches("overexposure +0\\.0 % +-.*")
                    && line.endsWith(photograph + ", overexposure 5"))
        .anyMatch(line -> line.startsWith("Missed: ") && line.contains(" % of 50 pairs in order"))
        .anyMatch(line -> line.matches("Model brightness@[0-9a-f]{12}; photographs: 1"));
  }

  private double score(String kind, int level) throws IOException {
    try (Stream<String> lines = Files.lines(out.resolve("sensitivity.csv"))) {
      String row =
          lines
              .filter(line -> line.contains("," + kind + "," + level + ","))
              .findFirst()
              .orElseThrow();
      return Double.parseDouble(row.substring(row.lastIndexOf(',') + 1));
    }
  }

  @Test
  void equalScoresAreInOrder() throws IOException {
    BufferedImage black = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    Path photograph = folder.resolve("black.png");
    ImageIO.write(black, "png", photograph.toFile());

    // Only noise, and JPEG at its strongest, make black brighter.
    CommandRun run = sensitivity(photograph);

    assertThat(run.out()).contains("color              100.0 %").contains("Missed: 88.0 % of 50");
  }

  @Test
  void scoresOfAllLevelsAreWrittenInOrder() throws IOException {
    Files.createDirectory(folder.resolve("album"));
    photograph("album/b.png", 20, 30);
    photograph("album/a.png", 30, 20);

    sensitivity(folder.resolve("album"));

    List<String> lines = Files.readAllLines(out.resolve("sensitivity.csv"));
    assertThat(lines).hasSize(1 + 2 * 10 * 6);
    assertThat(lines.get(0)).isEqualTo("path,kind,level,score");
    assertThat(lines.get(1)).startsWith(folder.resolve("album/a.png") + ",blur,0,");
    assertThat(lines.get(120)).startsWith(folder.resolve("album/b.png") + ",color,5,");
    try (Stream<Path> files = Files.list(out)) {
      assertThat(files).hasSize(2);
    }
    String first = Files.readString(out.resolve("sensitivity.csv"));
    sensitivity(folder.resolve("album"));
    assertThat(out.resolve("sensitivity.csv")).hasContent(first);
  }

  @Test
  void writesFilesWhereTheTableCannotBeWritten() throws IOException {
    Writer lost = Writer.nullWriter();
    lost.close();
    assertThat(sensitivity(lost, photograph("a.png", 60, 40)).status()).isEqualTo(2);
    assertThat(Files.readAllLines(out.resolve("sensitivity.csv"))).hasSize(1 + 10 * 6);
  }

  @Test
  void whatIsRandomDependsOnThePhotographAlone() throws IOException {
    Path one = photograph("one.png", 60, 40);
    sensitivity(one);
    double clean = score("noise", 0);
    double noisy = score("noise", 5);
    BufferedImage picture = ImageIO.read(one.toFile());
    picture.setRGB(7, 7, picture.getRGB(7, 7) ^ 1);
    Path almost = folder.resolve("almost.png");
    ImageIO.write(picture, "png", almost.toFile());

    // One of 7,200 samples is another by a step: nothing but noise makes a difference.
    sensitivity(almost);
    assertThat(score("noise", 0)).isCloseTo(clean, within(1e-3));
    assertThat(score("noise", 5)).isNotCloseTo(noisy, within(1e-2));

    sensitivity(almost, one);
    try (Stream<String> lines = Files.lines(out.resolve("sensitivity.csv"))) {
      assertThat(lines).contains(one + ",noise,5," + noisy);
    }
  }

  @Test
  void aLargePhotographIsMeasuredAsItsReducedCopy() throws IOException {
    // Blur is relative to the size: at any size it leaves the same brightness.
    sensitivity(photograph("large.png", 2000, 4));
    assertThat(score("blur", 0)).isBetween(20.0, 30.0);
    assertThat(score("underexposure", 5)).isLessThan(10);
  }

  @Test
  void unreadablePhotographsAreNamedAndTheOthersMeasured() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken.jpg"), "no picture");

    CommandRun run = sensitivity(broken, photograph("a.png", 20, 20), folder.resolve("gone.png"));

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err().lines())
        .hasSize(2)
        .anyMatch(line -> line.contains("broken.jpg"))
        .anyMatch(line -> line.contains("gone.png: does not exist"));
    assertThat(summary().get("all").get("pairs").asInt()).isEqualTo(50);

    CommandRun none = sensitivity(broken);
    assertThat(none.status()).isEqualTo(1);
    assertThat(none.out()).isEmpty();
  }

  @Test
  void wrongUsageIsTold() throws IOException {
    Path photograph = photograph("a.png", 20, 20);
    assertThat(CommandRun.of("sensitivity").status()).isEqualTo(2);
    CommandRun run = CommandRun.of("sensitivity", "--model", "nowhere", photograph.toString());
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("there is no model of this name");
    out = Files.writeString(folder.resolve("file"), "");
    CommandRun noFolder = sensitivity(photograph);
    assertThat(noFolder.status()).isEqualTo(2);
    assertThat(noFolder.err()).contains("file: this folder cannot be made");
    CommandRun noThread = CommandRun.of("sensitivity", "--threads", "0", photograph.toString());
    assertThat(noThread.status()).isEqualTo(2);
    assertThat(noThread.err()).contains("--threads must be at least 1, not 0");
  }
}
