package io.xcomposer.model;

import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.model.image.HdPlan;
import io.xcomposer.model.image.HdTransform;
import io.xcomposer.model.image.PixelHash;
import io.xcomposer.model.image.RgbImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The images of requests that belong together. A source is decoded once and becomes a page once per
 * hd_num, however many of the requests have it; a source that is broken fails each of them with the
 * same error. Sources are the same when they have the same array, which is how these records
 * compare.
 *
 * <p>One thread prepares the members in their order and {@linkplain #leave leaves} each; what no
 * later member needs is then forgotten. {@link #wants} may be asked from another thread.
 */
final class PageGroup {
  private record Use(ImageSource source, int hdNum) {}

  /** Pixels, or why there are none. */
  private record Pixels(RgbImage image, RuntimeException failure) {
    RgbImage orFailure() {
      if (failure != null) {
        throw failure;
      }
      return image;
    }
  }

  private final List<Request> requests;
  private final Function<ImageSource, RgbImage> decoder;
  private final Map<Use, Integer> lastMember = new HashMap<>();
  private final Map<ImageSource, Pixels> decoded = new HashMap<>();
  private final Map<Use, Page> pages = new HashMap<>();
  private final Map<PixelHash, Integer> wantedUntil = new ConcurrentHashMap<>();

  PageGroup(List<Request> requests, Function<ImageSource, RgbImage> decoder) {
    this.requests = List.copyOf(requests);
    this.decoder = decoder;
    for (int member = 0; member < requests.size(); member++) {
      for (Use use : uses(member)) {
        lastMember.put(use, member);
      }
    }
  }

  private List<Use> uses(int member) {
    Request request = requests.get(member);
    return request.images().stream().map(source -> new Use(source, request.hdNum())).toList();
  }

  Request request(int member) {
    return requests.get(member);
  }

  /** Sizes of a member's images, which cost no resizing. */
  List<HdPlan> plans(int member) {
    return uses(member).stream().map(this::plan).toList();
  }

  private HdPlan plan(Use use) {
    Page known = pages.get(use);
    if (known != null) {
      return known.plan();
    }
    RgbImage image = pixels(use.source());
    return HdTransform.plan(image.width(), image.height(), use.hdNum());
  }

  /** A member's images, in their order. */
  List<Page> pages(int member) {
    List<Page> found = new ArrayList<>();
    for (Use use : uses(member)) {
      Page page = pages.computeIfAbsent(use, this::newPage);
      wantedUntil.merge(page.hash(), lastMember.get(use), Math::max);
      found.add(page);
    }
    return found;
  }

  private Page newPage(Use use) {
    return Page.of(pixels(use.source()), plan(use));
  }

  private RgbImage pixels(ImageSource source) {
    return decoded.computeIfAbsent(source, this::decode).orFailure();
  }

  private Pixels decode(ImageSource source) {
    try {
      return new Pixels(decoder.apply(source), null);
    } catch (RuntimeException e) {
      return new Pixels(null, e);
    }
  }

  /** Forgets what no member behind this one needs. */
  void leave(int member) {
    lastMember.values().removeIf(last -> last <= member);
    pages.keySet().retainAll(lastMember.keySet());
    decoded.keySet().removeIf(source -> lastMember.keySet().stream().noneMatch(needs(source)));
  }

  /** Uses that are still to be made of a source's pixels. */
  private Predicate<Use> needs(ImageSource source) {
    return use -> use.source().equals(source) && !pages.containsKey(use);
  }

  /** Whether a member behind this one has such a page. */
  boolean wants(PixelHash page, int member) {
    return wantedUntil.getOrDefault(page, -1) > member;
  }
}
