package io.dpiqa.train;

import io.dpiqa.degradation.Degradation;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * How pictures are compared with degraded versions of themselves, their twins: the worse is to
 * score lower, by a margin.
 *
 * @param weight of that loss beside the loss of scores; 0 makes no twins but in pre-training
 * @param count how many twins a picture has: 1, or 2 of one kind, the better of which is to score
 *     lower than the picture, unless it is the picture as it is, and the worse lower than the
 *     better; the loss is the mean of both comparisons. Two or three times as many pictures are in
 *     memory
 * @param adjacent whether the better of two is at the level below the worse one's, and so the
 *     picture as it is in a fifth of the cases; otherwise it is at any lower level, and the picture
 *     in nearly half of the cases
 * @param size side in pixels of the square that pictures are kept at to be degraded; what is
 *     degraded is resized afterwards, as a user's picture is; 0 for the input size
 * @param margin by how much of the scale the worse is to score lower for every {@linkplain
 *     Degradation level} between them. A small one is soon kept where the order is right, and
 *     leaves the loss to what is out of order
 * @param margins the same for kinds of degradation whose margin is another, by what {@linkplain
 *     Degradation#distortion() they are called}
 * @param shares how often a kind of degradation is drawn, by what it is called; 1 if it is left out
 */
public record Twins(
    double weight,
    int count,
    boolean adjacent,
    int size,
    double margin,
    Map<String, Double> margins,
    Map<String, Integer> shares) {

  /** No twins; if there are any, each alone, by a twentieth of the scale a level. */
  static final Twins NONE = new Twins(0, 1, false, 0, 0.05, Map.of(), Map.of());

  private static final int MAX_SHARE = 1000;

  public Twins {
    RecipeJson.require(weight >= 0 && weight < 1e6, "twins.weight", weight);
    RecipeJson.require(
        count == 1 || (count == 2 && weight > 0),
        "twins.count",
        count + (count == 2 ? " without twins.weight" : ""));
    RecipeJson.require(!adjacent || count == 2, "twins.adjacent", "true unless twins.count is 2");
    RecipeJson.require(isMargin(margin), "twins.margin", margin);
    margins = byKind(margins, "twins.margins", value -> value != null && isMargin(value));
    shares =
        byKind(shares, "twins.shares", share -> share != null && share >= 0 && share <= MAX_SHARE);
    RecipeJson.require(total(shares) > 0, "twins.shares", "0 for every kind");
  }

  private static boolean isMargin(double value) {
    return value > 0 && value <= 1;
  }

  /** A copy, of values that are right. */
  private static <V> Map<String, V> byKind(
      Map<String, V> values, String name, Predicate<V> isRight) {
    RecipeJson.require(values != null, name, values);
    List<String> known =
        Arrays.stream(Degradation.values()).map(Degradation::distortion).sorted().toList();
    values.forEach(
        (kind, value) -> {
          RecipeJson.require(
              known.contains(kind), name, kind + "; kinds are " + String.join(", ", known));
          RecipeJson.require(isRight.test(value), name, value + " for " + kind);
        });
    return Collections.unmodifiableMap(new TreeMap<>(values));
  }

  private static int total(Map<String, Integer> shares) {
    return Arrays.stream(Degradation.values()).mapToInt(kind -> share(shares, kind)).sum();
  }

  private static int share(Map<String, Integer> shares, Degradation kind) {
    return shares.getOrDefault(kind.distortion(), 1);
  }

  /** A kind at random. */
  Degradation kind(SplittableRandom random) {
    int at = random.nextInt(total(shares));
    for (Degradation kind : Degradation.values()) {
      at -= share(shares, kind);
      if (at < 0) {
        return kind;
      }
    }
    throw new AssertionError(shares);
  }

  /** How much lower a picture is to score for a level of a kind. */
  double margin(Degradation kind) {
    return margins.getOrDefault(kind.distortion(), margin);
  }

  /** The level of the better of two twins; 0 is the picture as it is. */
  int better(int worse, SplittableRandom random) {
    return adjacent ? worse - 1 : random.nextInt(worse);
  }
}
