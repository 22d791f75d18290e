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

/** Pictures with people's scores, from one of the {@link Layout}s or listed in a CSV file. */
public final class Dataset {
  private final String name;
  private final PictureFolder folder;
  private final List<Annotation> annotations;

  Dataset(String name, Path folder, List<Annotation> annotations) {
    this.name = name;
    this.folder = new PictureFolder(folder);
    this.annotations = List.copyOf(annotations);
  }

  /**
   * Reads a CSV file with a header.
   *
   * @param csv in UTF-8, with or without a byte-order mark
   * @param folder what the paths are relative to; none may lead out of it
   * @param pathColumn heading of the column of paths; absent, the first
   * @param scoreColumn heading of the column of scores; absent, the second
   * @param scale of the scores
   * @throws DatasetException if the file cannot be read, has no header or lacks a column, or a
   *     score is not on the scale
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
    return new Dataset(csv.getFileName().toString(), folder, Layout.plain(table, scale));
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

  /** Where a picture is, if it is there; the case of its name may differ. */
  public Optional<Path> file(Annotation annotation) {
    return folder.find(annotation.name());
  }

  /**
   * All pictures, in the order of the annotations. One that is listed again with the same score and
   * part is taken once.
   *
   * @throws DatasetException if a picture is missing, or is listed again with another score or part
   */
  public List<LabelledImage> images() {
    Map<Path, Annotation> found = new LinkedHashMap<>();
    List<Annotation> missing = new ArrayList<>();
    for (Annotation annotation : annotations) {
      Optional<Path> file = file(annotation);
      if (file.isEmpty()) {
        missing.add(annotation);
        continue;
      }
      Annotation other = found.putIfAbsent(file.get(), annotation);
      if (other != null && !agree(annotation, other)) {
        throw new DatasetException(
            "%s: \"%s\" is listed twice, and otherwise in %s"
                .formatted(annotation.source(), annotation.name(), other.source()));
      }
    }
    if (!missing.isEmpty()) {
      throw missing(missing);
    }
    return found.entrySet().stream()
        .map(e -> new LabelledImage(e.getValue().name(), e.getKey(), e.getValue().score()))
        .toList();
  }

  /**
   * The pictures of one part.
   *
   * @throws DatasetException if the split is not one of this dataset
   */
  public Dataset part(Split split, Part part) {
    split.requireNames(annotations.stream().map(Annotation::name).toList());
    return new Dataset(
        name, folder.path(), annotations.stream().filter(a -> split.has(part, a.name())).toList());
  }

  private static boolean agree(Annotation one, Annotation other) {
    return one.score() == other.score() && one.part().equals(other.part());
  }

  private DatasetException missing(List<Annotation> missing) {
    Annotation first = missing.get(0);
    String others =
        missing.size() == 1
            ? ""
            : ", nor %d others; dpiqa dataset check names them".formatted(missing.size() - 1);
    return new DatasetException(
        "%s: there is no picture \"%s\" in %s%s"
            .formatted(first.source(), first.name(), folder.path(), others));
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
