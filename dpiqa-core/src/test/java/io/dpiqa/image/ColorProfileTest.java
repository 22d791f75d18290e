package io.dpiqa.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ColorProfileTest {

  private static final int HEADER_BYTES = 128;
  private static final byte[] SRGB = ICC_Profile.getInstance(ColorSpace.CS_sRGB).getData();

  private final RgbImage picture = Pattern.of(48, 32, 3);

  @ParameterizedTest
  @ValueSource(strings = {"jpeg", "png", "webp", "tiff"})
  void srgbProfileChangesNothing(String format) throws Exception {
    assertThat(decode(format, SRGB).rgb()).isEqualTo(decode(format, null).rgb());
  }

  /** In a profile whose red and blue primaries are swapped, what is stored as red is blue. */
  @ParameterizedTest
  @ValueSource(strings = {"jpeg", "png", "webp", "tiff"})
  void coloursAreConvertedToSrgb(String format) throws Exception {
    RgbImage plain = decode(format, null);
    RgbImage converted = decode(format, swappedPrimaries());

    double difference = 0;
    for (int i = 0; i < plain.rgb().length; i++) {
      int swapped = i / 3 * 3 + 2 - i % 3;
      difference += Math.abs((converted.rgb()[i] & 0xFF) - (plain.rgb()[swapped] & 0xFF));
    }
    assertThat(difference / plain.rgb().length).isLessThan(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpeg", "png", "webp", "tiff"})
  void brokenProfileIsIgnored(String format) throws Exception {
    byte[] plain = decode(format, null).rgb();
    byte[] noise = SRGB.clone();
    Arrays.fill(noise, HEADER_BYTES, noise.length, (byte) 0xA5);

    assertThat(decode(format, new byte[0]).rgb()).as("empty").isEqualTo(plain);
    assertThat(decode(format, Arrays.copyOf(SRGB, 200)).rgb()).as("cut off").isEqualTo(plain);
    assertThat(decode(format, noise).rgb()).as("noise").isEqualTo(plain);
  }

  @Test
  void profileForAnotherNumberOfColoursIsIgnored() throws Exception {
    byte[] grey = ICC_Profile.getInstance(ColorSpace.CS_GRAY).getData();

    assertThat(decode("png", grey).rgb()).isEqualTo(picture.rgb());
  }

  /** With a gamma of 1, half of the light is shown as 188. */
  @ParameterizedTest
  @ValueSource(strings = {"jpeg", "png"})
  void greyProfileIsConverted(String format) throws Exception {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY);
    int[] samples = new int[64];
    Arrays.fill(samples, 128);
    image.getRaster().setSamples(0, 0, 8, 8, 0, samples);
    byte[] file = Encoded.write(format, image);
    ICC_Profile grey =
        ICC_Profile.getInstance(ICC_Profile.getInstance(ColorSpace.CS_GRAY).getData());
    // A curve of one value is a gamma, in 256ths.
    grey.setData(
        ICC_Profile.icSigGrayTRCTag,
        new byte[] {'c', 'u', 'r', 'v', 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0});

    RgbImage plain = new ImageDecoder().decode(file, "grey");
    RgbImage converted =
        new ImageDecoder().decode(Encoded.withProfile(format, file, grey.getData()), "grey");

    assertThat(plain.rgb()[0] & 0xFF).isEqualTo(128);
    assertThat(converted.rgb()[0] & 0xFF).isBetween(186, 190);
  }

  private RgbImage decode(String format, byte[] icc) throws Exception {
    byte[] file =
        switch (format) {
          case "jpeg" -> Encoded.jpeg(picture);
          case "png" -> Encoded.png(picture);
          case "webp" -> Encoded.webp(picture);
          default -> Encoded.tiff(picture, icc == null ? Map.of() : Map.of(34675, unsigned(icc)));
        };
    return new ImageDecoder()
        .decode(
            icc == null || format.equals("tiff") ? file : Encoded.withProfile(format, file, icc),
            format);
  }

  private static int[] unsigned(byte[] bytes) {
    int[] values = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      values[i] = bytes[i] & 0xFF;
    }
    return values;
  }

  private static byte[] swappedPrimaries() {
    ICC_Profile profile = ICC_Profile.getInstance(SRGB);
    byte[] red = profile.getData(ICC_Profile.icSigRedColorantTag);
    byte[] blue = profile.getData(ICC_Profile.icSigBlueColorantTag);
    profile.setData(ICC_Profile.icSigRedColorantTag, blue);
    profile.setData(ICC_Profile.icSigBlueColorantTag, red);
    return profile.getData();
  }
}
