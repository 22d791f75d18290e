package io.dpiqa.image;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/** What a file is, by its first bytes; its name is not looked at. */
enum ImageFormat {
  JPEG,
  PNG,
  WEBP,
  BMP,
  GIF,
  TIFF;

  /** As many bytes of the file as {@link #of} looks at. */
  static final int HEAD_BYTES = 16;

  private static final Set<String> HEIF_BRANDS =
      Set.of("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1");
  private static final Set<String> AVIF_BRANDS = Set.of("avif", "avis");

  /**
   * @param head the first bytes of the file, {@link #HEAD_BYTES} if it has as many
   */
  static Optional<ImageFormat> of(byte[] head) {
    if (starts(head, "\u00FF\u00D8\u00FF")) {
      return Optional.of(JPEG);
    }
    if (starts(head, "\u0089PNG\r\n\u001A\n")) {
      return Optional.of(PNG);
    }
    if (starts(head, "RIFF") && text(head, 8, 12).equals("WEBP")) {
      return Optional.of(WEBP);
    }
    if (starts(head, "GIF87a") || starts(head, "GIF89a")) {
      return Optional.of(GIF);
    }
    if (starts(head, "II*\0")
        || starts(head, "MM\0*")
        || starts(head, "II+\0")
        || starts(head, "MM\0+")) {
      return Optional.of(TIFF);
    }
    if (starts(head, "BM")) {
      return Optional.of(BMP);
    }
    return Optional.empty();
  }

  /** As people write it. */
  String label() {
    return this == WEBP ? "WebP" : name();
  }

  /** Says what a file is that {@link #of} does not know, and what to do with it. */
  static String explain(byte[] head) {
    String brand = text(head, 4, 8).equals("ftyp") ? text(head, 8, 12) : "";
    if (HEIF_BRANDS.contains(brand)) {
      return "is a HEIC picture, which cannot be read; convert it first, for example: heif-convert in.heic out.jpg";
    }
    if (AVIF_BRANDS.contains(brand)) {
      return "is an AVIF picture, which cannot be read; convert it first, for example: avifdec in.avif out.png";
    }
    if (starts(head, "\u00FF\n") || starts(head, "\0\0\0\fJXL ")) {
      return "is a JPEG XL picture, which cannot be read; convert it first, for example: djxl in.jxl out.png";
    }
    return "is not a picture of a known format; JPEG, PNG, WebP, BMP, GIF and TIFF can be read";
  }

  private static boolean starts(byte[] head, String magic) {
    return text(head, 0, magic.length()).equals(magic);
  }

  private static String text(byte[] head, int from, int to) {
    return head.length < to
        ? ""
        : new String(Arrays.copyOfRange(head, from, to), StandardCharsets.ISO_8859_1);
  }
}
