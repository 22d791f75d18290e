package io.dpiqa.train;

import io.dpiqa.network.Configuration;
import io.dpiqa.network.DenoisingUnet;
import io.dpiqa.network.PixelEncoder;
import io.dpiqa.torch.TorchOperations.Precision;
import java.util.List;

/**
 * Everything that decides, together with the data, what prior a training run makes: a U-Net that
 * predicts the noise in pictures whose descriptions it is told.
 *
 * @param inputSize side in pixels of the square that pictures are resized to, and degraded at
 * @param imageSize side in pixels of the square cut out of it at random, which the U-Net reads
 * @param reduction side in pixels of the squares that become one latent; see {@link PixelEncoder}
 * @param widths channels of each level of the U-Net, the finest first; multiples of 32, at least
 *     64: of 32, GroupNorm would have a single channel in each of its groups, and take out again
 *     what timestep and description add to it
 * @param layers ResNet blocks of a down block
 * @param heads of each attention
 * @param contextWidth features of a word's vector
 * @param cleanShare share of the pictures, 0 to 1, that stay as they are; the others are degraded
 *     at random, and said to be
 * @param flip whether pictures are mirrored left to right at random
 * @param schedule how it learns
 */
public record PriorRecipe(
    int inputSize,
    int imageSize,
    int reduction,
    List<Integer> widths,
    int layers,
    int heads,
    int contextWidth,
    double cleanShare,
    boolean flip,
    Schedule schedule) {

  /** A prior that two cores can train: 64 x 64 pixels, 4 levels. */
  public static final PriorRecipe SMALL =
      new PriorRecipe(
          96,
          64,
          4,
          List.of(96, 128, 128, 128),
          1,
          4,
          64,
          0.25,
          true,
          new Schedule(
              32,
              1,
              20,
              5e-4,
              0.5,
              List.of(),
              0.9,
              0.999,
              1e-8,
              0.01,
              0.999,
              Schedule.Keep.LAST,
              Precision.FLOAT32,
              false,
              1));

  private static final int MAX_SIZE = 2048;

  private static final int MIN_WIDTH = 64;

  /** More is no pixel prior that could be trained. */
  private static final int MAX_WIDTH = 4096;

  private static final int MAX_LEVELS = 6;
  private static final int MAX_LAYERS = 8;

  /**
   * @throws IllegalArgumentException naming the value that is out of range
   */
  public PriorRecipe {
    widths = widths == null ? List.of() : List.copyOf(widths);
    RecipeJson.require(inputSize >= 1 && inputSize <= MAX_SIZE, "inputSize", inputSize);
    RecipeJson.require(imageSize >= 1 && imageSize <= inputSize, "imageSize", imageSize);
    RecipeJson.require(widths.size() >= 2 && widths.size() <= MAX_LEVELS, "widths", widths);
    RecipeJson.require(
        widths.stream().allMatch(width -> width >= MIN_WIDTH && width <= MAX_WIDTH),
        "widths",
        widths);
    RecipeJson.require(layers >= 1 && layers <= MAX_LAYERS, "layers", layers);
    RecipeJson.require(heads >= 1 && heads <= MAX_WIDTH, "heads", heads);
    RecipeJson.require(
        contextWidth >= 1 && contextWidth <= MAX_WIDTH, "contextWidth", contextWidth);
    RecipeJson.require(cleanShare >= 0 && cleanShare <= 1, "cleanShare", cleanShare);
    RecipeJson.require(schedule != null, "schedule", schedule);
    prior(imageSize, reduction, widths, layers, heads, contextWidth);
  }

  /** The networks to train, and the size of their pictures. */
  Configuration.Prior prior() {
    return prior(imageSize, reduction, widths, layers, heads, contextWidth);
  }

  private static Configuration.Prior prior(
      int imageSize, int reduction, List<Integer> widths, int layers, int heads, int contextWidth) {
    PixelEncoder encoder = new PixelEncoder(reduction);
    DenoisingUnet unet =
        new DenoisingUnet(widths, layers, heads, contextWidth, encoder.latentChannels());
    return new Configuration.Prior(encoder, unet, imageSize);
  }

  /** The recipe on one line. */
  public String toJson() {
    return RecipeJson.write(this);
  }

  /** As {@link #fromJson(String, PriorRecipe)}, with {@link #SMALL}. */
  public static PriorRecipe fromJson(String json) {
    return fromJson(json, SMALL);
  }

  /**
   * Reads a recipe. What the text leaves out is as in another one.
   *
   * @throws IllegalArgumentException if the text is no JSON object, or a name or a value is wrong
   */
  public static PriorRecipe fromJson(String json, PriorRecipe otherwise) {
    return RecipeJson.read(json, otherwise, PriorRecipe.class);
  }
}
