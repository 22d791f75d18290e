package io.dpiqa;

import io.dpiqa.image.BilinearResize;
import io.dpiqa.image.ImageDecoder;
import io.dpiqa.image.ImageSize;
import io.dpiqa.image.RgbImage;
import io.dpiqa.model.ModelCard;
import io.dpiqa.model.ModelFile;
import io.dpiqa.model.ModelStore;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Predicts how good pictures look to people.
 *
 * <pre>{@code
 * try (QualityModel model = QualityModel.builtIn()) {
 *   Score score = model.score(Path.of("photo.jpg"));
 *   System.out.printf("%.1f of 100%n", score.value());
 * }
 * }</pre>
 *
 * <p>A model is thread-safe, and the same picture gets the same bits from it whatever the number of
 * threads, the order, or the pictures scored beside it. It holds native memory until it is closed.
 *
 * <p>A picture scored alone uses all cores; of many, {@link #scoreAll} scores as many at a time as
 * there are cores, or, with a model of more than 300 million parameters, one after another. The
 * network is set up at the first use of either kind, once for each.
 */
public final class QualityModel implements AutoCloseable {

  private static final int ID_DIGITS = 12;

  /** For a picture in Java's memory: encoded, decoded, converted, half resized. */
  private static final int BYTES_PER_PIXEL = 12;

  private static final int PIXELS_PER_PERMIT = 1024;

  /** A network of more than this is set up only once: a second would hold all weights again. */
  private static final long MANY_PARAMETERS = 300_000_000;

  private final ModelCard card;
  private final CompletableFuture<String> sha256;
  private final int threads;
  private final ImageDecoder decoder;
  private final Networks networks;

  /** Cores for each of many pictures. */
  private final int coresOfMany;

  /** The pixels that may be in memory at a time; one larger picture has them all to itself. */
  private final int pixelPermits =
      (int)
          Math.min(
              Integer.MAX_VALUE,
              1 + Runtime.getRuntime().maxMemory() / 2 / BYTES_PER_PIXEL / PIXELS_PER_PERMIT);

  private final Semaphore pixels = new Semaphore(pixelPermits, true);

  private QualityModel(
      String name,
      ModelCard card,
      Supplier<String> sha256,
      Network.Source source,
      ScoringOptions options) {
    this.card = card;
    this.sha256 = CompletableFuture.supplyAsync(sha256);
    this.threads = options.threads();
    this.decoder = new ImageDecoder(options.pixelLimit());
    this.coresOfMany = card.parameters() > MANY_PARAMETERS ? threads : 1;
    this.networks =
        new Networks(
            threads,
            cores -> new Network(name, source, card.inputSize(), options.withThreads(cores)));
  }

  /**
   * The model inside this library.
   *
   * @throws ModelException if this build of the library has none
   */
  public static QualityModel builtIn() {
    return builtIn(ScoringOptions.DEFAULT);
  }

  private static QualityModel builtIn(ScoringOptions options) {
    try (InputStream in = ModelFile.openBuiltIn()) {
      byte[] onnx = in.readAllBytes();
      return new QualityModel(
          ModelStore.BUILT_IN,
          ModelFile.readCard(new ByteArrayInputStream(onnx), ModelStore.BUILT_IN),
          () -> sha256(onnx),
          Network.Source.of(onnx),
          options);
    } catch (IOException e) {
      throw new ModelException(
          ModelStore.BUILT_IN, "cannot be read (" + e.getMessage() + "); install dpiqa again", e);
    }
  }

  private static String sha256(byte[] onnx) {
    try {
      return ModelFile.sha256(new ByteArrayInputStream(onnx));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Loads a model.
   *
   * @param nameOrFile {@code built-in}, the name of a model in the {@linkplain ModelStore#open
   *     store}, or the path of an ONNX file made by dpiqa
   * @throws ModelException if there is no such model or it cannot be used
   */
  public static QualityModel load(String nameOrFile) {
    return load(nameOrFile, ScoringOptions.DEFAULT);
  }

  /** Loads a model as {@link #load(String)} does, to score with options. */
  public static QualityModel load(String nameOrFile, ScoringOptions options) {
    if (nameOrFile.equals(ModelStore.BUILT_IN)) {
      return builtIn(options);
    }
    if (nameOrFile.isEmpty()) {
      throw new ModelException("model", "its name is empty; name one, or a file");
    }
    ModelStore store = ModelStore.open();
    Optional<ModelFile> stored = store.find(nameOrFile);
    if (stored.isPresent()) {
      return of(stored.get(), options);
    }
    if (ModelStore.isName(nameOrFile) && Files.notExists(Path.of(nameOrFile))) {
      throw new ModelException(
          nameOrFile,
          "there is no model of this name in "
              + store.folder()
              + " and no such file; there is "
              + Stream.concat(Stream.of(ModelStore.BUILT_IN), store.names().stream())
                  .collect(Collectors.joining(", ")));
    }
    return load(Path.of(nameOrFile), options);
  }

  /**
   * Loads a model file.
   *
   * @param file an ONNX file made by dpiqa, or the folder of one that is in two files; they must
   *     stay as they are while the model is open
   * @throws ModelException if it cannot be used
   */
  public static QualityModel load(Path file) {
    return load(file, ScoringOptions.DEFAULT);
  }

  /** Loads a model file as {@link #load(Path)} does, to score with options. */
  public static QualityModel load(Path file, ScoringOptions options) {
    return of(ModelFile.read(file), options);
  }

  private static QualityModel of(ModelFile file, ScoringOptions options) {
    return new QualityModel(
        file.path().toString(), file.card(), file::sha256, Network.Source.of(file), options);
  }

  /** What the model says about itself. */
  public ModelCard card() {
    return card;
  }

  /** The model's name and the beginning of its file's SHA-256: {@code compact-1@0123456789ab}. */
  public String id() {
    return card.name() + "@" + sha256().substring(0, ID_DIGITS);
  }

  /** SHA-256 of the model's file, as 64 lower-case hexadecimal digits. */
  public String sha256() {
    return sha256.join();
  }

  /**
   * Scores a photograph.
   *
   * @throws ImageException if the file cannot be read as a picture
   * @throws ModelException if the model's network cannot be used
   * @throws IllegalStateException if the model is closed
   * @throws java.util.concurrent.CancellationException if the calling thread is interrupted while
   *     the file is read; it stays marked as interrupted
   */
  public Score score(Path photo) throws ImageException {
    return score(photo, threads);
  }

  private Score score(Path photo, int cores) throws ImageException {
    networks.prepare(cores);
    return score(photo.toString(), decoder.size(photo), () -> decoder.decode(photo), cores);
  }

  /**
   * Scores a photograph in memory.
   *
   * @param encoded the bytes of a JPEG, PNG or other picture file
   * @throws ImageException if they cannot be read as a picture
   * @throws ModelException if the model's network cannot be used
   * @throws IllegalStateException if the model is closed
   */
  public Score score(byte[] encoded) throws ImageException {
    networks.prepare(threads);
    String name = "picture";
    return score(name, decoder.size(encoded, name), () -> decoder.decode(encoded, name), threads);
  }

  @FunctionalInterface
  private interface Decoding {
    RgbImage decode() throws ImageException;
  }

  private Score score(String name, ImageSize size, Decoding decoding, int cores)
      throws ImageException {
    return score(size, input(name, size, decoding), cores);
  }

  /** Decodes and resizes to the network's size, when there is memory for it. */
  private RgbImage input(String name, ImageSize size, Decoding decoding) throws ImageException {
    int permits = (int) Math.min(pixelPermits, 1 + size.pixels() / PIXELS_PER_PERMIT);
    pixels.acquireUninterruptibly(permits);
    try {
      return BilinearResize.resize(decoding.decode(), card.inputSize(), card.inputSize());
    } catch (OutOfMemoryError e) {
      throw new ImageException(
          name,
          "needs more memory than there is for "
              + size.width()
              + " x "
              + size.height()
              + " pixels; give Java more with -Xmx or make it smaller",
          e);
    } finally {
      pixels.release(permits);
    }
  }

  /**
   * Scores a decoded picture.
   *
   * @throws ModelException if the model's network cannot be used
   * @throws IllegalStateException if the model is closed
   */
  public Score score(BufferedImage picture) {
    networks.prepare(threads);
    return score(ImageDecoder.convert(picture));
  }

  /**
   * Scores a decoded picture.
   *
   * @param picture not changed
   * @throws ModelException if the model's network cannot be used
   * @throws IllegalStateException if the model is closed
   */
  public Score score(RgbImage picture) {
    networks.prepare(threads);
    RgbImage input = BilinearResize.resize(picture, card.inputSize(), card.inputSize());
    return score(new ImageSize(picture.width(), picture.height()), input, threads);
  }

  private Score score(ImageSize size, RgbImage input, int cores) {
    double raw = networks.run(cores, network -> network.score(input.rgb()));
    return new Score(
        100 * Math.max(0, Math.min(1, raw)),
        raw,
        card.percentile(raw),
        card.errorBand().map(band -> band.around(raw)),
        id(),
        size.width(),
        size.height());
  }

  /**
   * Whether the model gives a feature map: teachers and students with the published head do, those
   * imported by a dpiqa that did not keep it do not. The network is set up to know.
   *
   * @throws ModelException if the model's network cannot be used
   * @throws IllegalStateException if the model is closed
   */
  public boolean hasMap() {
    return networks.run(threads, Network::hasMap);
  }

  /**
   * The raw score of a photograph, the same bits as of {@link #score(Path)}, and the feature map
   * behind it. Teachers and students with the published head have one.
   *
   * @throws ImageException if the file cannot be read as a picture
   * @throws ModelException if the model gives no feature map, or its network cannot be used
   * @throws IllegalStateException if the model is closed
   */
  public Reading reading(Path photo) throws ImageException {
    networks.prepare(threads);
    return reading(input(photo.toString(), decoder.size(photo), () -> decoder.decode(photo)).rgb());
  }

  /**
   * The raw score of a picture that has the network's size already, and the feature map behind it.
   *
   * @param rgb {@code [inputSize, inputSize, 3]}, rows from the top, of the size that the
   *     {@linkplain #card card} says
   * @throws IllegalArgumentException if these are more or fewer bytes
   * @throws ModelException if the model gives no feature map, or its network cannot be used
   * @throws IllegalStateException if the model is closed
   */
  public Reading reading(byte[] rgb) {
    int expected = card.inputSize() * card.inputSize() * 3;
    if (rgb.length != expected) {
      throw new IllegalArgumentException(
          "a picture of %d bytes; this model reads %d".formatted(rgb.length, expected));
    }
    return networks.run(threads, network -> network.reading(rgb));
  }

  /**
   * Scores many photographs: decoding and network overlap, on all cores, and memory stays bounded
   * however many or large they are.
   *
   * <p>A file that cannot be read as a picture becomes an outcome that says so, and the rest are
   * scored. If the consumer throws or the calling thread is interrupted, nothing more is begun, and
   * what has begun is finished before the exception is passed on.
   *
   * @param photos read a little ahead of the scoring, on the calling thread
   * @param consumer gets the outcomes in the order of the photographs, on the calling thread
   * @throws ModelException if the model's network cannot be used
   * @throws IllegalStateException if the model is closed
   * @throws java.util.concurrent.CancellationException if the calling thread is interrupted; it
   *     stays marked as interrupted
   */
  public void scoreAll(Iterator<? extends Path> photos, Consumer<? super Outcome> consumer) {
    if (!photos.hasNext()) {
      return;
    }
    Path first = photos.next();
    if (!photos.hasNext()) {
      consumer.accept(outcome(first, threads));
      return;
    }
    try (Batch batch = new Batch(threads, photo -> outcome(photo, coresOfMany), consumer)) {
      batch.add(first);
      photos.forEachRemaining(batch::add);
      batch.finish();
    }
  }

  private Outcome outcome(Path photo, int cores) {
    try {
      return Outcome.of(photo, score(photo, cores));
    } catch (ImageException e) {
      return Outcome.of(photo, e);
    }
  }

  /**
   * Frees the native memory, after the pictures whose network is running, for as long as the model
   * is not needed: the next picture sets the network up again.
   */
  public void release() {
    networks.release();
  }

  /**
   * Frees the native memory, after the pictures whose network is running. A closed model cannot
   * score; closing it again does nothing.
   */
  @Override
  public void close() {
    networks.close();
  }
}
