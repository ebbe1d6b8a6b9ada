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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import java.util.function.Supplier;

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
   * @param seconds of the tower and the projector, its share by these views
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

  /** Pages in the tower, and how long they have been at work there. */
  private static final class Batch {
    final List<PixelHash> pages;
    final ViewBatch views;
    final VisionEncoder.Encoding encoding;
    double seconds;

    Batch(List<PixelHash> pages, ViewBatch views, VisionEncoder.Encoding encoding) {
      this.pages = pages;
      this.views = views;
      this.encoding = encoding;
    }
  }

  private final VisionEncoder visionEncoder;
  private final Workspace workspace;
  private final ImageTokenCache cache;
  private final EngineCounts counts;
  private final long maxBytes;
  private final List<Waiting> waiting = new ArrayList<>();
  private final Map<PageGroup, Integer> openGroups = new HashMap<>();
  private Batch batch;

  /**
   * Without work.
   *
   * @param maxBytes that pages in the tower and image tokens may take together
   */
  PageEncoder(
      VisionEncoder visionEncoder,
      Workspace workspace,
      ImageTokenCache cache,
      EngineCounts counts,
      long maxBytes) {
    this.visionEncoder = visionEncoder;
    this.workspace = workspace;
    this.cache = cache;
    this.counts = counts;
    this.maxBytes = maxBytes;
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

  /**
   * Hands over requests whose pages are all encoded, {@code most} of them. They go in their order;
   * while a batch is in the tower, those behind it need not wait for it.
   */
  void handOver(int most, Consumer<Encoded> ready) {
    endUnwanted();
    int left = most;
    for (Waiting request : List.copyOf(waiting)) {
      boolean watched = request.prepared.submission().watched();
      boolean goes = watched || request.prepared.inputs().pages().stream().allMatch(cache::holds);
      if (left == 0 || !(goes || running())) {
        break;
      }
      if (goes) {
        left--;
        handOver(request, ready);
      }
    }
    trim();
  }

  private void endUnwanted() {
    for (Waiting request : List.copyOf(waiting)) {
      try {
        request.prepared.submission().requireWanted();
      } catch (CancellationException e) {
        fail(request, e);
      }
    }
  }

  private void handOver(Waiting request, Consumer<Encoded> ready) {
    try {
      Encoded encoded =
          request.prepared.submission().watched()
              ? encodeAlone(request.prepared)
              : encoded(request);
      leave(request);
      handOver(encoded, ready);
    } catch (RuntimeException | Error e) {
      fail(request, e);
    }
  }

  private static void handOver(Encoded encoded, Consumer<Encoded> ready) {
    try {
      ready.accept(encoded);
    } catch (RuntimeException | Error e) {
      encoded.release().run();
      throw e;
    }
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
    double seconds = secondsSince(start);
    counts.images(owned.size(), 0);
    counts.views(views.size(), views.size());
    counts.tower(seconds);
    return new Encoded(
        prepared.inputs(), owned, () -> owned.forEach(Tensor::close), 0, views.size(), seconds);
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
      } else if (!timed(batch.encoding::advance)) {
        finish();
      }
    } catch (RuntimeException | Error e) {
      List.copyOf(waiting).stream().filter(this::isInBatch).forEach(request -> fail(request, e));
      closeBatch();
    }
  }

  /** Counts the time that the batch has been at work. */
  private <T> T timed(Supplier<T> work) {
    long start = System.nanoTime();
    T result = work.get();
    double seconds = secondsSince(start);
    batch.seconds += seconds;
    counts.tower(seconds);
    return result;
  }

  private boolean isInBatch(Waiting request) {
    return batch.pages.stream().anyMatch(request::has);
  }

  /**
   * Pages of the requests at the front that nobody has encoded, as far as there is room for them;
   * null when there are none.
   */
  private Batch nextBatch() {
    Set<PixelHash> pages = new LinkedHashSet<>();
    ViewBatch views = new ViewBatch();
    int shown = 0;
    long bytes = 0;
    for (Waiting request : List.copyOf(waiting)) {
      for (Page page : request.prepared.pages()) {
        if (cache.holds(page.hash()) || pages.contains(page.hash())) {
          continue;
        }
        long more = visionEncoder.bytesOf(page.tiles().gridHeight(), page.tiles().gridWidth());
        boolean first = pages.isEmpty();
        if (first && !makeRoomFor(request, more)) {
          return null;
        }
        int size = page.viewHashes().size();
        if (first || (views.size() + size <= VIEWS_OF_A_BATCH && hasRoom(bytes + more))) {
          pages.add(page.hash());
          views.addDistinct(page.tiles(), page.viewHashes());
          shown += size;
          bytes += more;
        }
      }
    }
    return pages.isEmpty() ? null : start(List.copyOf(pages), views, shown);
  }

  private Batch start(List<PixelHash> pages, ViewBatch views, int shown) {
    try {
      VisionEncoder.Encoding encoding = visionEncoder.start(views, workspace, StageObserver.NONE);
      counts.views(shown, views.size());
      return new Batch(pages, views, encoding);
    } catch (RuntimeException | Error e) {
      waiting.stream()
          .filter(request -> pages.stream().anyMatch(request::has))
          .toList()
          .forEach(request -> fail(request, e));
      return null;
    }
  }

  /** Forgets pages that nobody wants until there is room beside the others. */
  private boolean hasRoom(long bytes) {
    cache.trim(maxBytes - bytes, this::wanted);
    return cache.bytes() + bytes <= maxBytes;
  }

  /**
   * The same for the request whose turn it is, for which those behind it make way. False when it
   * has to wait for those before it; when there are none it never fits, and fails.
   */
  private boolean makeRoomFor(Waiting request, long bytes) {
    if (hasRoom(bytes)) {
      return true;
    }
    List<Waiting> upToIt = waiting.subList(0, waiting.indexOf(request) + 1);
    cache.trim(maxBytes - bytes, page -> upToIt.stream().anyMatch(each -> each.has(page)));
    if (cache.bytes() + bytes <= maxBytes) {
      return true;
    }
    if (upToIt.size() == 1 && !cache.inUse()) {
      fail(
          request,
          Errors.memory(
              "the page needs "
                  + MemoryPlan.mebibytes(cache.bytes() + bytes)
                  + " of the memory budget, which has "
                  + MemoryPlan.mebibytes(maxBytes)
                  + " for pages",
              "give more memory, a smaller hd-num or fewer images a question"));
    }
    return false;
  }

  private void finish() {
    List<Tensor> tokens = timed(batch.encoding::finish);
    for (int page = 0; page < tokens.size(); page++) {
      PixelHash hash = batch.pages.get(page);
      cache.put(hash, tokens.get(page));
      charge(hash, batch.views.viewsOf(page));
    }
    closeBatch();
  }

  /** What a page has cost goes to the first request that has it. */
  private void charge(PixelHash page, int views) {
    for (Waiting request : waiting) {
      if (request.has(page)) {
        request.encodedPages++;
        request.views += views;
        request.seconds += batch.seconds * views / batch.views.size();
        return;
      }
    }
  }

  private void closeBatch() {
    if (batch != null) {
      batch.encoding.close();
      batch = null;
    }
  }

  /** Pages stay while a request that waits, or one of its group that is still to come, has them. */
  private void trim() {
    cache.trim(this::wanted);
  }

  private boolean wanted(PixelHash page) {
    return waiting.stream().anyMatch(request -> request.has(page))
        || openGroups.entrySet().stream()
            .anyMatch(group -> group.getKey().wants(page, group.getValue()));
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
