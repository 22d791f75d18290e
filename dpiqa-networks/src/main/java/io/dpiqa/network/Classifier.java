package io.dpiqa.network;

/**
 * A backbone that tells kinds of pictures apart, with the parameter names of torchvision. What it
 * learns is what a {@link Student} can begin with. Pictures are RGB in [0, 1], with no further
 * normalisation, as students see them.
 *
 * @param backbone the convolutional network
 * @param kinds how many there are to tell apart
 */
public record Classifier(Backbone backbone, int kinds) {
  private static final String BACKBONE = "features";

  // In torchvision, the dropout before it is classifier.0.
  private static final String HEAD = "classifier.1";
  private static final double DROPOUT = 0.2;

  /**
   * How much each image looks like each kind.
   *
   * @param image {@code [N, 3, H, W]} in [0, 1]
   * @return {@code [N, kinds]}, logarithms of probabilities but for a constant
   */
  public <T> T logits(Operations<T> net, T image) {
    T features = net.flatten(net.averagePool(backbone.features(net, BACKBONE, image)));
    return net.linear(HEAD, net.dropout(features, DROPOUT), kinds);
  }

  /** For instance {@code efficientnet-b0 for 200 kinds}. */
  @Override
  public String toString() {
    return backbone + " for " + kinds + " kinds";
  }
}
