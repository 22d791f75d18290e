package io.dpiqa.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dpiqa.weights.DType;
import io.dpiqa.weights.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class FormulaTest {
  private final JsonNode golden;

  FormulaTest() throws IOException {
    try (InputStream json = FormulaTest.class.getResourceAsStream("/golden/formula.json")) {
      golden = new ObjectMapper().readTree(json);
    }
  }

  @Test
  void hashesNamesAsThePublishedValuesDo() {
    assertThat("0x" + Long.toHexString(Formula.fnv1a64("image")))
        .isEqualTo(golden.get("fnv1a64(\"image\")").textValue());
  }

  @Test
  void givesThePublishedUniformValues() {
    assertThat(Formula.uniform("image", 3)).isEqualTo(floats("uniform(\"image\", 3)"));
    assertThat(Formula.uniform("unet.conv_in.weight", 3))
        .isEqualTo(floats("uniform(\"unet.conv_in.weight\", 3)"));
  }

  @Test
  void scalesTensorsAsThePublishedValuesAre() {
    Tensor weight = Formula.tensor("QFD.fc3.weight", 1, 512);
    assertThat(weight.shape()).containsExactly(1, 512);
    assertThat(Arrays.copyOf(weight.toFloats(), 3))
        .isEqualTo(floats("tensor(\"QFD.fc3.weight\", [1,512])[0..2]"));
    assertThat(Formula.tensor("x.running_var", 3).toFloats())
        .isEqualTo(floats("tensor(\"x.running_var\", [3])"));
  }

  @Test
  void scalesVectorsByTheirRole() {
    float u = Formula.uniform("bn.weight", 1)[0];
    assertThat(Formula.tensor("bn.weight", 1).toFloats()).containsExactly(1 + 0.1f * u);
    u = Formula.uniform("gamma", 1)[0];
    assertThat(Formula.tensor("gamma", 1).toFloats()).containsExactly(0.1f * u);
    u = Formula.uniform("bn.running_mean", 1)[0];
    assertThat(Formula.tensor("bn.running_mean", 1).toFloats()).containsExactly(0.1f * u);
    Tensor batches = Formula.tensor("bn.num_batches_tracked");
    assertThat(batches.dtype()).isEqualTo(DType.I64);
    assertThat(batches.toFloats()).containsExactly(0);
  }

  @Test
  void drawsThePublishedPictures() throws NoSuchAlgorithmException {
    assertThat(sha256(Formula.pattern(640, 480, 1)))
        .isEqualTo("b26ebc7f89de9b9245deb1018f2fe9ad523c4ced24925b4025e4419627ac5d4d");
    assertThat(sha256(Formula.pattern(500, 500, 2)))
        .isEqualTo("b342930e11782709cfb654818b8b34865ba59271e20d500efd9adbdc81d3c347");
  }

  private float[] floats(String key) {
    float[] values = new float[golden.get(key).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = golden.get(key).get(i).floatValue();
    }
    return values;
  }

  private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }
}
