package io.xcomposer.model.image;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a padded image is known by in caches: equal for equal pixels, size and grid.
 *
 * @param sha256 of width, height, grid height, grid width (big-endian ints) and the pixels, in hex
 */
public record PixelHash(String sha256) {

  /** Hashes the pixels, a few milliseconds for a page. */
  public static PixelHash of(Tiles tiles) {
    RgbImage padded = tiles.padded();
    ByteBuffer header = ByteBuffer.allocate(4 * Integer.BYTES);
    header.putInt(padded.width()).putInt(padded.height());
    header.putInt(tiles.gridHeight()).putInt(tiles.gridWidth());
    MessageDigest digest = newDigest();
    digest.update(header.flip());
    digest.update(padded.pixels());
    return new PixelHash(HexFormat.of().formatHex(digest.digest()));
  }

  private static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
