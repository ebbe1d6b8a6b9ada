package io.xcomposer.model.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.text.Prompt;
import io.xcomposer.model.text.Prompt.Segment;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Blocks of four tokens; texts are ids by the letter. */
class PrefixCacheTest {
  private static final double BASE = 10_000;
  private static final String PAGE = "page";
  private static final String OTHER_PAGE = "other";

  private final BlockPool pool = new BlockPool(10);
  private final PrefixCache cache = new PrefixCache(pool, 4);

  private static PromptTokens text(String letters) {
    int[] ids = letters.chars().toArray();
    return PromptTokens.of(
        new Prompt(List.of(new Segment.Text(ids)), false, ids), List.of(), new int[0]);
  }

  private static PromptTokens picture(String page, int length, String question) {
    Prompt prompt =
        new Prompt(
            List.of(new Segment.Image(0), new Segment.Text(question.chars().toArray())),
            true,
            new int[] {1});
    return PromptTokens.of(prompt, List.of(page), new int[] {length});
  }

  /** Reads a prompt into new blocks, keeps it and lets go of it. */
  private int[] keep(PromptTokens prompt) {
    int[] blocks =
        IntStream.range(0, (prompt.length() + 3) / 4).map(i -> pool.allocate()).toArray();
    cache.insert(BASE, prompt, blocks, prompt.length());
    IntStream.of(blocks).forEach(pool::release);
    return blocks;
  }

  private int found(PromptTokens prompt) {
    return cache.match(BASE, prompt).length();
  }

  @Test
  void whatWasNeverReadIsNotFound() {
    assertThat(cache.match(BASE, text("abcdef"))).isEqualTo(PrefixCache.Match.NOTHING);
  }

  @Test
  void theCommonStartIsFoundToTheToken() {
    int[] blocks = keep(text("abcdefghij"));
    assertThat(cache.match(BASE, text("abcdefgXYZ")).length()).isEqualTo(7);
    assertThat(cache.match(BASE, text("abcdefgXYZ")).blocks())
        .containsExactly(blocks[0], blocks[1]);
    assertThat(found(text("abcdefghijkl"))).isEqualTo(10);
    assertThat(found(text("Xbcdefghij"))).isZero();
  }

  @Test
  void theLastTokenIsAlwaysReadAgain() {
    keep(text("abcdefgh"));
    assertThat(found(text("abcdefgh"))).isEqualTo(7);
    assertThat(found(text("abcde"))).isEqualTo(4);
    assertThat(found(text("a"))).isZero();
  }

  @Test
  void theLongestOfSeveralContinuationsIsFound() {
    keep(text("abcdXXXX"));
    int[] longest = keep(text("abcdefXX"));
    keep(text("abcdeXXX"));
    PrefixCache.Match match = cache.match(BASE, text("abcdefgh"));
    assertThat(match.length()).isEqualTo(6);
    assertThat(match.blocks().get(1)).isEqualTo(longest[1]);
  }

  @Test
  void aPictureIsFoundByItsPixelsNotByItsPlace() {
    keep(picture(PAGE, 6, "ab"));
    assertThat(found(picture(PAGE, 6, "xy"))).isEqualTo(6);
    assertThat(found(picture(OTHER_PAGE, 6, "ab"))).isZero();
  }

  @Test
  void positionsOfAPictureAreNotTakenForIdsOfText() {
    keep(picture(PAGE, 4, "x"));
    assertThat(found(text("\u0000\u0001\u0002\u0003x"))).isZero();
  }

  @Test
  void anotherRotaryBaseIsAnotherTree() {
    keep(text("abcdefgh"));
    assertThat(cache.match(2 * BASE, text("abcdefgh")).length()).isZero();
  }

  @Test
  void aPromptThatIsStillBeingReadIsKeptByWholeBlocks() {
    int[] blocks = {pool.allocate(), pool.allocate()};
    cache.insert(BASE, text("abcdefgh"), blocks, 6);
    assertThat(found(text("abcdefgh"))).isEqualTo(4);
  }

  @Test
  void theSamePromptTwiceIsKeptOnce() {
    keep(text("abcdef"));
    int free = pool.available();
    keep(text("abcdef"));
    keep(text("abcde"));
    assertThat(pool.available()).isEqualTo(free);
  }

  @Test
  void theLeastRecentlyUsedGoFirstAndChildrenBeforeTheirParents() {
    keep(text("abcdefgh"));
    keep(text("ABCDEFGH"));
    found(text("abcdefgh."));
    assertThat(cache.evict()).isTrue();
    assertThat(found(text("ABCDEFGH."))).isEqualTo(4);
    found(text("abcdefgh."));
    assertThat(cache.evict()).isTrue();
    assertThat(found(text("ABCDEFGH."))).isZero();
    assertThat(found(text("abcdefgh."))).isEqualTo(8);
  }

  @Test
  void whatASequenceUsesStays() {
    int[] blocks = keep(text("abcdefgh"));
    pool.retain(blocks[1]);
    assertThat(cache.unused()).isEqualTo(1);
    assertThat(cache.evict()).isFalse();
    pool.release(blocks[1]);
    assertThat(cache.evict()).isTrue();
    assertThat(cache.evict()).isTrue();
    assertThat(cache.evict()).isFalse();
    assertThat(pool.available()).isEqualTo(10);
  }
}
