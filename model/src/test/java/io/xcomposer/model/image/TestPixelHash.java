package io.xcomposer.model.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TestPixelHash {
  private static final int SIDE = HdTransform.TILE;

  /** Tiles of one shade each, row by row; -1 is noise. */
  private static Tiles tiles(int gridWidth, int... shades) {
    int width = gridWidth * SIDE;
    int gridHeight = shades.length / gridWidth;
    byte[] pixels = new byte[3 * width * gridHeight * SIDE];
    Random random = new Random(1);
    for (int y = 0; y < gridHeight * SIDE; y++) {
      for (int column = 0; column < gridWidth; column++) {
        int shade = shades[y / SIDE * gridWidth + column];
        int from = 3 * (y * width + column * SIDE);
        for (int i = from; i < from + 3 * SIDE; i++) {
          pixels[i] = (byte) (shade < 0 ? random.nextInt() : shade);
        }
      }
    }
    return new Tiles(new RgbImage(width, gridHeight * SIDE, pixels), gridHeight, gridWidth);
  }

  private static byte[] view(Tiles tiles, int index) {
    ByteBuffer view = ByteBuffer.allocate(Tiles.VIEW_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    tiles.write(index, 1, view);
    return view.array();
  }

  @Test
  void viewsAreKnownByTheSameHashWhereTheirPixelsAreEqual() {
    Tiles tiles = tiles(3, 255, -1, 255, 7, 255, -1);
    List<PixelHash> hashes = PixelHash.ofViews(tiles);
    assertThat(hashes).hasSize(7);
    for (int i = 0; i < 7; i++) {
      for (int j = 0; j < i; j++) {
        assertThat(hashes.get(i).equals(hashes.get(j)))
            .as("views %d and %d", i, j)
            .isEqualTo(Arrays.equals(view(tiles, i), view(tiles, j)));
      }
    }
  }

  @Test
  void theGlobalViewOfOneTileIsThatTile() {
    Tiles tiles = tiles(1, -1);
    assertThat(view(tiles, 0)).isEqualTo(view(tiles, 1));
    assertThat(PixelHash.ofViews(tiles).get(0)).isEqualTo(PixelHash.ofViews(tiles).get(1));
  }

  @Test
  void aTileIsKnownAlikeOnEveryPage() {
    PixelHash white = PixelHash.ofViews(tiles(1, 255)).get(1);
    assertThat(PixelHash.ofViews(tiles(2, 3, 255)).get(2)).isEqualTo(white);
    assertThat(PixelHash.ofViews(tiles(1, 255, 3)).get(1)).isEqualTo(white);
  }

  @Test
  void theFirstViewStandsForThePage() {
    Tiles wide = tiles(2, 9, 9);
    Tiles tall = tiles(1, 9, 9);
    assertThat(PixelHash.ofViews(wide).get(0)).isEqualTo(PixelHash.of(wide));
    assertThat(PixelHash.of(wide)).isNotEqualTo(PixelHash.of(tall));
  }
}
