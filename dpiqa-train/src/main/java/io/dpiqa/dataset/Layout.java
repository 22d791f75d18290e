package io.dpiqa.dataset;

import io.dpiqa.dataset.Split.Part;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The published datasets that can be read as their authors distribute them. Every one brings its
 * annotation files, and the scale that they are on; pictures' scores become 0 (worst) to 1 (best).
 */
public enum Layout {
  /** BIQ2021 (Ahmed and Asif, 2022): 12,000 photographs, in a training and a test part. */
  BIQ2021,
  /** LIVE In the Wild Image Quality Challenge (Ghadiyaram and Bovik, 2016): 1,162 photographs. */
  CLIVE,
  /** KADID-10k (Lin, Hosu and Saupe, 2019): 10,125 pictures, made from 81 by 25 distortions. */
  KADID10K,
  /** KonIQ-10k (Hosu, Lin, Sziranyi and Saupe, 2020): 10,073 photographs, in three parts. */
  KONIQ10K,
  /** LIVE-FB, also FLIVE or PaQ-2-PiQ (Ying and others, 2020): about 39,800 photographs. */
  LIVEFB,
  /** SPAQ (Fang and others, 2020): 11,125 photographs taken with smartphones. */
  SPAQ,
  /** TID2013 (Ponomarenko and others, 2015): 3,000 pictures, made from 25 by 24 distortions. */
  TID2013;

  /** The first entries of CLIVE are pictures that its raters were trained with. */
  private static final int CLIVE_TRAINED_WITH = 7;

  /** The name of the dataset, in lower case. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The scale of the scores in the annotation files. */
  public Scale scale() {
    return switch (this) {
      case BIQ2021 -> new Scale(0, 1);
      case CLIVE, KONIQ10K, LIVEFB, SPAQ -> new Scale(0, 100);
      case KADID10K -> new Scale(1, 5);
      case TID2013 -> new Scale(0, 9);
    };
  }

  /**
   * Reads the annotations of a dataset.
   *
   * @param root holds the annotation files and the folder of pictures, or the pictures themselves
   * @throws DatasetException if an annotation file is missing, or wrong
   */
  public Dataset read(Path root) {
    Path pictures =
        folders().map(root::resolve).filter(Files::isDirectory).findFirst().orElse(root);
    return new Dataset(label(), pictures, annotations(root), scale());
  }

  /** Where the pictures are, if not beside the annotations. */
  private Stream<String> folders() {
    return switch (this) {
      case BIQ2021, CLIVE -> Stream.of("Images");
      case KADID10K -> Stream.of("images");
      case KONIQ10K -> Stream.of("1024x768", "512x384");
      case LIVEFB -> Stream.of("database");
      case SPAQ -> Stream.of("TestImage");
      case TID2013 -> Stream.of("distorted_images");
    };
  }

  private List<Annotation> annotations(Path root) {
    return switch (this) {
      case BIQ2021 -> biq2021(root);
      case CLIVE -> clive(root);
      case KADID10K -> kadid10k(root);
      case KONIQ10K -> koniq10k(root);
      case LIVEFB -> livefb(root);
      case SPAQ -> spaq(root);
      case TID2013 -> tid2013(root);
    };
  }

  private static List<Annotation> biq2021(Path root) {
    List<Annotation> all = new ArrayList<>();
    all.addAll(biq2021(root, "Train (Images and MOS).csv", Part.TRAIN));
    all.addAll(biq2021(root, "Test (Images and MOS).csv", Part.TEST));
    return all;
  }

  private static List<Annotation> biq2021(Path root, String csv, Part part) {
    Table table = CsvFile.read(root.resolve(csv), "Image Name", "MOS");
    return table.rows().stream()
        .map(row -> annotation(table, row, Optional.of(part), Optional.empty()))
        .toList();
  }

