package io.dpiqa.dataset;

import io.dpiqa.dataset.Split.Part;
import java.util.List;
import java.util.function.Function;

/** How a dataset is divided into pictures to train, to validate and to test with. */
public enum Protocol {
  /**
   * As the dataset's authors did. Where they made no validation part, a tenth of their training
   * part is drawn, by whole groups of one scene.
   */
  OFFICIAL {
    @Override
    Split drawn(
        Dataset dataset, Function<List<LabelledImage>, NearDuplicates> nearDuplicates, long seed) {
      Split official =
          dataset
              .officialSplit()
              .orElseThrow(
                  () -> new DatasetException(dataset.name() + ": its authors made no split"));
      if (official.size(Part.VALIDATION) > 0) {
        return official;
      }
      Dataset training = dataset.part(official, Part.TRAIN);
      return Split.draw(groups(training, nearDuplicates), VALIDATION_SHARE, seed)
          .with(Part.TEST, official);
    }
  },

  /** At random, by whole groups of one scene: a fifth to test, a tenth to validate with. */
  GROUPED {
    @Override
    Split drawn(
        Dataset dataset, Function<List<LabelledImage>, NearDuplicates> nearDuplicates, long seed) {
      return Split.draw(groups(dataset, nearDuplicates), TEST_SHARE, VALIDATION_SHARE, seed);
    }
  },

  /**
   * As in the published experiments, to compare with them: at random, a fifth to test with and no
   * validation part, so that whatever is chosen is chosen on the test part, and scenes are shared.
   */
  PUBLISHED {
    @Override
    Split drawn(
        Dataset dataset, Function<List<LabelledImage>, NearDuplicates> nearDuplicates, long seed) {
      return Split.draw(dataset.images().stream().map(List::of).toList(), TEST_SHARE, 0, seed);
    }
  };

  private static final double TEST_SHARE = 0.2;
  private static final double VALIDATION_SHARE = 0.1;

  /**
   * Divides a dataset.
   *
   * @param nearDuplicates reads pictures, where those of one scene must be found by their looks
   * @param seed determines what is random
   * @throws DatasetException if the dataset has no official split though it is asked for, pictures
   *     cannot be used, or there are too few to have some to train and some to test with
   */
  public final Split draw(
      Dataset dataset, Function<List<LabelledImage>, NearDuplicates> nearDuplicates, long seed) {
    Split split = drawn(dataset, nearDuplicates, seed);
    if (split.size(Part.TRAIN) == 0 || split.size(Part.TEST) == 0) {
      throw new DatasetException(
          "%s: too few pictures, or too few that show something else, to train and test with"
              .formatted(dataset.name()));
    }
    return split;
  }

  abstract Split drawn(
      Dataset dataset, Function<List<LabelledImage>, NearDuplicates> nearDuplicates, long seed);

  /** Pictures of one scene: those made from one reference, or else those that look alike. */
  private static List<List<LabelledImage>> groups(
      Dataset dataset, Function<List<LabelledImage>, NearDuplicates> nearDuplicates) {
    List<LabelledImage> images = dataset.images();
    return dataset.referenceGroups(images).orElseGet(() -> nearDuplicates.apply(images).groups());
  }
}
