package io.dpiqa.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.types.Array;
import us.hebi.matlab.mat.types.Cell;
import us.hebi.matlab.mat.types.Char;
import us.hebi.matlab.mat.types.Matrix;
import us.hebi.matlab.mat.types.Source;
import us.hebi.matlab.mat.types.Sources;

/** Reads one variable of a MATLAB file, level 5, as a list. */
final class MatFile {

  /** Bytes of a file, and elements of a variable, beyond which it is no list of pictures. */
  private static final int LIMIT = 16 << 20;

  private MatFile() {}

  /**
   * Reads a cell array of texts.
   *
   * @throws DatasetException if the file cannot be read or has no such variable
   */
  static List<String> texts(Path file, String variable) {
    Cell cells = read(file, variable, Cell.class);
    return IntStream.range(0, cells.getNumElements())
        .mapToObj(i -> cells.get(i) instanceof Char text ? text.getString().strip() : "")
        .toList();
  }

  /**
   * Reads a matrix of numbers.
   *
   * @throws DatasetException if the file cannot be read or has no such variable
   */
  static double[] numbers(Path file, String variable) {
    Matrix matrix = read(file, variable, Matrix.class);
    return IntStream.range(0, matrix.getNumElements()).mapToDouble(matrix::getDouble).toArray();
  }

  private static boolean isSmall(int[] dimensions) {
    return dimensions.length == 2 && (long) dimensions[0] * dimensions[1] <= LIMIT;
  }

  private static <T extends Array> T read(Path file, String variable, Class<T> type) {
    if (!Files.isRegularFile(file)) {
      throw new DatasetException(file + ": there is no such file");
    }
    Array array;
    try {
      if (Files.size(file) > LIMIT) {
        throw new DatasetException(file + ": too large to be a list of pictures");
      }
      try (Source source = Sources.wrap(Files.readAllBytes(file))) {
        array =
            Mat5.newReader(source)
                .setMaxInflateBufferSize(LIMIT)
                .setEntryFilter(
                    entry -> entry.getName().equals(variable) && isSmall(entry.getDimensions()))
                .readMat()
                .getArray(0);
      }
    } catch (DatasetException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // a broken file throws this and that
      throw new DatasetException(file + ": holds no MATLAB variable \"" + variable + "\"", e);
    }
    if (!type.isInstance(array)) {
      throw new DatasetException(file + ": \"" + variable + "\" is of another kind");
    }
    return type.cast(array);
  }
}
