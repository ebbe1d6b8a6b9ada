package io.xcomposer.model;

import io.xcomposer.model.Answer.Grid;
import io.xcomposer.model.image.HdPlan;
import io.xcomposer.model.image.HdTransform;
import io.xcomposer.model.image.PixelHash;
import io.xcomposer.model.image.RgbImage;
import io.xcomposer.model.image.Tiles;

/** An image resized and padded for one hd_num, ready for the tower. */
record Page(HdPlan plan, Tiles tiles, PixelHash hash) {

  /** Resizes and pads. */
  static Page of(RgbImage image, HdPlan plan) {
    Tiles tiles = Tiles.of(HdTransform.apply(image, plan), plan);
    return new Page(plan, tiles, PixelHash.of(tiles));
  }

  Grid grid() {
    return new Grid(plan.gridHeight(), plan.gridWidth());
  }
}
