package io.xcomposer.model;

import io.xcomposer.model.Preparation.Inputs;
import io.xcomposer.model.Preparation.Prepared;
import io.xcomposer.model.image.PixelHash;
import io.xcomposer.model.tensor.Tensor;
import io.xcomposer.model.tensor.Workspace;
import io.xcomposer.model.vision.ViewBatch;
import io.xcomposer.model.vision.VisionEncoder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Pages to image tokens, for all requests that wait: their views go through the tower together, a
 * few a step, and a page or view that several of them have goes once. Belongs to the model's
 * thread.
 */
final class PageEncoder implements AutoCloseable {
  /** Views of a batch, unless one page has more; their features are in memory at once. */
  private static final int VIEWS_OF_A_BATCH = 64;

  /**
   * A request whose image tokens are there.
   *
   * @param release ends the use of the tokens, once
   * @param cacheHits images that were encoded before, or for another request
   * @param views that ran for this request
   * @param seconds from the start of the batch with its pages on
   */
  record Encoded(
      Inputs inputs,
      List<Tensor> imageTokens,
      Runnable release,
      int cacheHits,
      int views,
      double seconds) {}

  /** A request that waits, and what was done for it. */
  private static final class Waiting {
    final Prepared prepared;
    int encodedPages;
    int views;
    double seconds;

    Waiting(Prepared prepared) {
      this.prepared = prepared;
    }

    boolean has(PixelHash page) {
      return prepared.inputs().pages().contains(page);
    }
  }

  /** Pages in the tower, each with the request that it was taken from. */
  private record Batch(
      Map<PixelHash, Waiting> pages,
      ViewBatch views,
      VisionEncoder.Encoding encoding,
      long started) {}

  private final VisionEncoder visionEncoder;
  private final Workspace workspace;
  private final ImageTokenCache cache;
  private final EngineCounts counts;
  private final List<Waiting> waiting = new ArrayList<>();
  private final Map<PageGroup, Integer> openGroups = new HashMap<>();
  private Batch batch;

  PageEncoder(
      VisionEncoder visionEncoder,
      Workspace workspace,
      ImageTokenCache cache,
      EngineCounts counts) {
    this.visionEncoder = visionEncoder;
    this.workspace = workspace;
    this.cache = cache;
    this.counts = counts;
  }

  /** Takes in a request. */
  void add(Prepared prepared) {
    waiting.add(new Waiting(prepared));
    openGroups.put(prepared.submission().group(), prepared.submission().member());
  }

  /** No further request of a group comes. */
  void end(PageGroup group) {
    openGroups.remove(group);
    trim();
  }

  boolean idle() {
    return waiting.isEmpty() && batch == null;
  }

  /** Whether views are on their way. */
  boolean running() {
    return batch != null;
  }

  // ---- handing over

  /** Hands over requests whose pages are all encoded, in their order, {@code most} of them. */
  void handOver(int most, Consumer<Encoded> ready) {
    int left = most;
    Iterator<Waiting> inOrder = List.copyOf(waiting).iterator();
    while (left > 0 && inOrder.hasNext()) {
      Waiting next = inOrder.next();
      Submission submission = next.prepared.submission();
      try {
        submission.requireWanted();
        if (submission.watched()) {
          Encoded encoded = encodeAlone(next.prepared);
          leave(next);
          ready.accept(encoded);
          left--;
        } else if (next.prepared.inputs().pages().stream().allMatch(cache::holds)) {
          leave(next);
          ready.accept(encoded(next));
          left--;
        }
      } catch (RuntimeException | Error e) {
        fail(next, e);
      }
    }
    trim();
  }

  private void leave(Waiting request) {
    if (waiting.remove(request)) {
      request.prepared.forget().run();
    }
  }

  private Encoded encoded(Waiting request) {
    List<PixelHash> hashes = request.prepared.inputs().pages();
    int hits = hashes.size() - request.encodedPages;
    counts.images(hashes.size(), hits);
    return new Encoded(
        request.prepared.inputs(),
        hashes.stream().map(cache::use).toList(),
        () -> {
          hashes.forEach(cache::release);
          trim();
        },
        hits,
        request.views,
        request.seconds);
  }

