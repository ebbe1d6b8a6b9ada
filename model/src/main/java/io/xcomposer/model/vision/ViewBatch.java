package io.xcomposer.model.vision;

import io.xcomposer.model.image.PixelHash;
import io.xcomposer.model.image.Tiles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The views of several pages as one list for the tower. Views with equal pixels, such as white
 * margins, run once for all pages that were added {@linkplain #addDistinct by their hashes}.
 */
public final class ViewBatch {
  /** A view of a page. */
  record View(Tiles tiles, int index) {}

  /**
   * A page.
   *
   * @param slots where each of its views is in the list
   * @param viewsThatRun because of it, the others were there before
   */
  record Placed(Tiles tiles, int[] slots, int viewsThatRun) {}

  private final List<View> views = new ArrayList<>();
  private final List<Placed> pages = new ArrayList<>();
  private final Map<PixelHash, Integer> known = new HashMap<>();

  /** Adds a page of which every view runs. */
  public ViewBatch add(Tiles tiles) {
    int[] slots = new int[tiles.views()];
    Arrays.setAll(slots, index -> newSlot(tiles, index));
    pages.add(new Placed(tiles, slots, slots.length));
    return this;
  }

  /**
   * Adds a page; views that are here already do not run again.
   *
   * @param hashes what each view is known by
   */
  public ViewBatch addDistinct(Tiles tiles, List<PixelHash> hashes) {
    int before = views.size();
    int[] slots = new int[tiles.views()];
    Arrays.setAll(
        slots, index -> known.computeIfAbsent(hashes.get(index), hash -> newSlot(tiles, index)));
    pages.add(new Placed(tiles, slots, views.size() - before));
    return this;
  }

  private int newSlot(Tiles tiles, int index) {
    views.add(new View(tiles, index));
    return views.size() - 1;
  }

  /** Views that run. */
  public int size() {
    return views.size();
  }

  /** Views that run because of a page; the others it shares with itself or pages before it. */
  public int viewsOf(int page) {
    return pages.get(page).viewsThatRun();
  }

  List<View> views() {
    return views;
  }

  List<Placed> pages() {
    return pages;
  }
}
