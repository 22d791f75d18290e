package io.dpiqa.train;

import io.dpiqa.ScoringOptions.Device;
import io.dpiqa.golden.Formula;
import io.dpiqa.network.Configuration;
import io.dpiqa.network.DenoisingUnet;
import io.dpiqa.network.LatentEncoder;
import io.dpiqa.network.PixelEncoder;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.network.VaeEncoder;
import io.dpiqa.torch.Parameters;
import io.dpiqa.torch.Parameters.Initialisation;
import io.dpiqa.weights.Safetensors;
import io.dpiqa.weights.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Priors of pictures of 64 x 64 pixels that know nothing. */
final class TinyPrior {
  private static final int PROMPTS = 5;
  private static final int WIDTH = 16;

  private TinyPrior() {}

  /** Whose latents are the pixels. */
  static Path ofPixels(Path file) throws IOException {
    return write(file, new PixelEncoder(4), 48);
  }

  /** Whose latents a VAE makes. */
  static Path ofVae(Path file) throws IOException {
    return write(file, new VaeEncoder(List.of(32, 32, 32), 1, 4, 1), 4);
  }

  private static Path write(Path file, LatentEncoder encoder, int channels) throws IOException {
    DenoisingUnet unet = new DenoisingUnet(List.of(64, 64), 1, 4, WIDTH, channels);
    Shapes shapes = new Shapes();
    encoder.latents(shapes, "vae", Shape.of(1, 3, 64, 64), OptionalLong.empty());
    Shape context = Shape.of(1, 1, WIDTH);
    unet.noise(shapes, "unet", Shape.of(1, channels, 16, 16), new int[] {1}, context);
    try (Parameters parameters =
        Parameters.initialise(shapes.tensors(), Initialisation.UNIFORM, 1, Device.CPU)) {
      List<Tensor> tensors = new ArrayList<>(parameters.tensors());
      float[] prompts = Formula.uniform("prompts", PROMPTS * WIDTH);
      tensors.add(Tensor.of(Configuration.PROMPTS, new long[] {PROMPTS, WIDTH}, prompts));
      String configuration = new Configuration.Prior(encoder, unet, 64).toJson();
      Safetensors.write(file, tensors, Map.of(Configuration.PRIOR, configuration));
    }
    return file;
  }
}
