package io.xcomposer.model.vision;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.image.HdTransform;
import io.xcomposer.model.image.PixelHash;
import io.xcomposer.model.image.RgbImage;
import io.xcomposer.model.image.Tiles;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TestViewBatch {
  private static final int SIDE = HdTransform.TILE;

  private static Tiles tiles(int count) {
    return new Tiles(new RgbImage(count * SIDE, SIDE, new byte[3 * SIDE * SIDE * count]), 1, count);
  }

  private static List<PixelHash> hashes(String... names) {
    return Arrays.stream(names).map(PixelHash::new).toList();
  }

  private static int[] slots(ViewBatch batch, int page) {
    return batch.pages().get(page).slots();
  }

  @Test
  void equalViewsOfAPageAndOfPagesBeforeItRunOnce() {
    ViewBatch batch = new ViewBatch();
    batch.addDistinct(tiles(3), hashes("page", "a", "white", "white"));
    batch.addDistinct(tiles(2), hashes("other", "white", "b"));
    assertThat(batch.size()).isEqualTo(5);
    assertThat(slots(batch, 0)).containsExactly(0, 1, 2, 2);
    assertThat(slots(batch, 1)).containsExactly(3, 2, 4);
    assertThat(batch.viewsOf(0)).isEqualTo(3);
    assertThat(batch.viewsOf(1)).isEqualTo(2);
  }

  @Test
  void aPageAddedWithoutHashesRunsEveryView() {
    ViewBatch batch = new ViewBatch().add(tiles(2)).add(tiles(1));
    assertThat(batch.size()).isEqualTo(5);
    assertThat(slots(batch, 1)).containsExactly(3, 4);
    assertThat(batch.viewsOf(0)).isEqualTo(3);
  }

  @Test
  void eachViewIsWrittenFromThePageThatBroughtIt() {
    Tiles first = tiles(1);
    Tiles second = tiles(2);
    ViewBatch batch = new ViewBatch();
    batch.addDistinct(first, hashes("white", "white"));
    batch.addDistinct(second, hashes("page", "white", "a"));
    assertThat(batch.views())
        .containsExactly(
            new ViewBatch.View(first, 0),
            new ViewBatch.View(second, 0),
            new ViewBatch.View(second, 2));
  }
}
