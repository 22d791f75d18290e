package io.dpiqa.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import io.dpiqa.ImageException;
import io.dpiqa.QualityModel;
import io.dpiqa.dataset.Dataset;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.dataset.Scale;
import io.dpiqa.file.WholeFile;
import io.dpiqa.image.ImageDecoder;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/**
 * Photographs for faults to be added to. Nobody rated them: a model's scores stand for people's.
 */
final class UnratedPhotographs {
  private static final Scale SCALE = new Scale(0, 1);
  private static final Optional<String> PATH = Optional.of("path");
  private static final Optional<String> SCORE = Optional.of("score");

  private final Path folder;
  private final List<LabelledImage> unrated;

  private UnratedPhotographs(Path folder, List<LabelledImage> unrated) {
    this.folder = folder;
    this.unrated = unrated;
  }

  /**
   * The photographs in a folder and below it, each of which is decoded once: days later is too late
   * to learn that one cannot be.
   *
   * @throws UncheckedIOException if there is none, or one cannot be read
   */
  static UnratedPhotographs in(Path folder) {
    BiConsumer<Path, ImageException> refuse =
        (path, problem) -> {
          throw unreadable(problem);
        };
    if (!Files.isDirectory(folder)) {
      throw unreadable(new ImageException(folder.toString(), "is no folder of photographs"));
    }
    List<LabelledImage> unrated = DatasetOptions.list(folder, refuse).images();
    ImageDecoder decoder = new ImageDecoder();
    for (LabelledImage photograph : unrated) {
      try {
        decoder.decode(photograph.file());
      } catch (ImageException e) {
        throw unreadable(e);
      }
    }
    return new UnratedPhotographs(folder, unrated);
  }

  private static UncheckedIOException unreadable(ImageException problem) {
    return new UncheckedIOException(new IOException(problem.getMessage(), problem));
  }

  int size() {
    return unrated.size();
  }

  /**
   * The photographs with their scores.
   *
   * @param csv where scores are kept: what is there already stays, so that a run goes on with the
   *     same ones on another machine, too
   * @throws IOException if the file is there and lists other photographs
   * @throws UncheckedIOException if one cannot be read any more
   */
  List<LabelledImage> scored(Path csv, QualityModel model) throws IOException {
    if (!Files.exists(csv)) {
      WholeFile.write(csv, scores(model));
    }
    List<LabelledImage> scored = Dataset.csv(csv, folder, PATH, SCORE, SCALE).images();
    if (!names(scored).equals(names(unrated))) {
      throw new IOException(
          "%s: lists other photographs than there are in %s; put these back, or begin in another folder"
              .formatted(csv, folder));
    }
    return scored;
  }

  private static Set<String> names(List<LabelledImage> images) {
    return images.stream().map(LabelledImage::name).collect(Collectors.toSet());
  }

  private String scores(QualityModel model) throws IOException {
    StringWriter text = new StringWriter();
    try (CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(text)) {
      csv.writeRecord("path", "score");
      for (LabelledImage photograph : unrated) {
        double score = model.score(photograph.file()).value() / 100;
        csv.writeRecord(photograph.name(), Double.toString(score));
      }
    } catch (ImageException e) {
      throw unreadable(e);
    }
    return text.toString();
  }
}
