package io.xcomposer.model;

import io.xcomposer.model.image.PixelHash;
import io.xcomposer.model.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Image tokens of the pages seen last, so that several questions on a page encode it once. Owns the
 * tensors. Belongs to the engine's thread.
 */
final class ImageTokenCache implements AutoCloseable {
  private final long maxBytes;
  private final Map<PixelHash, Tensor> tokens = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /**
   * An empty cache.
   *
   * @param maxBytes kept after {@link #trim}, beside what is wanted; a request may need more while
   *     it runs
   */
  ImageTokenCache(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Whether the tokens of a page are here. */
  boolean holds(PixelHash page) {
    return tokens.containsKey(page);
  }

  /** The tokens of a page, encoded when they are not here; valid until the next {@link #trim}. */
  Tensor get(PixelHash page, Supplier<Tensor> encode) {
    Tensor found = tokens.get(page);
    if (found == null) {
      found = encode.get();
      tokens.put(page, found);
      bytes += found.bytes();
    }
    return found;
  }

  /**
   * Forgets pages, least recently used first, down to the limit.
   *
   * @param wanted pages that stay, above the limit too
   */
  void trim(Predicate<PixelHash> wanted) {
    var oldest = tokens.entrySet().iterator();
    while (bytes > maxBytes && oldest.hasNext()) {
      Map.Entry<PixelHash, Tensor> page = oldest.next();
      if (!wanted.test(page.getKey())) {
        bytes -= page.getValue().bytes();
        oldest.remove();
        page.getValue().close();
      }
    }
  }

  /** Forgets all pages. */
  void clear() {
    tokens.values().forEach(Tensor::close);
    tokens.clear();
    bytes = 0;
  }

  @Override
  public void close() {
    clear();
  }
}
