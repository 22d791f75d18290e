package io.dpiqa.train;

import io.dpiqa.network.Backbone;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.Student;
import io.dpiqa.torch.TorchOperations.Precision;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that decides, together with the data, what student a training run makes.
 *
 * @param backbone {@code efficientnet-b0} to {@code efficientnet-b7} or {@code resnet18-16}, {@code
 *     -32} or {@code -64}; see {@link Backbone#named}
 * @param head how features become a score; {@link Student.Head#LEVELLED} to go on from the model in
 *     the box
 * @param inputSize side in pixels of the square that pictures are resized to
 * @param cropSize side in pixels of the square cut out of it at random, or of what a part is
 *     resized to, at most the input size; validation and scoring see the whole picture
 * @param partFrom the least share of a picture's width, and of its height, that a crop is of: both
 *     are drawn, each on its own, and what is cut out is resized to the crop size, so that no size
 *     and no aspect ratio is learnt by heart; 0, with partTo, for squares of the crop size
 * @param partTo the largest such share, at most 1
 * @param headRate learning rate of the head's last layer, as a share of the others': the pooled
 *     head sums thousands of features, and so its score moves further than any of its weights
 * @param loss how scores are compared with people's
 * @param scoreWeight weight of that loss; 0 learns from a teacher or twins alone
 * @param teacherScoreWeight weight of the mean squared error to a teacher's score of the whole
 *     picture
 * @param initialScoreWeight weight of the mean squared error to the score that the weights to begin
 *     with give the same crop: what is learnt from twins is not to change what is said of pictures
 *     (Li and Hoiem, "Learning without Forgetting", arXiv 1606.09282); needs keepStatistics, and no
 *     pretrainEpochs
 * @param mapWeight weight of the mean squared error of the feature map to a teacher's; needs the
 *     head that has one, and whole pictures
 * @param rankingWeight weight of the pairwise margin ranking loss, by people's scores
 * @param twins how pictures are compared with degraded versions of themselves
 * @param keepStatistics whether BatchNorm keeps the statistics of the weights to begin with: for
 *     small batches and few pictures; otherwise those of a model, whose BatchNorm is folded, are
 *     measured before the first step
 * @param initialShare share of the weights to begin with in the result, 0 to 1, the rest being
 *     those that were learnt: what was known is not forgotten for what is new (Wortsman et al.,
 *     "Robust Fine-Tuning of Zero-Shot Models", arXiv 2109.01903); needs keepStatistics
 * @param ridge penalty of the ridge regression that fits the pooled head to the features of the
 *     backbone as it begins, before the first epoch; 0 leaves the head at random, as other heads
 *     are
 * @param dropout whether what a pooled head reads, and EfficientNet's residual blocks, are left out
 *     at random while it learns
 * @param flip whether pictures are mirrored left to right at random
 * @param pretrainEpochs epochs before the schedule's, at its maximum learning rate, in which no
 *     scores are learnt from: of every picture, the more degraded of two twins, made as {@code
 *     twins} says, is to score lower (RankIQA: Liu, van de Weijer and Bagdanov, arXiv 1707.08347)
 * @param schedule how it learns; in parts only with keepStatistics and without rankingWeight
 */
public record StudentRecipe(
    String backbone,
    Student.Head head,
    int inputSize,
    int cropSize,
    double partFrom,
    double partTo,
    double headRate,
    Loss loss,
    double scoreWeight,
    double teacherScoreWeight,
    double initialScoreWeight,
    double mapWeight,
    double rankingWeight,
    Twins twins,
    boolean keepStatistics,
    double initialShare,
    double ridge,
    boolean dropout,
    boolean flip,
    int pretrainEpochs,
    Schedule schedule) {

  /** How scores are compared with people's. */
  public enum Loss {
    /** Mean squared error, as published. */
    SQUARED_ERROR,
    /**
     * Linear correlation within a batch. Learns several times faster, from batches of two dozen
     * pictures upwards; scale and offset of the scores are fitted afterwards.
     */
    CORRELATION
  }

  /** A compact student, from nothing but pictures and scores. */
  public static final StudentRecipe COMPACT =
      new StudentRecipe(
          "efficientnet-b0",
          Student.Head.POOLED,
          256,
          144,
          0,
          0,
          0.03,
          Loss.CORRELATION,
          1,
          0,
          0,
          0,
          0,
          Twins.NONE,
          false,
          0,
          100,
          true,
          true,
          0,
          new Schedule(
              32,
              1,
              14,
              1e-3,
              1,
              List.of(),
              0.9,
              0.999,
              1e-8,
              0.05,
              0.999,
              Schedule.Keep.LAST,
              Precision.FLOAT32,
              false,
              1));

  private static final Map<String, StudentRecipe> BY_NAME = byName();

  /** The preset that goes on from a model, and is nothing without one. */
  public static final String FINE_TUNING = "fine-tuning";

  /**
   * The recipes that have a name: {@link #COMPACT}, one to go on from the model in the box, the
   * published one for each dataset, and that in small.
   */
  public static final List<String> PRESETS = List.copyOf(BY_NAME.keySet());

  private static final int MAX_SIZE = 2048;
  private static final int MIN_SIZE = 32;

  /**
   * @throws IllegalArgumentException naming the value that is out of range
   */
  public StudentRecipe {
    RecipeJson.require(backbone != null, "backbone", backbone);
    Backbone.named(backbone);
    RecipeJson.require(head != null, "head", head);
    RecipeJson.require(inputSize >= MIN_SIZE && inputSize <= MAX_SIZE, "inputSize", inputSize);
    RecipeJson.require(cropSize >= MIN_SIZE && cropSize <= inputSize, "cropSize", cropSize);
    RecipeJson.require(
        (partFrom == 0 && partTo == 0) || (partFrom > 0 && partFrom <= partTo),
        "partFrom",
        partFrom + ", with partTo " + partTo);
    RecipeJson.require(partTo >= 0 && partTo <= 1, "partTo", partTo);
    RecipeJson.require(headRate > 0 && headRate <= 1, "headRate", headRate);
    RecipeJson.require(loss != null, "loss", loss);
    requireWeight("scoreWeight", scoreWeight);
    requireWeight("teacherScoreWeight", teacherScoreWeight);
    requireWeight("initialScoreWeight", initialScoreWeight);
    requireWeight("mapWeight", mapWeight);
    requireWeight("rankingWeight", rankingWeight);
    RecipeJson.require(
        mapWeight == 0 || head == Student.Head.FEATURE_MAP,
        "mapWeight",
        mapWeight + ", as head " + head + " has no feature map; FEATURE_MAP has");
    // A teacher's map is one of the whole picture.
    RecipeJson.require(
        mapWeight == 0 || cropSize == inputSize,
        "mapWeight",
        mapWeight + " with crops; make cropSize the inputSize, " + inputSize);
    RecipeJson.require(
        mapWeight == 0 || partTo == 0,
        "mapWeight",
        mapWeight + " with parts of pictures; make partFrom and partTo 0");
    RecipeJson.require(twins != null, "twins", twins);
    // Scores that are held teach nothing by themselves.
    RecipeJson.require(
        scoreWeight > 0 || teacherScoreWeight > 0 || (initialScoreWeight > 0 && twins.weight() > 0),
        "scoreWeight",
        "0 unless teacherScoreWeight is more, or initialScoreWeight and twins.weight are");
    RecipeJson.require(
        twins.size() == 0 || (twins.size() >= inputSize && twins.size() <= MAX_SIZE),
        "twins.size",
        twins.size());
    RecipeJson.require(pretrainEpochs >= 0, "pretrainEpochs", pretrainEpochs);
    RecipeJson.require(schedule != null, "schedule", schedule);
    int epochs = pretrainEpochs + schedule.epochs();
    // BatchNorm does not bound them then, and the scores grow by orders of magnitude.
    RecipeJson.require(
        !keepStatistics || loss != Loss.CORRELATION || scoreWeight == 0 || epochs == 0,
        "loss",
        loss + " with keepStatistics, as nothing would keep the scores' scale; SQUARED_ERROR does");
    RecipeJson.require(
        initialShare == 0 || (keepStatistics && initialShare > 0 && initialShare < 1),
        "initialShare",
        initialShare + (keepStatistics ? "" : " without keepStatistics"));
    // Other statistics would give other scores than are held, and pre-training holds none.
    RecipeJson.require(
        initialScoreWeight == 0 || keepStatistics,
        "initialScoreWeight",
        initialScoreWeight + " without keepStatistics");
    RecipeJson.require(
        initialScoreWeight == 0 || pretrainEpochs == 0,
        "initialScoreWeight",
        initialScoreWeight + " with pretrainEpochs");
    RecipeJson.require(ridge >= 0 && ridge < 1e9, "ridge", ridge);
    // BatchNorm's statistics, and ranking, are of a whole batch.
    RecipeJson.require(
        schedule.parts() == 1 || addsUp(keepStatistics, rankingWeight),
        "schedule.parts",
        "more than 1 " + (keepStatistics ? "with rankingWeight" : "without keepStatistics"));
    RecipeJson.require(schedule.batch() >= 2, "schedule.batch", "1");
  }

  private static void requireWeight(String name, double weight) {
    RecipeJson.require(weight >= 0 && weight < 1e6, name, weight);
  }

  private static Map<String, StudentRecipe> byName() {
    Map<String, StudentRecipe> presets = new LinkedHashMap<>();
    presets.put("compact", COMPACT);
    presets.put(FINE_TUNING, fineTuning());
    presets.put("small", small());
    presets.put("published-clive", published(List.of(10, 25)));
    presets.put("published-koniq10k", published(List.of(5)));
    presets.put("published-livefb", published(List.of(4)));
    presets.put("published-spaq", published(List.of(6)));
    return presets;
  }

  private static StudentRecipe published(List<Integer> decayAfter) {
    return new StudentRecipe(
        "efficientnet-b7",
        Student.Head.FEATURE_MAP,
        512,
        512,
        0,
        0,
        1,
        Loss.SQUARED_ERROR,
        1,
        0,
        0,
        1,
        0,
        Twins.NONE,
        false,
        0,
        0,
        true,
        false,
        0,
        Schedule.published(24, 1e-4, decayAfter));
  }

  /** To go on from the model in the box with pictures and scores of one's own. */
  private static StudentRecipe fineTuning() {
    return fromJson(
        """
        {"head": "LEVELLED", "keepStatistics": true, "loss": "SQUARED_ERROR",
         "inputSize": 416, "cropSize": 256,
         "schedule": {"batch": 16, "epochs": 5, "warmupEpochs": 0, "learningRate": 1e-4}}
        """,
        COMPACT);
  }

  /** The published student in small: the same head and losses, for teachers trained here. */
  private static StudentRecipe small() {
    return fromJson(
        """
        {"head": "FEATURE_MAP", "inputSize": 128, "cropSize": 128, "headRate": 1,
         "loss": "SQUARED_ERROR", "teacherScoreWeight": 0, "mapWeight": 1, "ridge": 0,
         "flip": true, "schedule": {"batch": 24, "epochs": 10, "keep": "BEST", "weightDecay": 0}}
        """,
        COMPACT);
  }

  /** The recipe of that name, one of {@link #PRESETS}. */
  public static Optional<StudentRecipe> preset(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /** The network to train. */
  Student student() {
    return new Student(Backbone.named(backbone), head);
  }

  /** What the network owns and makes of so many pictures of a side. */
  Shapes shapes(int images, int size) {
    Shapes shapes = new Shapes();
    student().score(shapes, Shape.of(images, 3, size, size));
    return shapes;
  }

  /** Whether degraded twins are ever compared. */
  boolean comparesTwins() {
    return twins.weight() > 0 || pretrainEpochs > 0;
  }

  /** How many versions of a crop a step sees, none less degraded than the one before. */
  int versions(boolean pretraining) {
    if (pretraining) {
      return 2;
    }
    return twins.weight() > 0 ? 1 + twins.count() : 1;
  }

  /** Whether what a batch teaches is the sum of what its parts do. */
  boolean addsUp() {
    return addsUp(keepStatistics, rankingWeight);
  }

  private static boolean addsUp(boolean keepStatistics, double rankingWeight) {
    return keepStatistics && rankingWeight == 0;
  }

  /** Whether crops are parts of any size, and not squares of the crop size. */
  boolean seesParts() {
    return partTo > 0;
  }

  /** Side of the square that pictures are degraded at. */
  int sizeOfTwins() {
    return twins.size() == 0 ? inputSize : twins.size();
  }

  /** Whether the head is fitted before the first epoch. */
  boolean fitsHead() {
    return head.isPooled() && ridge > 0;
  }

  /** Whether a teacher has a part in the loss. */
  public boolean needsTeacher() {
    return teacherScoreWeight > 0 || mapWeight > 0;
  }

  /** Whether the weights to begin with are needed as long as it learns. */
  boolean keepsInitialWeights() {
    return initialShare > 0 || initialScoreWeight > 0;
  }

  /** Whether BatchNorm's running statistics are of other weights or pictures than are scored. */
  boolean needsStatistics() {
    return !keepStatistics
        && (schedule.averageDecay() > 0
            || cropSize < inputSize
            || seesParts()
            || twins.weight() > 0);
  }

  /** Whether the scores' scale and offset are fitted to people's afterwards. */
  boolean fitsScale() {
    return loss == Loss.CORRELATION && scoreWeight > 0;
  }

  /** The recipe on one line. */
  public String toJson() {
    return RecipeJson.write(this);
  }

  /** As {@link #fromJson(String, StudentRecipe)}, with {@link #COMPACT}. */
  public static StudentRecipe fromJson(String json) {
    return fromJson(json, COMPACT);
  }

  /**
   * Reads a recipe. What the text leaves out is as in another one.
   *
   * @throws IllegalArgumentException if the text is no JSON object, or a name or a value is wrong
   */
  public static StudentRecipe fromJson(String json, StudentRecipe otherwise) {
    return RecipeJson.read(json, otherwise, StudentRecipe.class);
  }
}
