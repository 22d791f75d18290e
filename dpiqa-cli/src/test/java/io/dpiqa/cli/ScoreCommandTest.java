package io.dpiqa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.dpiqa.model.ErrorBand;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ScoreCommandTest {
  private static final String COLUMNS = "dpiqa.columns";
  private static final String ENCODING = "dpiqa.encoding";

  @TempDir private Path folder;
  private Path model;
  private String id;

  @BeforeEach
  void makeModel() throws IOException {
    model = BrightnessModel.write(folder.resolve("brightness.onnx"));
    Path probe = grey("probe.png", 1, 1, 0);
    Matcher found =
        Pattern.compile("brightness@[0-9a-f]{12}").matcher(score(probe.toString()).out());
    assertThat(found.find()).isTrue();
    id = found.group();
    Files.delete(probe);
    System.setProperty(ENCODING, "UTF-8");
  }

  @AfterEach
  void restore() {
    System.clearProperty(COLUMNS);
    System.clearProperty(ENCODING);
  }

  @Test
  void ndjsonKeepsTheOrderAndGoesOnAfterAnError() throws IOException {
    Path dark = grey("dark.png", 30, 20, 51);
    Path broken = Files.writeString(folder.resolve("broken.jpg"), "not a picture at all");
    Path white = grey("white.png", 8, 9, 255);

    CommandRun run = score("-f", "ndjson", dark.toString(), broken.toString(), white.toString());

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .isEqualTo(
            """
            {"path":"%s","score":20.00,"raw":0.2,"percentile":40.0,"model":"%s","width":30,"height":20}
            {"path":"%s","error":"%s: is not a picture of a known format; JPEG, PNG, WebP, BMP, GIF and TIFF can be read"}
            {"path":"%s","score":100.00,"raw":1.0,"percentile":100.0,"model":"%s","width":8,"height":9}
            """
                .formatted(dark, id, broken, broken, white, id));
  }

  @Test
  void csvHasTheSameColumnsAndTheError() throws IOException {
    Path dark = grey("da,rk.png", 30, 20, 51);
    Path missing = folder.resolve("missing.jpg");

    CommandRun run = score("--format=csv", dark.toString(), missing.toString());

    assertThat(run.status()).isEqualTo(1);
    List<String> lines = run.out().lines().toList();
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0))
        .isEqualTo("path,score,raw,percentile,model,width,height,error,low,high");
    assertThat(lines.get(1)).isEqualTo("\"%s\",20.00,0.2,40.0,%s,30,20,,,".formatted(dark, id));
    assertThat(lines.get(2)).startsWith(missing + ",,,,,,," + missing + ": ");
  }

  @Test
  void percentileIsNullWhereTheModelHasNoReference() throws IOException {
    BrightnessModel.write(model, List.of());
    Path photo = grey("photo.png", 3, 3, 51);

    assertThat(score("-f", "ndjson", photo.toString()).out()).contains("\"percentile\":null,");
    assertThat(score("-f", "csv", photo.toString()).out()).contains(",0.2,,brightness@");
    assertThat(score(photo.toString()).out()).doesNotContain("PERCENTILE");
  }

  @Test
  void intervalIsWrittenWhereTheModelHasOne() throws IOException {
    ErrorBand band = new ErrorBand(0.9, List.of(0.0, 1.0), List.of(-0.1, -0.3), List.of(0.1, 0.1));
    BrightnessModel.write(model, List.of(), Optional.of(band));
    Path photo = grey("photo.png", 3, 3, 51);

    assertThat(score("-f", "ndjson", photo.toString()).out())
        .endsWith(",\"width\":3,\"height\":3,\"low\":6.00,\"high\":30.00,\"coverage\":0.9}\n");
    assertThat(score("-f", "csv", photo.toString()).out()).endsWith(",3,3,,6.00,30.00\n");
    System.setProperty(COLUMNS, "200");
    assertThat(score(photo.toString()).out().lines())
        .startsWith(
            " SCORE                        90 %  SIZE  FILE",
            " 20.00  ████░░░░░░░░░░░░░░░░  6–30   3×3  " + photo);
  }

  @Test
  void tableIsAlignedBestFirstWithBars() throws IOException {
    grey("a.png", 30, 20, 51);
    grey("b.png", 1000, 20, 255);
    grey("c.png", 8, 9, 128);
    Path broken = Files.createFile(folder.resolve("d.png"));

    CommandRun run = score(folder.toString());

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out())
        .isEqualTo(
            """
             SCORE                        PERCENTILE     SIZE  FILE
            100.00  ████████████████████       100.0  1000×20  %1$s/b.png
             50.20  ██████████░░░░░░░░░░        66.8      8×9  %1$s/c.png
             20.00  ████░░░░░░░░░░░░░░░░        40.0    30×20  %1$s/a.png

            Model %2$s
            """
                .formatted(folder, id));
    assertThat(run.err()).startsWith("dpiqa: " + broken + ": ").endsWith("\n").hasLineCount(1);
  }

  @Test
  void tableFitsANarrowTerminalThatShowsOnlyAscii() throws IOException {
    System.setProperty(COLUMNS, "50");
    System.setProperty(ENCODING, "US-ASCII");
    grey("a-photograph-with-a-rather-long-name.png", 30, 20, 51);

    CommandRun run = score(folder.toString());

    assertThat(run.out()).matches("(?s)\\p{ASCII}*");
    assertThat(run.out().lines()).allMatch(line -> line.length() <= 50);
    assertThat(run.out()).contains(" 20.00  #").contains("...").contains("long-name.png");
  }

  @Test
  void sortsAndCutsAndPutsWhatFailedLast() throws IOException {
    Path missing = folder.resolve("missing.png");
    Path middle = grey("middle.png", 3, 3, 128);
    Path bright = grey("bright.png", 3, 3, 250);
    Path dark = grey("dark.png", 3, 3, 9);
    String[] paths = {missing.toString(), middle.toString(), bright.toString(), dark.toString()};

    assertThat(paths(score(with(paths, "-f", "csv", "--sort", "worst"))))
        .containsExactly(dark, middle, bright, missing);
    assertThat(paths(score(with(paths, "-f", "csv", "--sort=best"))))
        .containsExactly(bright, middle, dark, missing);
    assertThat(paths(score(with(paths, "-f", "csv", "--top", "2"))))
        .containsExactly(bright, middle, missing);
    assertThat(paths(score(with(paths, "-f", "csv", "-n", "1", "-s", "WORST"))))
        .containsExactly(dark, missing);
    assertThat(score(with(paths, "--top", "1")).out()).contains("bright").doesNotContain("middle");
  }

  @Test
  void exitStatusTellsSuccessFailureAndLowScores() throws IOException {
    String dark = grey("dark.png", 3, 3, 51).toString();
    String missing = folder.resolve("missing.png").toString();

    assertThat(score(dark).status()).isZero();
    assertThat(score("--min-score", "20", dark).status()).isZero();
    CommandRun below = score("--min-score", "20.01", dark);
    assertThat(below.status()).isEqualTo(3);
    assertThat(below.err()).isEqualTo("dpiqa: 1 of 1 below 20.01\n");
    assertThat(score(dark, missing).status()).isEqualTo(1);
    assertThat(score("--min-score", "50", dark, missing).status()).isEqualTo(1);
  }

  @Test
  void lowScoresCountEvenWhereTheyAreNotShown() throws IOException {
    String dark = grey("dark.png", 3, 3, 51).toString();
    String bright = grey("bright.png", 3, 3, 255).toString();

    assertThat(score("--top", "1", "--min-score", "50", dark, bright).status()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--format xml photo.png",
        "--top 0 photo.png",
        "--threads 0 photo.png",
        "--max-megapixels 0 photo.png",
        "--max-megapixels 716 photo.png",
        "--min-score good photo.png",
        "--frobnicate photo.png"
      })
  void wrongUsageIsStatus2WithTheReason(String arguments) {
    CommandRun run = score(arguments.isEmpty() ? new String[0] : arguments.split(" "));

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("dpiqa: ").endsWith("See dpiqa score --help\n");
    assertThat(run.err().lines()).hasSizeLessThanOrEqualTo(3);
  }

  @Test
  void aModelThatCannotBeUsedIsStatus2InOneLine() throws IOException {
    Path noModel = Files.writeString(folder.resolve("no.onnx"), "nothing");
    CommandRun run = CommandRun.of("score", "--model", noModel.toString(), "photo.png");

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("dpiqa: " + noModel + ": ").hasLineCount(1);
  }

  @Test
  void directoriesAreSearchedByNameInOrder() throws IOException {
    Path album = Files.createDirectory(folder.resolve("album"));
    Path deep = Files.createDirectories(album.resolve("b/deep"));
    Path second = grey("album/c.JPG", 3, 3, 1);
    Path first = grey("album/a.webp", 3, 3, 2);
    Path inside = grey("album/b/deep/x.png", 3, 3, 3);
    grey("album/.hidden.png", 3, 3, 4);
    Files.writeString(album.resolve("notes.txt"), "no picture");
    Files.createSymbolicLink(deep.resolve("round"), album.toAbsolutePath());

    assertThat(paths(score("-f", "csv", album.toString()))).containsExactly(first, second);
    assertThat(paths(score("-f", "csv", "-r", album.toString())))
        .containsExactly(first, inside, second);
  }

  @Test
  void aNamedFileIsTriedWhateverItIsCalled() throws IOException {
    Path photo = grey("photograph", 3, 3, 51);

    assertThat(score(photo.toString()).status()).isZero();
  }

  @Test
  void aDirectoryWithoutPhotographsIsAFailure() throws IOException {
    Path empty = Files.createDirectories(folder.resolve("empty/deeper"));

    CommandRun run = score(empty.getParent().toString());
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err())
        .isEqualTo(
            "dpiqa: %s: there is no photograph in this directory; --recursive looks into its subdirectories too\n"
                .formatted(empty.getParent()));
    assertThat(score("-r", "-f", "ndjson", empty.getParent().toString()).out())
        .isEqualTo(
            "{\"path\":\"%1$s\",\"error\":\"%1$s: there is no photograph in this directory\"}\n"
                .formatted(empty.getParent()));
  }

  @Test
  void readsPathsFromStandardInput() throws IOException {
    Path a = grey("a.png", 3, 3, 1);
    Path b = grey("b b.png", 3, 3, 2);
    Path c = grey("c.png", 3, 3, 3);

    CommandRun run =
        scoreWithInput(stream(a + "\n\n" + b + "\r\n"), "-f", "csv", "-", c.toString());

    assertThat(run.status()).isZero();
    assertThat(paths(run)).containsExactly(a, b, c);
  }

  @Test
  void anImpossiblePathOnStandardInputIsSaidInOneLine() {
    CommandRun run = scoreWithInput(stream("a\0b\n"), "-f", "csv", "-");

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).startsWith("dpiqa: ").contains("a\\u0000b").hasLineCount(1);
  }

  @Test
  void stopsQuietlyWhenNobodyReadsAnyMoreThoughTheInputNeverEnds() throws IOException {
    byte[] line = (grey("a.png", 3, 3, 1) + "\n").getBytes(StandardCharsets.UTF_8);
    InputStream endless =
        new InputStream() {
          private int position;

          @Override
          public int read() {
            return line[position++ % line.length];
          }

          @Override
          public int read(byte[] bytes, int from, int length) {
            bytes[from] = (byte) read();
            return 1;
          }
        };

    StringBuilder taken = new StringBuilder();
    Writer head = failing("Broken pipe", taken, 3);
    CommandRun run = scoreWithInput(endless, head, "-f", "ndjson", "-");

    assertThat(run.status()).isEqualTo(141);
    assertThat(run.err()).isEmpty();
    assertThat(taken).hasLineCount(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"table", "csv", "ndjson"})
  void saysThatWhatItFoundCannotBeWritten(String format) throws IOException {
    String photo = grey("a.png", 3, 3, 1).toString();
    Writer full = failing("No space left on device", new StringBuilder(), 0);

    CommandRun run = scoreWithInput(stream(""), full, "-f", format, photo);

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err())
        .isEqualTo("dpiqa: standard output cannot be written: No space left on device\n");
  }

  @Test
  void namesCannotHarmTheTerminalNorASpreadsheet() throws IOException {
    Path hostile = grey("\u001b[2J\u202egnp.png", 3, 3, 51);
    Path missing = folder.resolve("gone\n\u001b[31m.png");

    CommandRun table = score(hostile.toString(), missing.toString());
    assertThat(table.out()).contains("\\u001b[2J\\u202egnp.png").doesNotContain("\u001b");
    assertThat(table.err()).contains("\\u001b[31m.png").doesNotContain("\u001b").hasLineCount(1);

    assertThat(score("-f", "ndjson", hostile.toString()).out())
        .contains("\\u001B[2J\u202egnp.png\"");
    assertThat(score("-f", "csv", "=cmd.png", "@a.png", "-f.png"))
        .extracting(CommandRun::status)
        .isEqualTo(2);
    assertThat(score("-f", "csv", "--", "=cmd.png", "-f.png").out().lines().skip(1))
        .satisfiesExactly(
            line -> assertThat(line).startsWith("./=cmd.png,,,,,,,").contains(",./=cmd.png: "),
            line -> assertThat(line).startsWith("./-f.png,,,,,,,").contains(",./-f.png: "));
  }

  @Test
  void numbersDoNotDependOnTheLocaleNorTheThreads() throws IOException {
    Path photo = grey("photo.png", 3, 3, 51);
    String[] arguments = {"-f", "csv", photo.toString(), photo.toString(), photo.toString()};
    String expected = score(arguments).out();
    Locale locale = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
    try {
      assertThat(score(with(arguments, "--threads", "1")).out()).isEqualTo(expected);
      assertThat(score("--min-score", "20.5", photo.toString()).err())
          .isEqualTo("dpiqa: 1 of 1 below 20.5\n");
    } finally {
      Locale.setDefault(locale);
    }
    assertThat(expected).contains(",20.00,0.2,40.0,");
  }

  @Test
  void refusesPicturesAboveTheLimit() throws IOException {
    String photo = grey("large.png", 1001, 1000, 51).toString();

    assertThat(score(photo).status()).isZero();
    CommandRun run = score("--max-megapixels", "1", photo);
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).startsWith("dpiqa: " + photo).contains("1001");
  }

  @Test
  void fileNamesAreNoFilesOfArguments() throws IOException {
    Path photo = grey("x.png", 8, 8, 51);
    Files.writeString(folder.resolve("arguments"), "--min-score\n100\n" + photo);

    CommandRun run = score("@" + folder.resolve("arguments"));

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("does not exist").hasLineCount(1);
  }

  @Test
  void scoresThatNoPhotographHasAreNoThreshold() throws IOException {
    String photo = grey("x.png", 8, 8, 51).toString();

    for (String impossible : List.of("-0.01", "100.01", "1e999999999")) {
      CommandRun run = score("--min-score", impossible, photo);
      assertThat(run.status()).isEqualTo(2);
      assertThat(run.err()).contains("--min-score must be 0 to 100");
    }
    assertThat(score("--min-score", "1e2", photo).status()).isEqualTo(3);
  }

  @Test
  void linesThatAreNoPathsAreOneClearLine() {
    CommandRun run = scoreWithInput(stream("a\0b\0" + "c\0".repeat(1000)), "-");

    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("one a line").hasLineCount(1).hasSizeLessThan(500);
  }

  private CommandRun score(String... arguments) {
    return CommandRun.of(withModel(arguments));
  }

  private CommandRun scoreWithInput(InputStream input, String... arguments) {
    return scoreWithInput(input, new StringWriter(), arguments);
  }

  private CommandRun scoreWithInput(InputStream input, Writer out, String... arguments) {
    InputStream before = System.in;
    System.setIn(input);
    try {
      return CommandRun.of(out, withModel(arguments));
    } finally {
      System.setIn(before);
    }
  }

  private String[] withModel(String... arguments) {
    return with(arguments, "score", "--model", model.toString());
  }

  private static String[] with(String[] arguments, String... before) {
    return Stream.concat(Stream.of(before), Stream.of(arguments)).toArray(String[]::new);
  }

  private static List<Path> paths(CommandRun csv) {
    return csv.out()
        .lines()
        .skip(1)
        .map(line -> Path.of(line.substring(0, line.indexOf(','))))
        .toList();
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  /** What cannot be written to after some lines. */
  private static Writer failing(String problem, StringBuilder taken, int lines) {
    return new Writer() {
      @Override
      public void write(char[] text, int from, int length) throws IOException {
        if (taken.chars().filter(c -> c == '\n').count() >= lines) {
          throw new IOException(problem);
        }
        taken.append(text, from, length);
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }

  private Path grey(String name, int width, int height, int level) throws IOException {
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        picture.setRGB(x, y, level * 0x010101);
      }
    }
    Path file = folder.resolve(name);
    ImageIO.write(picture, "png", file.toFile());
    return file;
  }
}
