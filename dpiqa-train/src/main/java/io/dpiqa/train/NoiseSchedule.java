package io.dpiqa.train;

/**
 * How much of a picture and how much noise latents hold at each timestep, 0 to 999, as in Stable
 * Diffusion: the variance that a step adds rises from 0.00085 to 0.012, linearly in its root.
 *
 * <p>Latents at a timestep are {@code signal * latents + noise * e}, e standard normal (Ho et al.,
 * arXiv 2006.11239, equation 4); the squares of the two sum to 1.
 */
final class NoiseSchedule {
  static final int TIMESTEPS = 1000;

  private static final double FIRST = Math.sqrt(0.00085);
  private static final double LAST = Math.sqrt(0.012);

  private final double[] kept = new double[TIMESTEPS];

  NoiseSchedule() {
    double product = 1;
    for (int t = 0; t < TIMESTEPS; t++) {
      double root = FIRST + (LAST - FIRST) * t / (TIMESTEPS - 1);
      product *= 1 - root * root;
      kept[t] = product;
    }
  }

  /** What latents are multiplied by. */
  double signal(int timestep) {
    return Math.sqrt(kept[timestep]);
  }

  /** What noise is multiplied by. */
  double noise(int timestep) {
    return Math.sqrt(1 - kept[timestep]);
  }
}
