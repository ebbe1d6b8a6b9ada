package io.xcomposer.model.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * The views of a padded image: view 0 is the global view, then come the tiles row by row, left to
 * right (model-spec 4.5). Views are made when they are asked for, so that a large page need not be
 * in memory as floats at once.
 *
 * @param padded whole tiles; shared, not to be changed
 * @param gridHeight tiles from top to bottom
 * @param gridWidth tiles from left to right
 */
public record Tiles(RgbImage padded, int gridHeight, int gridWidth) {
  /** Bytes of a view: (3, 336, 336) f32. */
  public static final int VIEW_BYTES = 3 * HdTransform.TILE * HdTransform.TILE * Float.BYTES;

  public Tiles {
    if (padded.width() != gridWidth * HdTransform.TILE
        || padded.height() != gridHeight * HdTransform.TILE) {
      throw new IllegalArgumentException(
          "a padded image of %dx%d pixels is not %dx%d tiles"
              .formatted(padded.width(), padded.height(), gridWidth, gridHeight));
    }
  }

  /**
   * The views of an image.
   *
   * @param padded from {@link HdTransform#apply} with the same plan
   */
  public static Tiles of(RgbImage padded, HdPlan plan) {
    return new Tiles(padded, plan.gridHeight(), plan.gridWidth());
  }

  /** The global view and all tiles. */
  public int views() {
    return 1 + gridHeight * gridWidth;
  }

  /**
   * Writes views {@code first} to {@code first + count - 1}, normalised: (count, 3, 336, 336) f32
   * little-endian.
   *
   * @param target little-endian, with room for {@code count · VIEW_BYTES} bytes from its position
   *     on; its position moves behind them
   */
  public void write(int first, int count, ByteBuffer target) {
    if (first < 0 || count < 0 || count > views() - first) {
      throw new IllegalArgumentException(
          "views " + first + " to " + (first + count) + " of " + views());
    }
    if (target.order() != ByteOrder.LITTLE_ENDIAN) {
      throw new IllegalArgumentException("the target is not little-endian");
    }
    FloatBuffer out = target.asFloatBuffer();
    for (int view = first; view < first + count; view++) {
      if (view == 0) {
        GlobalView.write(padded, out);
      } else {
        writeTile(view - 1, out);
      }
    }
    target.position(target.position() + count * VIEW_BYTES);
  }

  /**
   * All views at once, as {@link #write} gives them.
   *
   * @return (1 + h·w, 3, 336, 336), direct, positioned at its start; the caller's
   */
  public ByteBuffer normalized() {
    ByteBuffer views =
        ByteBuffer.allocateDirect(Math.multiplyExact(views(), VIEW_BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    write(0, views(), views);
    return views.flip();
  }

  private void writeTile(int tile, FloatBuffer out) {
    int left = tile % gridWidth * HdTransform.TILE;
    int top = tile / gridWidth * HdTransform.TILE;
    byte[] pixels = padded.pixels();
    float[] row = new float[HdTransform.TILE];
    for (int channel = 0; channel < 3; channel++) {
      float[] table = Normalization.of(channel);
      for (int y = 0; y < HdTransform.TILE; y++) {
        int from = 3 * ((top + y) * padded.width() + left) + channel;
        for (int x = 0; x < HdTransform.TILE; x++) {
          row[x] = table[pixels[from + 3 * x] & 255];
        }
        out.put(row);
      }
    }
  }
}
