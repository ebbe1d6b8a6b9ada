package io.xcomposer.model.image;

import java.util.Arrays;
import java.util.stream.Collectors;

/** A format of image files, known by the first bytes of the file and never by its name. */
enum ImageFormat {
  PNG("89504e470d0a1a0a"),
  JPEG("ffd8ff"),
  GIF("47494638"),
  BMP("424d"),
  WEBP("52494646........57454250"),
  TIFF("49492a00|4d4d002a|49492b00|4d4d002b");

  private final String signatures;

  /** Signatures in hex, alternatives separated by a bar, a dot for any digit. */
  ImageFormat(String signatures) {
    this.signatures = signatures;
  }

  /** The format of a file, or null for none of these. */
  static ImageFormat of(byte[] file) {
    for (ImageFormat format : values()) {
      for (String signature : format.signatures.split("\\|", -1)) {
        if (startsWith(file, signature)) {
          return format;
        }
      }
    }
    return null;
  }

  /** The names of all formats, for messages. */
  static String names() {
    return Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
  }

  private static boolean startsWith(byte[] file, String signature) {
    if (file.length < signature.length() / 2) {
      return false;
    }
    for (int i = 0; i < signature.length(); i++) {
      int digit = i % 2 == 0 ? (file[i / 2] & 255) >> 4 : file[i / 2] & 15;
      if (signature.charAt(i) != '.' && Character.digit(signature.charAt(i), 16) != digit) {
        return false;
      }
    }
    return true;
  }
}
