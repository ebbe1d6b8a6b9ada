package io.xcomposer.model;

import io.xcomposer.model.Answer.Grid;
import io.xcomposer.model.image.HdPlan;
import io.xcomposer.model.image.HdTransform;
import io.xcomposer.model.image.PixelHash;
import io.xcomposer.model.image.RgbImage;
import io.xcomposer.model.image.Tiles;
import java.util.List;

/**
 * An image resized and padded for one hd_num, ready for the tower.
 *
 * @param viewHashes what each view is known by; the first, the global view, stands for the page
 */
record Page(HdPlan plan, Tiles tiles, List<PixelHash> viewHashes) {

  /** Resizes and pads. */
  static Page of(RgbImage image, HdPlan plan) {
    Tiles tiles = Tiles.of(HdTransform.apply(image, plan), plan);
    return new Page(plan, tiles, PixelHash.ofViews(tiles));
  }

  PixelHash hash() {
    return viewHashes.get(0);
  }

  Grid grid() {
    return new Grid(plan.gridHeight(), plan.gridWidth());
  }
}
