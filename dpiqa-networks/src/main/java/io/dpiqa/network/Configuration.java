package io.dpiqa.network;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.OptionalLong;

/**
 * What the weights of a teacher, or of a prior, do not say about the network that they are of. It
 * stands, as JSON, in the metadata of the files that dpiqa trains.
 */
public final class Configuration {

  /** Key of a teacher's configuration in the metadata of its file. */
  public static final String TEACHER = "teacher";

  /** Key of a prior's configuration in the metadata of its file. */
  public static final String PRIOR = "prior";

  /** Name, in either file, of the embeddings of the prompts, {@code [prompts, contextWidth]}. */
  public static final String PROMPTS = "prompts";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);

  /** More than any network that is known; a file cannot make one without end. */
  private static final int MOST_LAYERS = 16;

  private Configuration() {}

  /**
   * A prior: a U-Net that predicts noise in latents.
   *
   * @param encoder what makes latents of pictures
   * @param unet what predicts the noise
   * @param imageSize side of the square pictures, in pixels
   */
  public record Prior(LatentEncoder encoder, DenoisingUnet unet, int imageSize) {

    public Prior {
      require(encoder, unet, imageSize);
    }

    /** The prior on one line. */
    public String toJson() {
      return write(this);
    }

    /**
     * Reads a prior.
     *
     * @throws IllegalArgumentException if the text is none
     */
    public static Prior fromJson(String json) {
      return read(json, Prior.class);
    }
  }

  /**
   * A teacher.
   *
   * @param encoder see {@link io.dpiqa.network.Teacher}
   * @param unet see there
   * @param decoder see there
   * @param timestep see {@link io.dpiqa.network.Teacher.Options}
   * @param latentSeed see there; null for the latents' mean
   * @param textAdapter see there
   * @param imageAdapter see there
   * @param imageSize side of the square pictures, in pixels
   */
  public record Teacher(
      LatentEncoder encoder,
      DenoisingUnet unet,
      QualityFeatureDecoder decoder,
      int timestep,
      Long latentSeed,
      boolean textAdapter,
      boolean imageAdapter,
      int imageSize) {

    public Teacher {
      require(encoder, unet, imageSize);
      if (decoder == null) {
        throw new IllegalArgumentException("a teacher has a decoder");
      }
    }

    /** A teacher of a prior, with everything else as published: all up blocks are read. */
    public static Teacher published(Prior prior) {
      return of(
          new io.dpiqa.network.Teacher(
              prior.encoder(),
              prior.unet(),
              QualityFeatureDecoder.of(prior.unet()),
              io.dpiqa.network.Teacher.Options.published()),
          prior.imageSize());
    }

    /** The configuration of a teacher that reads pictures of that size. */
    public static Teacher of(io.dpiqa.network.Teacher teacher, int imageSize) {
      io.dpiqa.network.Teacher.Options options = teacher.options();
      OptionalLong seed = options.latentSeed();
      return new Teacher(
          teacher.encoder(),
          teacher.unet(),
          teacher.decoder(),
          options.timestep(),
          seed.isPresent() ? (Long) seed.getAsLong() : null,
          options.textAdapter(),
          options.imageAdapter(),
          imageSize);
    }

    /**
     * The network.
     *
     * @throws IllegalArgumentException if its parts do not fit together
     */
    public io.dpiqa.network.Teacher network() {
      return new io.dpiqa.network.Teacher(
          encoder,
          unet,
          decoder,
          new io.dpiqa.network.Teacher.Options(
              timestep,
              latentSeed == null ? OptionalLong.empty() : OptionalLong.of(latentSeed),
              textAdapter,
              imageAdapter));
    }

    /** The teacher on one line. */
    public String toJson() {
      return write(this);
    }

    /**
     * Reads a teacher.
     *
     * @throws IllegalArgumentException if the text is none
     */
    public static Teacher fromJson(String json) {
      return read(json, Teacher.class);
    }
  }

  private static void require(LatentEncoder encoder, DenoisingUnet unet, int imageSize) {
    if (encoder == null || unet == null) {
      throw new IllegalArgumentException("a prior has an encoder and a U-Net");
    }
    int unit = encoder.reduction() << (unet.widths().size() - 1);
    if (imageSize < 1 || imageSize % unit != 0) {
      throw new IllegalArgumentException(
          "the side of the pictures must be a multiple of %d, not %d".formatted(unit, imageSize));
    }
    if (unet.layers() > MOST_LAYERS || unet.widths().size() > MOST_LAYERS) {
      throw new IllegalArgumentException("a U-Net of more than " + MOST_LAYERS + " layers");
    }
  }

  private static String write(Object configuration) {
    try {
      return JSON.writeValueAsString(configuration);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // records of numbers can be written
    }
  }

  private static <C> C read(String json, Class<C> kind) {
    try {
      C configuration = JSON.readValue(json, kind);
      if (configuration == null) {
        throw new IllegalArgumentException("null is no network");
      }
      return configuration;
    } catch (JsonProcessingException e) {
      String problem = e.getOriginalMessage().lines().findFirst().orElse("");
      throw new IllegalArgumentException("no network that dpiqa knows: " + problem, e);
    }
  }
}
