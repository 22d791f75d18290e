package io.dpiqa.train;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.weights.FreeMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The recipe of the model in the box; {@code docs/model-training.md} says how it was made. */
public final class BuiltInModel {
  /** Name of the backbone's folder. */
  public static final String BACKBONE_FOLDER = "backbone";

  /** First, what the pictures of Tiny ImageNet show. */
  public static final BackboneRecipe BACKBONE =
      BackboneRecipe.fromJson(
          """
          {"cropSize": 128,
           "schedule": {"batch": 512, "checkpoints": true, "epochs": 20, "learningRate": 2e-3}}
          """,
          BackboneRecipe.DEFAULT);

  private static final StudentRecipe SCORES =
      StudentRecipe.fromJson(
          """
          {"inputSize": 384, "cropSize": 224, "partFrom": 0.45, "partTo": 0.85,
           "twins": {"weight": 3, "count": 2, "size": 512, "shares": {"motion blur": 0}},
           "schedule": {"batch": 64, "checkpoints": true, "epochs": 34, "learningRate": 1e-3,
                        "averageDecay": 0.998}}
          """);

  // With kept statistics, parts need as little memory, and nothing is computed twice.
  private static final StudentRecipe SETTLING =
      StudentRecipe.fromJson(
          """
          {"keepStatistics": true, "loss": "SQUARED_ERROR", "scoreWeight": 5, "twins": {"weight": 1},
           "schedule": {"checkpoints": false, "parts": 4, "epochs": 6, "warmupEpochs": 0.1,
                        "learningRate": 3e-4}}
          """,
          SCORES);

  private static final StudentRecipe FAULTS =
      StudentRecipe.fromJson(
          """
          {"headRate": 1,
           "twins": {"weight": 6, "adjacent": true, "margin": 0.02,
                     "shares": {"jpeg compression": 5, "overexposure": 5, "underexposure": 3,
                                "contrast": 2}},
           "schedule": {"epochs": 24, "learningRate": 4e-4}}
          """,
          SETTLING);

  private static final StudentRecipe EXPOSURE =
      StudentRecipe.fromJson(
          """
          {"twins": {"weight": 8,
                     "shares": {"jpeg compression": 4, "overexposure": 6, "underexposure": 5,
                                "contrast": 2}},
           "schedule": {"epochs": 18, "seed": 2}}
          """,
          FAULTS);

  private static final StudentRecipe WHOLE =
      StudentRecipe.fromJson(
          """
          {"cropSize": 384, "partFrom": 0, "partTo": 0, "twins": {"weight": 12},
           "initialShare": 0.5,
           "schedule": {"parts": 16, "epochs": 4, "learningRate": 2e-4, "averageDecay": 0.99,
                        "seed": 3}}
          """,
          EXPOSURE);

  // Learnt to its end this ranks photographs worse; a quarter of the way it does not, and knows
  // motion.
  private static final StudentRecipe MOTION =
      StudentRecipe.fromJson(
          """
          {"cropSize": 224, "partFrom": 0.45, "partTo": 0.85,
           "twins": {"weight": 6, "margins": {"motion blur": 0.1},
                     "shares": {"motion blur": 12, "jpeg compression": 4, "overexposure": 5,
                                "underexposure": 4}},
           "initialShare": 0.75,
           "schedule": {"batch": 16, "parts": 1, "epochs": 1, "warmupEpochs": 0.05, "seed": 4}}
          """,
          WHOLE);

  // Begins with a mean, which ranks better than what it is of, as pictures of 416 x 416 are ranked
  // better than smaller ones.
  private static final StudentRecipe LEVELLED =
      StudentRecipe.fromJson(
          """
          {"head": "LEVELLED", "inputSize": 416,
           "twins": {"margins": {"motion blur": 0.06},
                     "shares": {"motion blur": 6, "overexposure": 8, "underexposure": 3}},
           "initialShare": 0.5,
           "schedule": {"learningRate": 6e-5, "seed": 6}}
          """,
          MOTION);

  // Order is learnt once more, of whole pictures, while scores are held. Half of the way
  // costs fewer ranks than all of it.
  private static final StudentRecipe ORDER =
      StudentRecipe.fromJson(
          """
          {"cropSize": 416, "partFrom": 0, "partTo": 0, "scoreWeight": 0,
           "initialScoreWeight": 10, "dropout": false,
           "twins": {"weight": 8, "margins": {"motion blur": 0.04},
                     "shares": {"overexposure": 10, "jpeg compression": 5, "motion blur": 5,
                                "underexposure": 4, "quantization": 2}},
           "schedule": {"parts": 4, "warmupEpochs": 0.1, "learningRate": 1e-4,
                        "averageDecay": 0.97, "seed": 8}}
          """,
          LEVELLED);

  // And once more, while scores of photographs that no stage before has seen are held too: what is
  // said of those it has learnt by heart says little of what others get.
  private static final StudentRecipe HELD =
      StudentRecipe.fromJson(
          """
          {"initialScoreWeight": 20, "initialShare": 0,
           "twins": {"shares": {"overexposure": 10, "jpeg compression": 8, "motion blur": 4,
                                "underexposure": 5, "contrast": 1, "quantization": 3}},
           "schedule": {"seed": 12}}
          """,
          ORDER);

