package io.dpiqa.dataset;

import io.dpiqa.dataset.Split.Part;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Pictures with people's scores, from one of the {@link Layout}s or listed in a CSV file. */
public final class Dataset {
  private final String name;
  private final PictureFolder folder;
  private final List<Annotation> annotations;
  private final Scale scale;

  Dataset(String name, Path folder, List<Annotation> annotations, Scale scale) {
    this.name = name;
    this.folder = new PictureFolder(folder);
    this.annotations = List.copyOf(annotations);
    this.scale = scale;
  }

  /**
   * Reads a CSV file with a header.
   *
   * @param csv in UTF-8, with or without a byte-order mark
   * @param folder what the paths are relative to; none may lead out of it
   * @param pathColumn heading of the column of paths; absent, the first
   * @param scoreColumn heading of the column of scores; absent, the second
   * @param scale of the scores
   * @throws DatasetException if the file cannot be read, has no header, lacks a column or lists no
   *     picture, or a score is no number
   */
  public static Dataset csv(
      Path csv,
      Path folder,
      Optional<String> pathColumn,
      Optional<String> scoreColumn,
      Scale scale) {
    Table first = CsvFile.read(csv);
    if (new PictureFolder(folder).find(first.header().first()).isPresent()) {
      throw first.error(first.header(), "a picture where the headings of the columns must be");
    }
    Table table =
        pathColumn.isEmpty() && scoreColumn.isEmpty()
            ? first
            : CsvFile.read(
                csv,
                pathColumn.orElse(first.header().first()),
                scoreColumn.orElse(first.header().second()));
    List<Annotation> annotations = Layout.plain(table);
    if (annotations.isEmpty()) {
      throw new DatasetException(csv + ": lists no picture");
    }
    return new Dataset(csv.getFileName().toString(), folder, annotations, scale);
  }

  /**
   * Photographs that nobody rated, and that are taken to be perfect.
   *
   * @param folder what the paths are relative to
   * @param paths of the photographs
   */
  public static Dataset unrated(Path folder, List<String> paths) {
    return new Dataset(
        "photographs without scores",
        folder,
        paths.stream()
            .map(p -> new Annotation(p, 1, Optional.empty(), Optional.empty(), folder.toString()))
            .toList(),
        new Scale(0, 1));
  }

  /** What the dataset is called: its layout, or its CSV file. */
  public String name() {
    return name;
  }

  /** The folder of the pictures. */
  public Path folder() {
    return folder.path();
  }

  /** What the annotation files say, in their order, whether or not the pictures are there. */
  public List<Annotation> annotations() {
    return annotations;
  }

  /** The scale of the annotations' scores. */
  public Scale scale() {
    return scale;
  }

  /** The same, with scores that are taken to be on another scale. */
  public Dataset onScale(Scale other) {
    return new Dataset(name, folder.path(), annotations, other);
  }

  /**
   * Which pictures there are, and what is wrong with the annotations.
   *
   * @param images every picture that is there, once, in the order of the annotations; the score of
   *     one that is off the scale is not within 0 to 1
   * @param offScale annotations whose scores are not on the scale
   * @param missing annotations of pictures that are not there
   * @param repeated annotations that say again what others said
   * @param contradicted annotations that give a picture another score or part than others did
   */
  public record Listing(
      List<LabelledImage> images,
      List<Annotation> offScale,
      List<Annotation> missing,
      List<Annotation> repeated,
      List<Annotation> contradicted) {}

  /** Looks for all pictures. */
  public Listing listing() {
    Map<Path, Annotation> found = new LinkedHashMap<>();
    List<Annotation> missing = new ArrayList<>();
    List<Annotation> repeated = new ArrayList<>();
    List<Annotation> contradicted = new ArrayList<>();
    for (Annotation annotation : annotations) {
      Optional<Path> file = folder.find(annotation.name());
      if (file.isEmpty()) {
        missing.add(annotation);
        continue;
      }
      Annotation other = found.putIfAbsent(file.get(), annotation);
      if (other != null) {
        (agree(annotation, other) ? repeated : contradicted).add(annotation);
      }
    }
    List<LabelledImage> images =
        found.entrySet().stream().map(e -> labelled(e.getValue(), e.getKey())).toList();
    return new Listing(
        images, offScale(), List.copyOf(missing), List.copyOf(repeated), List.copyOf(contradicted));
  }

  private LabelledImage labelled(Annotation annotation, Path file) {
    return new LabelledImage(annotation.name(), file, scale.normalise(annotation.score()));
  }

