package io.xcomposer.spark.cli;

import io.xcomposer.model.Errors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the files that a command line names, up to a limit. */
final class UserFile {
  private UserFile() {}

  /**
   * The bytes of a file.
   *
   * @param option the option that named it, for the message
   * @throws io.xcomposer.model.XComposerException when it is not there, cannot be read or has more
   *     than {@code maxBytes}
   */
  static byte[] bytes(String option, Path file, int maxBytes) {
    if (!Files.exists(file)) {
      throw Errors.input(option + " " + file + " does not exist", "give an existing file");
    }
    if (Files.isDirectory(file)) {
      throw Errors.input(option + " " + file + " is a folder", "give a file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(maxBytes);
      if (bytes.length == maxBytes && in.read() >= 0) {
        throw Errors.input(
            option + " " + file + " is longer than " + maxBytes + " bytes", "give a shorter file");
      }
      return bytes;
    } catch (IOException e) {
      throw Errors.input(
          option + " " + file + " cannot be read: " + e.getMessage(),
          "check the right to read it",
          e);
    }
  }

  /** The text of a UTF-8 file, without a byte order mark; errors as in {@link #bytes}. */
  static String text(String option, Path file, int maxBytes) {
    byte[] bytes = bytes(option, file, maxBytes);
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw Errors.input(option + " " + file + " is not UTF-8", "save it as UTF-8", e);
    }
  }
}
