package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.dpiqa.network.Configuration;
import io.dpiqa.network.DenoisingUnet;
import io.dpiqa.network.Teacher;
import io.dpiqa.network.VaeEncoder;
import io.dpiqa.torch.TorchOperations.Precision;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TeacherRecipeTest {

  /** SPEC of the published system, sections 2 and 4. */
  @ParameterizedTest
  @CsvSource({
    "published-clive, 10",
    "published-koniq10k, 5",
    "published-livefb, 2",
    "published-spaq, 5"
  })
  void knowsThePublishedRecipes(String name, int decayAfter) {
    TeacherRecipe recipe = TeacherRecipe.preset(name).orElseThrow();
    Configuration.Prior prior =
        new Configuration.Prior(VaeEncoder.stableDiffusion(), DenoisingUnet.stableDiffusion(), 512);
    assertThat(recipe.teacher(prior).network()).isEqualTo(Teacher.published());
    assertThat(recipe.timestep()).isEqualTo(1);
    assertThat(recipe.mapSize()).isEqualTo(64);
    assertThat(recipe.width()).isEqualTo(512);
    assertThat(recipe.learnsPrompts()).isFalse();
    assertThat(recipe.rankingWeight()).isZero();

    Schedule schedule = recipe.schedule();
    assertThat(schedule.decayAfter()).containsExactly(decayAfter);
    assertThat(schedule.learningRate(0, 500)).isEqualTo(1e-5);
    assertThat(schedule.learningRate(500L * decayAfter, 500)).isEqualTo(0.2 * 1e-5);
    assertThat(schedule.weightDecay()).isZero();
    assertThat(schedule.batch()).isEqualTo(16);
    assertThat(schedule.epochs()).isEqualTo(30);
    assertThat(schedule.precision()).isEqualTo(Precision.BFLOAT16);
    assertThat(schedule.averageDecay()).isZero();
  }
}
