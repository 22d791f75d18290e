package io.dpiqa.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class SafetensorsRoundTripTest {
  @Property(tries = 200)
  void whatIsWrittenIsReadBitForBit(
      @ForAll("someTensors") List<Tensor> tensors, @ForAll Map<String, String> metadata)
      throws IOException {
    Map<String, String> sound = new LinkedHashMap<>();
    metadata.forEach((key, value) -> sound.put(sound(key), sound(value)));
    Path file = Files.createTempFile("round-trip", ".safetensors");
    try {
      Safetensors.write(file, tensors, sound);
      try (Weights weights = Weights.open(file)) {
        assertThat(weights.metadata()).isEqualTo(sound);
        assertThat(weights.names())
            .containsExactlyInAnyOrderElementsOf(tensors.stream().map(Tensor::name).toList());
        for (Tensor tensor : tensors) {
          Tensor read = weights.tensor(tensor.name());
          assertThat(read).hasToString(tensor.toString());
          assertThat(read.bytes()).isEqualTo(tensor.bytes());
        }
      }
    } finally {
      Files.delete(file);
    }
  }

  @Provide
  Arbitrary<List<Tensor>> someTensors() {
    Arbitrary<String> names =
        Arbitraries.strings()
            .ofMaxLength(20)
            .map(SafetensorsRoundTripTest::sound)
            .filter(name -> !name.equals("__metadata__"));
    Arbitrary<long[]> shapes = Arbitraries.longs().between(0, 5).array(long[].class).ofMaxSize(4);
    Arbitrary<Tensor> tensors =
        Combinators.combine(names, Arbitraries.of(DType.class), shapes, Arbitraries.longs())
            .as(
                (name, dtype, shape, seed) -> {
                  byte[] bytes = new byte[Tensor.byteSize(dtype, shape)];
                  new Random(seed).nextBytes(bytes);
                  return Tensor.of(name, dtype, shape, ByteBuffer.wrap(bytes));
                });
    return tensors.list().ofMaxSize(8).uniqueElements(Tensor::name);
  }

  /** Half a surrogate pair is no text, and has no UTF-8. */
  private static String sound(String text) {
    return text.replaceAll("\\p{Cs}", "?");
  }
}
