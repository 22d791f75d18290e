package io.dpiqa.train;

import io.dpiqa.FeatureMap;
import io.dpiqa.QualityModel;
import io.dpiqa.Reading;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.image.ImageDecoder;
import io.dpiqa.image.RgbImage;
import io.dpiqa.network.Student;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a teacher says of pictures, and of their mirror images where they are needed, in one file:
 * it costs far more than what the student does with it. Rows are {@code [score, feature map]}, or
 * the score alone.
 */
final class TeacherFile {
  private final FloatFile rows;
  private final int orientations;

  private TeacherFile(FloatFile rows, int orientations) {
    this.rows = rows;
    this.orientations = orientations;
  }

  /**
   * What the teacher says of these pictures, from the file of an earlier run where there is one. An
   * earlier run that was interrupted is gone on with.
   *
   * @param mirrored whether of their mirror images too
   * @param maps whether with feature maps
   * @param folder to keep the file in; its name is a hash of the pictures' files, what is read of
   *     them, and the teacher
   * @param listener told after every picture
   * @throws TrainingException if a picture cannot be decoded, the teacher's map has another shape
   *     than a student's or is no number, or the disk is too small
   * @throws io.dpiqa.ModelException if the teacher has no feature map, or its network fails
   */
  static TeacherFile of(
      QualityModel teacher,
      List<LabelledImage> images,
      boolean mirrored,
      boolean maps,
      Path folder,
      Consumer<Preparation> listener)
      throws IOException {
    int orientations = mirrored ? 2 : 1;
    int size = teacher.card().inputSize();
    int width = maps ? 1 + Student.MAP_CHANNELS * Student.MAP_SIZE * Student.MAP_SIZE : 1;
    List<Path> files = images.stream().map(LabelledImage::file).toList();
    String key = PixelFile.key(files, "%d %d %s".formatted(orientations, width, teacher.sha256()));
    ImageDecoder decoder = new ImageDecoder();
    FloatFile rows =
        FloatFile.of(
            folder.resolve("teacher-" + key + ".bin"),
            images.size() * orientations,
            width,
            row -> {
              LabelledImage image = images.get(row / orientations);
              byte[] rgb = PixelFile.decode(decoder, image.file(), size);
              if (row % orientations == 1) {
                PixelFile.mirror(rgb, 0, size);
              }
              float[] values = maps ? reading(teacher, rgb) : score(teacher, rgb);
              requireNumbers(teacher, image, values);
              listener.accept(
                  new Preparation("the teacher reads", row + 1, images.size() * orientations));
              return values;
            });
    return new TeacherFile(rows, orientations);
  }

  private static float[] score(QualityModel teacher, byte[] rgb) {
    int size = teacher.card().inputSize();
    return new float[] {(float) teacher.score(new RgbImage(size, size, rgb)).raw()};
  }

  private static float[] reading(QualityModel teacher, byte[] rgb) {
    Reading reading = teacher.reading(rgb);
    FeatureMap map = reading.map();
    if (map.channels() != Student.MAP_CHANNELS
        || map.height() != Student.MAP_SIZE
        || map.width() != Student.MAP_SIZE) {
      throw new TrainingException(
          "%s: its feature map is %d x %d x %d, a student's %d x %d x %d; set mapWeight to 0"
              .formatted(
                  teacher.id(),
                  map.channels(),
                  map.height(),
                  map.width(),
                  Student.MAP_CHANNELS,
                  Student.MAP_SIZE,
                  Student.MAP_SIZE));
    }
    float[] values = map.values();
    float[] row = new float[1 + values.length];
    row[0] = (float) reading.raw();
    System.arraycopy(values, 0, row, 1, values.length);
    return row;
  }

  private static void requireNumbers(QualityModel teacher, LabelledImage image, float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw new TrainingException(
            "%s: its feature map of %s holds %s; import or train it again"
                .formatted(teacher.id(), image.name(), value));
      }
    }
  }

  /** Where a picture, or its mirror image, is. */
  int row(int image, boolean mirrored) {
    return image * orientations + (mirrored ? 1 : 0);
  }

  /** The teacher's scores, {@code [N]}. */
  float[] scores(int... at) {
    return rows.columns(0, 1, at);
  }

  /** The teacher's feature maps, {@code [N, 8, 64, 64]}. */
  float[] maps(int... at) {
    return rows.columns(1, rows.width() - 1, at);
  }
}
