package io.dpiqa.train;

import io.dpiqa.ImageException;
import io.dpiqa.QualityModel;
import io.dpiqa.dataset.LabelledImage;
import io.dpiqa.evaluation.Agreement;
import java.nio.file.Path;
import java.util.List;

/** How a model, scoring by ONNX Runtime, agrees with people. */
final class OnnxAgreement {
  private OnnxAgreement() {}

  static Agreement of(Path model, List<LabelledImage> images) throws ImageException {
    double[] scores = new double[images.size()];
    try (QualityModel scorer = QualityModel.load(model)) {
      for (int i = 0; i < scores.length; i++) {
        scores[i] = scorer.score(images.get(i).file()).raw();
      }
    }
    double[] opinions = images.stream().mapToDouble(LabelledImage::score).toArray();
    return Agreement.between(scores, opinions);
  }
}
