package io.dpiqa.dataset;

import io.dpiqa.ImageException;
import io.dpiqa.image.ImageDecoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Finds pictures of the same scene: copies, crops by a few pixels, other exposures, the same shot
 * blurred. Two are near-duplicates if their perceptual hashes differ in few bits.
 */
public final class NearDuplicates {

  /**
   * The most bits, of 64, that near-duplicates differ in. Of 24 pairs of BIQ2021 that were looked
   * at, 18 show one scene at 12 bits and 10 at 14, where strangers begin to chain groups together.
   */
  public static final int MAX_DISTANCE = 12;

  /**
   * Two pictures that show the same.
   *
   * @param distance number of bits that their hashes differ in, 0 to {@value #MAX_DISTANCE}
   */
  public record Pair(LabelledImage first, LabelledImage second, int distance) {}

  private final List<LabelledImage> images;
  private final long[] hashes;

  private NearDuplicates(List<LabelledImage> images, long[] hashes) {
    this.images = images;
    this.hashes = hashes;
  }

  /**
   * Reads all pictures.
   *
   * @throws DatasetException if one cannot be decoded
   */
  public static NearDuplicates among(List<LabelledImage> images) {
    return among(images, () -> {});
  }

  /**
   * The same.
   *
   * @param read is told of every picture, never of two at a time
   */
  public static NearDuplicates among(List<LabelledImage> images, Runnable read) {
    return amongReadable(
        images,
        (image, problem) -> {
          if (problem.isPresent()) {
            throw new DatasetException(problem.get().getMessage(), problem.get());
          }
          read.run();
        });
  }

  /**
   * Reads all pictures, one a processor at a time, and leaves out those that cannot be decoded.
   *
   * @param read is told of every picture and what is wrong with it, never of two at a time
   */
  public static NearDuplicates amongReadable(
      List<LabelledImage> images, BiConsumer<LabelledImage, Optional<ImageException>> read) {
    ImageDecoder decoder = new ImageDecoder();
    long[] hashes = new long[images.size()];
    boolean[] readable = new boolean[images.size()];
    IntStream.range(0, images.size())
        .parallel()
        .forEach(
            i -> {
              Optional<ImageException> problem = Optional.empty();
              try {
                hashes[i] = PerceptualHash.of(decoder.decode(images.get(i).file()));
                readable[i] = true;
              } catch (ImageException e) {
                problem = Optional.of(e);
              }
              synchronized (read) {
                read.accept(images.get(i), problem);
              }
            });
    int[] kept = IntStream.range(0, images.size()).filter(i -> readable[i]).toArray();
    return new NearDuplicates(
        IntStream.of(kept).mapToObj(images::get).toList(),
        IntStream.of(kept).mapToLong(i -> hashes[i]).toArray());
  }

  /** All pairs of near-duplicates, in the order of the images; there may be a great many. */
  public Stream<Pair> pairs() {
    return IntStream.range(0, hashes.length).boxed().flatMap(this::pairs);
  }

  private Stream<Pair> pairs(int first) {
    return IntStream.range(first + 1, hashes.length)
        .filter(second -> distance(first, second) <= MAX_DISTANCE)
        .mapToObj(
            second -> new Pair(images.get(first), images.get(second), distance(first, second)));
  }

  private int distance(int first, int second) {
    return Long.bitCount(hashes[first] ^ hashes[second]);
  }

  /**
   * The images in groups such that near-duplicates, and their near-duplicates, are in one. Groups
   * and their members are in the order of the images.
   */
  public List<List<LabelledImage>> groups() {
    int[] parent = IntStream.range(0, hashes.length).toArray();
    for (int i = 0; i < hashes.length; i++) {
      for (int j = i + 1; j < hashes.length; j++) {
        if (distance(i, j) <= MAX_DISTANCE) {
          int a = root(parent, i);
          int b = root(parent, j);
          parent[Math.max(a, b)] = Math.min(a, b);
        }
      }
    }
    Map<Integer, List<LabelledImage>> groups = new LinkedHashMap<>();
    for (int i = 0; i < hashes.length; i++) {
      groups.computeIfAbsent(root(parent, i), root -> new ArrayList<>()).add(images.get(i));
    }
    return List.copyOf(groups.values());
  }

  private static int root(int[] parent, int i) {
    int root = i;
    while (parent[root] != root) {
      parent[root] = parent[parent[root]];
      root = parent[root];
    }
    return root;
  }
}
