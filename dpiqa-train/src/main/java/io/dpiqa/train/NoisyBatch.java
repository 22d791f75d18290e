package io.dpiqa.train;

import io.dpiqa.text.Description;
import java.util.Arrays;
import java.util.List;

/**
 * What a prior learns from in one step.
 *
 * @param images which pictures these are
 * @param rgb {@code [N, side, side, 3]}
 * @param descriptions of the pictures as they are here
 * @param timesteps of each, 0 to 999
 * @param noise standard normal, {@code [N, latentChannels, H, W]}: as many values as samples
 */
@SuppressWarnings("ArrayRecordComponent") // passed from one thread to another, never compared
record NoisyBatch(
    int[] images, byte[] rgb, List<Description> descriptions, int[] timesteps, float[] noise) {

  int size() {
    return images.length;
  }

  /** One of so many equal parts, from 0; they must divide the batch. */
  NoisyBatch part(int index, int parts) {
    int begin = index * size() / parts;
    int end = (index + 1) * size() / parts;
    int perImage = rgb.length / size();
    return new NoisyBatch(
        Arrays.copyOfRange(images, begin, end),
        Arrays.copyOfRange(rgb, begin * perImage, end * perImage),
        descriptions.subList(begin, end),
        Arrays.copyOfRange(timesteps, begin, end),
        Arrays.copyOfRange(noise, begin * perImage, end * perImage));
  }

  /** The same pictures, described otherwise. */
  NoisyBatch describedAs(List<Description> others) {
    return new NoisyBatch(images, rgb, others, timesteps, noise);
  }
}
