package io.dpiqa.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PixelTeacherTest {
  private static final Teacher TEACHER =
      new Teacher(
          new PixelEncoder(4),
          new DenoisingUnet(List.of(32, 64), 1, 4, 16, 48),
          new QualityFeatureDecoder(List.of(0, 1), 16, 32),
          new Teacher.Options(7, OptionalLong.of(3), true, false));

  @Test
  void survivesJson() {
    String json = Configuration.Teacher.of(TEACHER, 64).toJson();
    assertThat(Configuration.Teacher.fromJson(json).network()).isEqualTo(TEACHER);
    assertThat(Configuration.Teacher.fromJson(json).imageSize()).isEqualTo(64);

    Teacher published = Teacher.published();
    String vae = Configuration.Teacher.of(published, 512).toJson();
    assertThat(Configuration.Teacher.fromJson(vae).network()).isEqualTo(published);

    Configuration.Prior prior = new Configuration.Prior(TEACHER.encoder(), TEACHER.unet(), 64);
    assertThat(Configuration.Prior.fromJson(prior.toJson())).isEqualTo(prior);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "null",
        "7",
        "{}",
        "{\"encoder\": {\"kind\": \"java.lang.Runtime\"}}",
        "{\"encoder\": {\"kind\": \"pixels\", \"reduction\": 1000000}}",
        "{\"encoder\": {\"kind\": \"pixels\", \"reduction\": 4}, \"imageSize\": 64}",
      })
  void refusesWhatIsNoNetwork(String json) {
    assertThatThrownBy(() -> Configuration.Prior.fromJson(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("\n");
  }

  @Test
  void refusesPicturesThatDoNotDivide() {
    assertThatThrownBy(() -> new Configuration.Prior(TEACHER.encoder(), TEACHER.unet(), 60))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("multiple of 8");
  }

  @Test
  void readsPixelsAsLatentsOfItsSize() {
    Shapes shapes = new Shapes();
    Teacher.Reading<Shape> reading =
        TEACHER.read(shapes, Shape.of(2, 3, 64, 64), Shape.of(1, 5, 16));
    assertThat(TEACHER.latents(new Shapes(), Shape.of(2, 3, 64, 64)))
        .isEqualTo(Shape.of(2, 48, 16, 16));
    assertThat(reading.map()).isEqualTo(Shape.of(2, 8, 16, 16));
    assertThat(shapes.tensors().keySet()).noneMatch(name -> name.startsWith("vae."));
  }

  @Test
  void predictsNoiseOfTheLatentsShape() {
    Shapes shapes = new Shapes();
    Shape noise =
        TEACHER
            .unet()
            .noise(shapes, "unet", Shape.of(2, 48, 16, 16), new int[] {5, 900}, Shape.of(2, 1, 16));
    assertThat(noise).isEqualTo(Shape.of(2, 48, 16, 16));
    assertThat(shapes.tensors()).containsKey("unet.conv_out.weight");
  }
}
