package io.xcomposer.model;

import io.xcomposer.model.image.PixelHash;
import io.xcomposer.model.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Image tokens of the pages seen last, so that several questions on a page encode it once. Owns the
 * tensors. Belongs to the model's thread.
 */
final class ImageTokenCache implements AutoCloseable {
  private static final class Entry {
    final Tensor tokens;
    int users;

    Entry(Tensor tokens) {
      this.tokens = tokens;
    }
  }

  private final long keptBytes;
  private final Map<PixelHash, Entry> pages = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /**
   * An empty cache.
   *
   * @param keptBytes kept after {@link #trim(Predicate)}, beside what is in use or wanted
   */
  ImageTokenCache(long keptBytes) {
    this.keptBytes = keptBytes;
  }

  /** Bytes of all pages here. */
  long bytes() {
    return bytes;
  }

  /** Whether a page is in use. */
  boolean inUse() {
    return pages.values().stream().anyMatch(page -> page.users > 0);
  }

  /** Whether the tokens of a page are here. */
  boolean holds(PixelHash page) {
    return pages.containsKey(page);
  }

  /** Takes over the tokens of a page that is not here. */
  void put(PixelHash page, Tensor tokens) {
    pages.put(page, new Entry(tokens));
    bytes += tokens.bytes();
  }

  /**
   * The tokens of a page that is here, which stay until they are {@linkplain #release released}.
   */
  Tensor use(PixelHash page) {
    Entry entry = pages.get(page);
    entry.users++;
    return entry.tokens;
  }

  /** Ends one use. */
  void release(PixelHash page) {
    pages.get(page).users--;
  }

  /**
   * Forgets pages that nobody uses, least recently used first, down to the limit.
   *
   * @param wanted pages that stay, above the limit too
   */
  void trim(Predicate<PixelHash> wanted) {
    trim(keptBytes, wanted);
  }

  /** The same, down to another limit. */
  void trim(long maxBytes, Predicate<PixelHash> wanted) {
    var oldest = pages.entrySet().iterator();
    while (bytes > maxBytes && oldest.hasNext()) {
      Map.Entry<PixelHash, Entry> page = oldest.next();
      if (page.getValue().users == 0 && !wanted.test(page.getKey())) {
        bytes -= page.getValue().tokens.bytes();
        oldest.remove();
        page.getValue().tokens.close();
      }
    }
  }

  @Override
  public void close() {
    pages.values().forEach(page -> page.tokens.close());
    pages.clear();
    bytes = 0;
  }
}