  // Nothing is learnt. Only the scale of scores is fitted, as it is wherever correlation leaves it
  // free.
  private static final StudentRecipe SCALE =
      StudentRecipe.fromJson(
          """
          {"loss": "CORRELATION", "scoreWeight": 1, "initialScoreWeight": 0,
           "schedule": {"epochs": 0}}
          """,
          HELD);

  /**
   * A part of the training of a student.
   *
   * @param name of its folder
   * @param recipe what is done
   * @param beginsWith stages before it, the mean of whose weights it begins with, one that is named
   *     twice counting twice; {@link #BACKBONE_FOLDER} for the backbone
   */
  public record Stage(String name, StudentRecipe recipe, List<String> beginsWith) {}

  /**
   * The first stages, of rated pictures: people's scores and degraded twins together; the same with
   * BatchNorm's statistics of whole pictures.
   */
  public static final List<Stage> RATED =
      List.of(
          new Stage("scores", SCORES, List.of(BACKBONE_FOLDER)),
          new Stage("settling", SETTLING, List.of("scores")));

  /**
   * The next stages, of rated pictures and of photographs without faults, which have the score that
   * the first stages' student gives them: the faults that are most often out of order; exposure
   * among them; whole pictures; motion; larger pictures brought to full brightness; and order once
   * more while scores are held.
   */
  public static final List<Stage> FAULTLESS =
      List.of(
          new Stage("faults", FAULTS, List.of("settling")),
          new Stage("exposure", EXPOSURE, List.of("faults")),
          new Stage("whole", WHOLE, List.of("exposure")),
          new Stage("motion", MOTION, List.of("whole")),
          new Stage("levelled", LEVELLED, List.of("motion", "motion", "settling")),
          new Stage("order", ORDER, List.of("levelled")));

  /** Of the same and of photographs of any kind that nobody rated: order, while scores are held. */
  public static final List<Stage> UNRATED = List.of(new Stage("held", HELD, List.of("order")));

  /** Of the pictures of {@link #FAULTLESS}: the scale of scores. */
  public static final List<Stage> SCALED = List.of(new Stage("scale", SCALE, List.of("held")));

  /** How often a photograph that nobody rated is seen in an epoch. */
  public static final int UNRATED_TIMES = 6;

  private BuiltInModel() {}

  /**
   * Makes sure that there is the device and, on a CPU, memory for every stage: the last ones come
   * after hours.
   *
   * @param kinds how many kinds of pictures the backbone is to know
   * @throws TrainingException if there is not
   */
  public static void require(Device device, int kinds) {
    TrainingException.requireDevice(device);
    if (device != Device.CPU) {
      return;
    }
    long needed = bytes(kinds);
    Memory.require(needed, FreeMemory.bytes(), List.of(), change -> needed);
  }

  /**
   * Makes sure that the decoded pictures of all stages fit on the disk: the last ones are decoded
   * after days.
   *
   * @param folder that the folders of the stages are in, or will be; what is decoded there already
   *     needs no more room
   * @param rated pictures with people's scores
   * @param faultless how many photographs without faults there are
   * @param unrated how many photographs of any kind there are that nobody rated
   * @throws TrainingException if they do not
   */
  public static void requireSpace(
      Path folder, BackboneData shown, TrainingData rated, int faultless, int unrated)
      throws IOException {
    long needed =
        bytesOnDisk(
            shown.training().size() + shown.validation().size(),
            rated.training().size(),
            rated.validation().size(),
            faultless,
            unrated);
    Files.createDirectories(folder);
    long free = Files.getFileStore(folder).getUsableSpace() + PixelFile.bytesIn(folder);
    if (free < needed) {
      throw new TrainingException(
          String.format(
              Locale.ROOT,
              "%s: the decoded pictures of all stages take %.1f GB, and there is room for %.1f",
              folder,
              needed / 1e9,
              free / 1e9));
    }
  }

  /** What the decoded pictures of all stages take, by how many of each there are. */
  static long bytesOnDisk(int shown, int training, int validation, int faultless, int unrated) {
    return PixelFile.bytes(shown, BACKBONE.inputSize())
        + bytesLearntFrom(RATED, training)
        + bytesLearntFrom(FAULTLESS, training + faultless)
        + bytesLearntFrom(UNRATED, training + faultless + unrated)
        + stages()
            .map(stage -> stage.recipe().inputSize())
            .distinct()
            .mapToLong(size -> PixelFile.bytes(validation, size))
            .sum();
  }

  /** Pictures are decoded once for each size, whole and for twins. */
  private static long bytesLearntFrom(List<Stage> stages, int pictures) {
    return stages.stream()
        .flatMap(stage -> Stream.of(stage.recipe().inputSize(), stage.recipe().sizeOfTwins()))
        .distinct()
        .mapToLong(size -> PixelFile.bytes(pictures, size))
        .sum();
  }

  private static Stream<Stage> stages() {
    return Stream.of(RATED, FAULTLESS, UNRATED, SCALED).flatMap(List::stream);
  }

  /** Bytes that the stage takes that takes most. */
  static long bytes(int kinds) {
    return stages()
        .mapToLong(stage -> StudentLearner.bytes(stage.recipe()))
        .reduce(BackboneTrainer.bytes(BACKBONE, kinds), Math::max);
  }
}