  private List<Annotation> offScale() {
    return annotations.stream().filter(annotation -> !scale.has(annotation.score())).toList();
  }

  private static boolean agree(Annotation one, Annotation other) {
    return one.score() == other.score() && one.part().equals(other.part());
  }

  /**
   * All pictures, in the order of the annotations. One that is listed again with the same score and
   * part is taken once.
   *
   * @throws DatasetException if a score is not on the scale, or a picture is missing or is listed
   *     again with another score or part
   */
  public List<LabelledImage> images() {
    requireScale();
    Listing listing = listing();
    if (!listing.contradicted().isEmpty()) {
      Annotation first = listing.contradicted().get(0);
      throw new DatasetException(
          "%s: \"%s\" is listed twice, with another score or part%s"
              .formatted(first.source(), first.name(), others(listing.contradicted())));
    }
    if (!listing.missing().isEmpty()) {
      Annotation first = listing.missing().get(0);
      throw new DatasetException(
          "%s: there is no picture \"%s\" in %s%s"
              .formatted(first.source(), first.name(), folder.path(), others(listing.missing())));
    }
    return listing.images();
  }

  private void requireScale() {
    List<Annotation> offScale = offScale();
    if (!offScale.isEmpty()) {
      Annotation first = offScale.get(0);
      throw new DatasetException(
          "%s: the score %s is not within %s; name its scale or correct it%s"
              .formatted(first.source(), first.score(), scale, others(offScale)));
    }
  }

  private static String others(List<Annotation> annotations) {
    return annotations.size() == 1
        ? ""
        : "; dpiqa dataset check names %d more".formatted(annotations.size() - 1);
  }

  /**
   * The pictures of one part.
   *
   * @throws DatasetException if the split is not one of this dataset, or a score of any part is not
   *     on the scale
   */
  public Dataset part(Split split, Part part) {
    requireScale(); // a score that is off it casts doubt on all
    List<String> names = namesIn(split);
    split.requireNames(names);
    return new Dataset(
        name,
        folder.path(),
        IntStream.range(0, names.size())
            .filter(i -> split.has(part, names.get(i)))
            .mapToObj(annotations::get)
            .toList(),
        scale);
  }

  /**
   * What a split calls every picture: the annotations may list one again, and spell it otherwise.
   */
  private List<String> namesIn(Split split) {
    List<Annotation> others =
        annotations.stream().filter(annotation -> !split.knows(annotation.name())).toList();
    if (others.isEmpty()) {
      return annotations.stream().map(Annotation::name).toList();
    }
    Map<Path, String> known = new HashMap<>();
    for (Annotation annotation : annotations) {
      if (split.knows(annotation.name())) {
        folder.find(annotation.name()).ifPresent(file -> known.put(file, annotation.name()));
      }
    }
    return annotations.stream()
        .map(
            annotation ->
                split.knows(annotation.name())
                    ? annotation.name()
                    : folder.find(annotation.name()).map(known::get).orElse(annotation.name()))
        .toList();
  }

  /** The authors' own split, if they made one. It may have no validation part. */
  public Optional<Split> officialSplit() {
    Map<String, Part> parts = new HashMap<>();
    annotations.forEach(a -> a.part().ifPresent(part -> parts.put(a.name(), part)));
    return parts.isEmpty() ? Optional.empty() : Optional.of(Split.of(parts));
  }

  /**
   * A split of all pictures. One that has no test part, as of the training part alone, leaves the
   * authors' test part what it is.
   */
  public Split complete(Split split) {
    return split.size(Part.TEST) > 0
        ? split
        : officialSplit().map(official -> split.with(Part.TEST, official)).orElse(split);
  }

  /**
   * The images in groups that were made from the same undistorted picture, in their order; absent
   * where the pictures were not made from others.
   */
  public Optional<List<List<LabelledImage>>> referenceGroups(List<LabelledImage> images) {
    Map<String, String> references = new HashMap<>();
    annotations.forEach(a -> a.reference().ifPresent(r -> references.put(a.name(), r)));
    if (references.isEmpty()) {
      return Optional.empty();
    }
    Map<String, List<LabelledImage>> groups = new LinkedHashMap<>();
    for (LabelledImage image : images) {
      String reference = references.get(image.name()).toLowerCase(Locale.ROOT);
      groups.computeIfAbsent(reference, r -> new ArrayList<>()).add(image);
    }
    return Optional.of(List.copyOf(groups.values()));
  }
}
