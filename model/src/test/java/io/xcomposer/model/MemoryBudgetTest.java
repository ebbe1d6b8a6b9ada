package io.xcomposer.model;

import static io.xcomposer.model.TinyRequests.GOLDEN;
import static io.xcomposer.model.TinyRequests.GREEDY;
import static io.xcomposer.model.TinyRequests.ask;
import static io.xcomposer.model.TinyRequests.image;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.model.image.RgbImage;
import io.xcomposer.model.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An engine that keeps to a budget of memory, on the tiny checkpoint. */
@Timeout(120)
class MemoryBudgetTest {
  private static final long MIB = 1 << 20;

  private static XComposerEngine open(CountingMemory memory, long bytes) {
    return XComposerEngine.open(
        GOLDEN.resolve("checkpoint"),
        new EngineOptions("cpu", DType.F32, 1, EngineOptions.DEFAULT_MAX_IMAGE_PIXELS, 0, bytes),
        memory::backend);
  }

  /** What the error of a budget that is too small asks for. */
  private static long leastBytes() {
    XComposerException error = refused(20 * MIB);
    Matcher least = Pattern.compile("in all (\\d+) MiB").matcher(error.getMessage());
    assertThat(least.find()).as(error.getMessage()).isTrue();
    return Long.parseLong(least.group(1)) * MIB;
  }

  private static XComposerException refused(long bytes) {
    CountingMemory memory = new CountingMemory();
    try (XComposerEngine engine = open(memory, bytes)) {
      throw new AssertionError(bytes + " bytes sufficed for " + engine);
    } catch (XComposerException e) {
      assertThat(e.kind()).isEqualTo(XComposerException.Kind.MEMORY);
      assertThat(memory.openTensors()).isZero();
      return e;
    }
  }

  /** Noise, so that no two views are alike. */
  private static ImageSource page(long seed, int tilesHigh, int tilesWide) {
    byte[] pixels = new byte[3 * 336 * 336 * tilesHigh * tilesWide];
    new Random(seed).nextBytes(pixels);
    return new ImageSource.Decoded(new RgbImage(336 * tilesWide, 336 * tilesHigh, pixels));
  }

  private static List<Request> manyPages() {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      ImageSource page = page(i, 2, 2);
      requests.add(ask("What is shown?", 4, GREEDY, page));
      requests.add(ask("Why?", 4, GenerationOptions.beams(3, 20), page, page(100 + i, 1, 2)));
      requests.add(ask("Text " + i, 1, GREEDY));
    }
    return requests;
  }

  private static List<List<Integer>> answers(XComposerEngine engine, List<Request> requests) {
    return requests.stream().map(engine::submit).toList().stream()
        .map(future -> future.join().tokenIds())
        .toList();
  }

  @Test
  void theSmallestBudgetIsKeptAndAnswersAreTheSame() {
    List<List<Integer>> expected;
    try (XComposerEngine engine = open(new CountingMemory(), 0)) {
      expected = answers(engine, manyPages());
    }
    long budget = leastBytes();
    CountingMemory memory = new CountingMemory();
    try (XComposerEngine engine = open(memory, budget)) {
      assertThat(answers(engine, manyPages())).isEqualTo(expected);
    }
    assertThat(memory.mostBytes()).isBetween(budget / 2, budget);
  }

  @Test
  void aBudgetThatIsTooSmallSaysWhatIsNeeded() {
    assertThat(refused(leastBytes() - MIB))
        .hasMessageContainingAll(
            "the weights", "the buffers of a step", "a page at hd-num 25", "keys and values");
  }

  @Test
  void aBudgetBelowTheWeightsEndsTheLoading() {
    assertThat(refused(100_000)).hasMessageContaining("the weights alone take more");
  }

  @Test
  void aPageThatNeverFitsFailsAlone() {
    try (XComposerEngine engine = open(new CountingMemory(), leastBytes())) {
      CompletableFuture<Answer> large = engine.submit(ask("What?", 100, GREEDY, page(1, 10, 10)));
      CompletableFuture<Answer> small =
          engine.submit(ask("What?", 1, GREEDY, image("square_336.png")));
      assertThatThrownBy(large::join)
          .cause()
          .isInstanceOf(XComposerException.class)
          .hasMessageContaining("memory budget");
      assertThat(small.join().tokenIds()).isNotEmpty();
    }
  }
}
