package io.dpiqa.train;

import io.dpiqa.network.Configuration;
import io.dpiqa.network.QualityFeatureDecoder;
import io.dpiqa.network.Teacher;
import io.dpiqa.torch.Parameters.Initialisation;
import io.dpiqa.torch.TorchOperations.Precision;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Everything that decides, together with the data and the prior, what teacher a training run makes.
 *
 * @param upBlocks the prior's up blocks that are read, 0 the coarsest
 * @param mapSize side of the feature map, 64 as published
 * @param width channels and features of the decoder, 512 as published
 * @param timestep that the prior is read at, 0 to 999; 1 as published
 * @param latentSeed seed with which latents are drawn; null for their mean
 * @param textAdapter whether the prompts' embeddings pass the text adapter
 * @param imageAdapter whether the image adapter's residuals are added
 * @param learnsPrompts whether the prompts' embeddings are trained too
 * @param initialisation how adapters and decoder begin: {@code UNIFORM} as published, or {@code
 *     HE}, whose kernels are larger
 * @param rankingWeight weight of the pairwise margin ranking loss, added to the squared error
 * @param flip whether pictures are mirrored left to right at random
 * @param schedule how it learns
 */
public record TeacherRecipe(
    List<Integer> upBlocks,
    int mapSize,
    int width,
    int timestep,
    Long latentSeed,
    boolean textAdapter,
    boolean imageAdapter,
    boolean learnsPrompts,
    Initialisation initialisation,
    double rankingWeight,
    boolean flip,
    Schedule schedule) {

  private static final Map<String, TeacherRecipe> BY_NAME = byName();

  /** The recipes that have a name: the published one for each dataset, and a small one. */
  public static final List<String> PRESETS = List.copyOf(BY_NAME.keySet());

  /**
   * @throws IllegalArgumentException naming the value that is out of range
   */
  public TeacherRecipe {
    RecipeJson.require(upBlocks != null && !upBlocks.isEmpty(), "upBlocks", upBlocks);
    upBlocks = List.copyOf(upBlocks);
    RecipeJson.require(mapSize >= 1 && mapSize <= 512, "mapSize", mapSize);
    // Squeeze-and-excitation squeezes to a sixteenth.
    RecipeJson.require(width >= 16 && width <= 4096 && width % 16 == 0, "width", width);
    RecipeJson.require(timestep >= 0 && timestep < 1000, "timestep", timestep);
    RecipeJson.require(rankingWeight >= 0 && rankingWeight < 1e6, "rankingWeight", rankingWeight);
    RecipeJson.require(initialisation != null, "initialisation", initialisation);
    RecipeJson.require(schedule != null, "schedule", schedule);
    // Pairs are of a whole batch.
    RecipeJson.require(
        rankingWeight == 0 || schedule.parts() == 1,
        "rankingWeight",
        rankingWeight + " with schedule.parts above 1");
  }

  private static Map<String, TeacherRecipe> byName() {
    Map<String, TeacherRecipe> presets = new LinkedHashMap<>();
    presets.put("published-clive", published(List.of(10)));
    presets.put("published-koniq10k", published(List.of(5)));
    presets.put("published-livefb", published(List.of(2)));
    presets.put("published-spaq", published(List.of(5)));
    presets.put("small", small());
    return presets;
  }

  private static TeacherRecipe published(List<Integer> decayAfter) {
    return new TeacherRecipe(
        List.of(0, 1, 2, 3),
        64,
        512,
        1,
        null,
        true,
        true,
        false,
        Initialisation.UNIFORM,
        0,
        false,
        Schedule.published(16, 1e-5, decayAfter));
  }

  /** For priors of some millions of parameters, on two cores. */
  private static TeacherRecipe small() {
    return new TeacherRecipe(
        List.of(0, 1, 2, 3),
        64,
        64,
        1,
        null,
        true,
        true,
        true,
        Initialisation.UNIFORM,
        0,
        true,
        new Schedule(
            16,
            1,
            10,
            2e-4,
            0.5,
            List.of(),
            0.9,
            0.999,
            1e-8,
            0.01,
            0.99,
            Schedule.Keep.BEST,
            Precision.FLOAT32,
            false,
            1));
  }

  /** The recipe of that name, one of {@link #PRESETS}. */
  public static Optional<TeacherRecipe> preset(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /**
   * The teacher to train.
   *
   * @throws IllegalArgumentException if the prior has no such up blocks
   */
  Configuration.Teacher teacher(Configuration.Prior prior) {
    Teacher.Options options =
        new Teacher.Options(
            timestep,
            latentSeed == null ? OptionalLong.empty() : OptionalLong.of(latentSeed),
            textAdapter,
            imageAdapter);
    QualityFeatureDecoder decoder = new QualityFeatureDecoder(upBlocks, mapSize, width);
    return Configuration.Teacher.of(
        new Teacher(prior.encoder(), prior.unet(), decoder, options), prior.imageSize());
  }

  /** The recipe on one line. */
  public String toJson() {
    return RecipeJson.write(this);
  }

  /**
   * Reads a recipe. What the text leaves out is as in another one.
   *
   * @throws IllegalArgumentException if the text is no JSON object, or a name or a value is wrong
   */
  public static TeacherRecipe fromJson(String json, TeacherRecipe otherwise) {
    return RecipeJson.read(json, otherwise, TeacherRecipe.class);
  }
}
