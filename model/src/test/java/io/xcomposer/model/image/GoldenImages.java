package io.xcomposer.model.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** The golden folder of the repository, for the tests of this package. */
final class GoldenImages {
  private static final Path GOLDEN = Path.of(System.getProperty("xcomposer.root"), "golden");

  private GoldenImages() {}

  static JsonNode json(String name) {
    return readJson(bytes(name));
  }

  static JsonNode readJson(byte[] json) {
    try {
      return new ObjectMapper().readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] bytes(String name) {
    try {
      return Files.readAllBytes(GOLDEN.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static RgbImage image(String file) {
    return new ImageDecoder(100_000_000).decode(bytes("images/" + file));
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** Raw little-endian bytes of a tensor of a safetensors file. */
  static ByteBuffer tensor(String file, String name) {
    byte[] bytes = bytes("stages/" + file + ".safetensors");
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int header = (int) buffer.getLong(0);
    JsonNode entry = readJson(Arrays.copyOfRange(bytes, 8, 8 + header)).get(name);
    int from = 8 + header + entry.get("data_offsets").get(0).intValue();
    int to = 8 + header + entry.get("data_offsets").get(1).intValue();
    return buffer.slice(from, to - from).order(ByteOrder.LITTLE_ENDIAN);
  }
}
