package io.dpiqa.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NoiseScheduleTest {

  /** Computed by other means: a loop of Python's floats over betas linear in their root. */
  @ParameterizedTest
  @CsvSource({
    "0, 0.9995749096490968, 0.029154759474226803",
    "1, 0.9991476506695351, 0.04127919768537908",
    "10, 0.9952041544900654, 0.09781968557358026",
    "100, 0.9456339025154288, 0.3252330278637774",
    "500, 0.5256735525237831, 0.8506863794472235",
    "999, 0.06826491421716747, 0.9976672298351403"
  })
  void isThatOfStableDiffusion(int timestep, double signal, double noise) {
    NoiseSchedule schedule = new NoiseSchedule();
    assertThat(schedule.signal(timestep)).isCloseTo(signal, within(1e-12));
    assertThat(schedule.noise(timestep)).isCloseTo(noise, within(1e-12));
  }
}