  private static List<Annotation> clive(Path root) {
    Path imagesFile = find(root, "AllImages_release.mat", "Data/AllImages_release.mat");
    Path scoresFile = find(root, "AllMOS_release.mat", "Data/AllMOS_release.mat");
    List<String> images = MatFile.texts(imagesFile, "AllImages_release");
    double[] scores = MatFile.numbers(scoresFile, "AllMOS_release");
    if (images.size() != scores.length) {
      throw new DatasetException(
          "%s: %d scores for the %d pictures of %s"
              .formatted(scoresFile, scores.length, images.size(), imagesFile.getFileName()));
    }
    List<Annotation> annotations = new ArrayList<>();
    for (int i = CLIVE_TRAINED_WITH; i < scores.length; i++) {
      String source = scoresFile + ", entry " + (i + 1);
      annotations.add(
          new Annotation(images.get(i), scores[i], Optional.empty(), Optional.empty(), source));
    }
    return annotations;
  }

  private static List<Annotation> kadid10k(Path root) {
    Table table = CsvFile.read(root.resolve("dmos.csv"), "dist_img", "dmos", "ref_img");
    return table.rows().stream()
        .map(row -> annotation(table, row, Optional.empty(), Optional.of(row.values().get(2))))
        .toList();
  }

  private static List<Annotation> koniq10k(Path root) {
    Table table =
        CsvFile.read(root.resolve("koniq10k_distributions_sets.csv"), "image_name", "MOS", "set");
    return table.rows().stream()
        .map(row -> annotation(table, row, Optional.of(koniqPart(table, row)), Optional.empty()))
        .toList();
  }

  private static Part koniqPart(Table table, Table.Row row) {
    String set = row.values().get(2);
    return switch (set) {
      case "training" -> Part.TRAIN;
      case "validation" -> Part.VALIDATION;
      case "test" -> Part.TEST;
      default ->
          throw table.error(row, "\"" + set + "\" is neither training nor validation nor test");
    };
  }

  private static List<Annotation> livefb(Path root) {
    return plain(CsvFile.read(root.resolve("labels_image.csv")));
  }

  private static List<Annotation> spaq(Path root) {
    String name = "MOS and Image attribute scores.xlsx";
    return plain(XlsxFile.read(find(root, name, "Annotations/" + name)));
  }

  private static List<Annotation> tid2013(Path root) {
    Path file = find(root, "mos_with_names.txt");
    List<Annotation> annotations = new ArrayList<>();
    try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
      int number = 0;
      for (String line : (Iterable<String>) lines::iterator) {
        String source = file + ":" + ++number;
        String[] fields = line.strip().split("\\s+", -1);
        if (line.isBlank()) {
          continue;
        }
        // i01_24_5.bmp: the first picture, distorted in the 24th way, most strongly.
        if (fields.length != 2 || fields[1].indexOf('_') < 1) {
          throw new DatasetException(source + ": not a score and a name such as I01_24_5.bmp");
        }
        annotations.add(
            new Annotation(
                fields[1],
                number(fields[0], source),
                Optional.empty(),
                Optional.of(fields[1].substring(0, fields[1].indexOf('_'))),
                source));
      }
    } catch (IOException e) {
      throw new DatasetException(file + ": cannot be read: " + e.getMessage(), e);
    }
    return annotations;
  }

  /** Annotations of a name and a score in the first two columns. */
  static List<Annotation> plain(Table table) {
    return table.rows().stream()
        .map(row -> annotation(table, row, Optional.empty(), Optional.empty()))
        .toList();
  }

  private static Annotation annotation(
      Table table, Table.Row row, Optional<Part> part, Optional<String> reference) {
    String source = table.source(row);
    return new Annotation(row.first(), number(row.second(), source), part, reference, source);
  }

  private static double number(String text, String source) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw new DatasetException(source + ": \"" + text + "\" is no number", e);
    }
  }

  private static Path find(Path root, String... places) {
    return Stream.of(places)
        .map(root::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(
            () -> new DatasetException(root.resolve(places[0]) + ": there is no such file"));
  }
}
