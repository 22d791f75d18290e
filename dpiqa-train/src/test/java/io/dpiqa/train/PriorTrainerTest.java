package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dpiqa.dataset.DescribedImage;
import io.dpiqa.network.Configuration;
import io.dpiqa.network.Shape;
import io.dpiqa.network.Shapes;
import io.dpiqa.text.Description;
import io.dpiqa.weights.Safetensors;
import io.dpiqa.weights.Tensor;
import io.dpiqa.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PriorTrainerTest {

  @TempDir static Path pictures;
  private static List<DescribedImage> training;
  private static List<DescribedImage> validation;

  @TempDir Path folder;

  @BeforeAll
  static void drawPictures() throws IOException {
    training = described(NoisyPictures.draw(pictures, "training", 64, 1));
    validation = described(NoisyPictures.draw(pictures, "validation", 32, 2));
  }

  private static List<DescribedImage> described(List<io.dpiqa.dataset.LabelledImage> images) {
    return images.stream().map(DescribedImage::of).toList();
  }

  @Test
  void learnsToPredictNoiseAndHeedsDescriptions() throws IOException {
    List<Progress> steps = new ArrayList<>();
    PriorRecipe recipe = recipe("\"epochs\": 25, \"learningRate\": 0.002, \"warmupEpochs\": 1");
    long t = System.nanoTime();
    Path file = new PriorTrainer(recipe, data(), folder).train(steps::add);
    System.out.println((System.nanoTime() - t) / 1e9);
    List<Epoch> epochs = steps.get(steps.size() - 1).epochs();
    epochs.forEach(System.out::println);
  }

  private static PriorData data() {
    return new PriorData(training, validation, Map.of("licence", "none"));
  }

  private static PriorRecipe recipe(String schedule) {
    return PriorRecipe.fromJson(
        """
        {"inputSize": 40, "imageSize": 32, "reduction": 2, "widths": [32, 32], "heads": 2,
         "contextWidth": 16, "cleanShare": 0.1,
         "schedule": {"batch": 8, "averageDecay": 0.9, "weightDecay": 0, %s}}
        """
            .formatted(schedule));
  }
}
