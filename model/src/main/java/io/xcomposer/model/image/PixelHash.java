package io.xcomposer.model.image;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * What a padded image is known by in caches: equal for equal pixels, size and grid. A view is known
 * by the image that it is the global view of: a tile by itself, as a page of one tile.
 *
 * @param sha256 of width, height, grid height, grid width (big-endian ints) and the pixels, in hex
 */
public record PixelHash(String sha256) {

  /** Hashes the pixels, a few milliseconds for a page. */
  public static PixelHash of(Tiles tiles) {
    RgbImage padded = tiles.padded();
    MessageDigest digest =
        newDigest(padded.width(), padded.height(), tiles.gridHeight(), tiles.gridWidth());
    digest.update(padded.pixels());
    return hash(digest);
  }

  /** What each view of a page is known by, in the order of the views. */
  public static List<PixelHash> ofViews(Tiles tiles) {
    List<PixelHash> views = new ArrayList<>();
    views.add(of(tiles));
    for (int row = 0; row < tiles.gridHeight(); row++) {
      for (int column = 0; column < tiles.gridWidth(); column++) {
        views.add(ofTile(tiles.padded(), row, column));
      }
    }
    return List.copyOf(views);
  }

  private static PixelHash ofTile(RgbImage padded, int row, int column) {
    int side = HdTransform.TILE;
    MessageDigest digest = newDigest(side, side, 1, 1);
    for (int y = row * side; y < (row + 1) * side; y++) {
      digest.update(padded.pixels(), 3 * (y * padded.width() + column * side), 3 * side);
    }
    return hash(digest);
  }

  private static MessageDigest newDigest(int width, int height, int gridHeight, int gridWidth) {
    ByteBuffer header = ByteBuffer.allocate(4 * Integer.BYTES);
    header.putInt(width).putInt(height).putInt(gridHeight).putInt(gridWidth);
    MessageDigest digest = newDigest();
    digest.update(header.flip());
    return digest;
  }

  private static PixelHash hash(MessageDigest digest) {
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