  /** Every view of a watched request runs, however well it is known. */
  private Encoded encodeAlone(Prepared prepared) {
    long start = System.nanoTime();
    ViewBatch views = new ViewBatch();
    prepared.pages().forEach(page -> views.add(page.tiles()));
    List<Tensor> tokens = List.of();
    if (views.size() > 0) {
      try (VisionEncoder.Encoding encoding =
          visionEncoder.start(views, workspace, prepared.submission().observer())) {
        while (encoding.advance()) {
          prepared.submission().requireWanted();
        }
        tokens = encoding.finish();
      }
    }
    List<Tensor> owned = tokens;
    counts.images(owned.size(), 0);
    counts.views(views.size(), views.size());
    return new Encoded(
        prepared.inputs(),
        owned,
        () -> owned.forEach(Tensor::close),
        0,
        views.size(),
        secondsSince(start));
  }

  // ---- the tower

  /** Runs some views, of the batch on its way or of a new one. */
  void advance() {
    if (batch == null) {
      batch = nextBatch();
    }
    if (batch == null) {
      return;
    }
    try {
      if (waiting.stream().noneMatch(this::isInBatch)) {
        closeBatch(); // nobody wants it any more
      } else if (!batch.encoding().advance()) {
        finish();
      }
    } catch (RuntimeException | Error e) {
      List.copyOf(waiting).stream().filter(this::isInBatch).forEach(request -> fail(request, e));
      closeBatch();
    }
  }

  private boolean isInBatch(Waiting request) {
    return batch.pages().keySet().stream().anyMatch(request::has);
  }

  /** Pages of the requests at the front that nobody has encoded; null when there are none. */
  private Batch nextBatch() {
    Map<PixelHash, Waiting> pages = new LinkedHashMap<>();
    ViewBatch views = new ViewBatch();
    int shown = 0;
    for (Waiting request : waiting) {
      for (Page page : request.prepared.pages()) {
        boolean fits =
            views.size() == 0 || views.size() + page.viewHashes().size() <= VIEWS_OF_A_BATCH;
        if (fits && !cache.holds(page.hash()) && pages.putIfAbsent(page.hash(), request) == null) {
          views.addDistinct(page.tiles(), page.viewHashes());
          shown += page.viewHashes().size();
        }
      }
    }
    if (pages.isEmpty()) {
      return null;
    }
    try {
      VisionEncoder.Encoding encoding = visionEncoder.start(views, workspace, StageObserver.NONE);
      counts.views(shown, views.size());
      return new Batch(pages, views, encoding, System.nanoTime());
    } catch (RuntimeException | Error e) {
      List.copyOf(pages.values()).forEach(request -> fail(request, e));
      return null;
    }
  }

  private void finish() {
    List<Tensor> tokens = batch.encoding().finish();
    double seconds = secondsSince(batch.started());
    int page = 0;
    for (Map.Entry<PixelHash, Waiting> each : batch.pages().entrySet()) {
      cache.put(each.getKey(), tokens.get(page));
      each.getValue().encodedPages++;
      each.getValue().views += batch.views().viewsOf(page);
      page++;
    }
    waiting.stream().filter(this::isInBatch).forEach(request -> request.seconds += seconds);
    closeBatch();
  }

  private void closeBatch() {
    if (batch != null) {
      batch.encoding().close();
      batch = null;
    }
  }

  /** Pages stay while a request that waits, or one of its group that is still to come, has them. */
  private void trim() {
    cache.trim(
        page ->
            waiting.stream().anyMatch(request -> request.has(page))
                || openGroups.entrySet().stream()
                    .anyMatch(group -> group.getKey().wants(page, group.getValue())));
  }

  private void fail(Waiting request, Throwable error) {
    leave(request);
    request.prepared.submission().fail(error);
  }

  /** Ends all requests that wait with an error. */
  void failAll(Throwable error) {
    List.copyOf(waiting).forEach(request -> fail(request, error));
    closeBatch();
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  @Override
  public void close() {
    closeBatch();
    cache.close();
  }
}
