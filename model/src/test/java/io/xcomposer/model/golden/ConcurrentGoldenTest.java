package io.xcomposer.model.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.xcomposer.model.Answer;
import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.EngineStatistics;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.Request;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.Backends;
import io.xcomposer.model.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** All recorded answers, asked for at once by several threads. */
@Timeout(600)
class ConcurrentGoldenTest {
  private static final Path GOLDEN = Path.of(System.getProperty("xcomposer.root"), "golden");
  private static final int THREADS = 4;
  private static final int TIMES = 20;
  private static final int GROWING = 50;
  private static final int BLOCK_TOKENS = kvBlockTokens();

  /**
   * A request and its recorded answer.
   *
   * @param promptLength positions of the prompt
   */
  private record Asked(String name, Request request, int promptLength, GoldenCase.Run run) {

    /** Tokens of the cache that it may take: each beam its own, and copies of blocks. */
    int mostTokens() {
      int beam = run.options().maxNewTokens() + 3 * BLOCK_TOKENS;
      return promptLength + BLOCK_TOKENS + run.options().numBeams() * beam;
    }
  }

  private static int kvBlockTokens() {
    try (Backend backend = Backends.open("cpu", 1)) {
      return backend.kvBlockTokens();
    }
  }

  private static List<Asked> asked() throws IOException {
    List<Asked> asked = new ArrayList<>();
    JsonNode file = JsonMapper.builder().build().readTree(GOLDEN.resolve("cases.json").toFile());
    for (JsonNode node : file.get("cases")) {
      GoldenCase golden = GoldenCase.of(node);
      for (GoldenCase.Round round : golden.rounds()) {
        for (GoldenCase.Run run : round.runs()) {
          Request request = golden.request(GOLDEN, round, run.options());
          String name = golden.id() + " " + run.name();
          asked.add(new Asked(name, request, round.promptLength(), run));
        }
      }
    }
    return asked;
  }

  private static EngineOptions options(int kvCacheTokens) {
    return new EngineOptions(
        "cpu", DType.F32, 2, EngineOptions.DEFAULT_MAX_IMAGE_PIXELS, kvCacheTokens);
  }

  /** Some are asked for and cancelled again, before, while or after they run. */
  private static void askAllAtOnce(Engine engine, List<Asked> asked, long seed)
      throws InterruptedException {
    Random random = new Random(seed);
    List<Asked> shuffled = new ArrayList<>(asked);
    Collections.shuffle(shuffled, random);
    Map<Integer, CompletableFuture<Answer>> futures = Collections.synchronizedMap(new TreeMap<>());
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      int first = t;
      Random own = new Random(random.nextLong());
      Thread thread =
          new Thread(
              () -> {
                for (int i = first; i < shuffled.size(); i += THREADS) {
                  futures.put(i, engine.submit(shuffled.get(i).request()));
                  if (own.nextInt(4) == 0) {
                    Asked other = shuffled.get(own.nextInt(shuffled.size()));
                    CompletableFuture<Answer> unwanted = engine.submit(other.request());
                    pause(own.nextInt(50));
                    unwanted.cancel(false);
                  }
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    futures.forEach(
        (i, future) -> {
          Asked each = shuffled.get(i);
          int[] ids = future.join().tokenIds().stream().mapToInt(Integer::intValue).toArray();
          assertThat(ids).as(each.name()).isEqualTo(each.run().outputIds());
        });
    assertThat(futures).hasSize(asked.size());
  }

  private static void pause(int milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Requests that are older than all others: they join with a block each, and want more than there
   * are before they end.
   */
  private static List<CompletableFuture<Answer>> growing(Engine engine, List<Asked> asked) {
    Request text =
        asked.stream()
            .map(Asked::request)
            .filter(request -> request.images().isEmpty())
            .findFirst()
            .orElseThrow();
    // nearly any token is as likely as another, so that they do not end
    GenerationOptions.Sampling sampling = new GenerationOptions.Sampling(1000, 0, 1, 1);
    Request growing =
        new Request(
            text.images(),
            text.query(),
            text.history(),
            text.style(),
            text.specialText(),
            text.metaInstruction(),
            text.hdNum(),
            new GenerationOptions(250, 1, 1, 1, false, sampling));
    return Stream.generate(() -> engine.submit(growing)).limit(GROWING).toList();
  }

  @Test
  void allAnswersAreTheRecordedOnesInAnyOrder() throws IOException, InterruptedException {
    try (Engine engine = Engine.open(GOLDEN.resolve("checkpoint"), options(0))) {
      askAllAtOnce(engine, asked(), 1);
      EngineStatistics statistics = engine.statistics();
      assertThat(statistics.cachedPromptTokens()).isPositive();
      assertThat(statistics.preemptions()).isZero();
    }
  }

  /** The largest of them alone would fit, hardly more. */
  @Test
  void allAnswersAreTheRecordedOnesTwentyTimesOverInACacheThatIsTooSmallForThem()
      throws IOException, InterruptedException {
    List<Asked> asked = asked();
    int tokens = asked.stream().mapToInt(Asked::mostTokens).max().orElseThrow();
    long seed = Long.getLong("xcomposer.seed", System.nanoTime());
    System.out.println("orders of -Dxcomposer.seed=" + seed + ", cache of " + tokens + " tokens");
    SplittableRandom seeds = new SplittableRandom(seed);
    try (Engine engine = Engine.open(GOLDEN.resolve("checkpoint"), options(tokens))) {
      for (int time = 0; time < TIMES; time++) {
        List<CompletableFuture<Answer>> growing = growing(engine, asked);
        askAllAtOnce(engine, asked, seeds.nextLong());
        growing.forEach(future -> future.cancel(false));
      }
      System.out.println(engine.statistics());
      assertThat(engine.statistics().preemptions()).as("seed " + seed).isPositive();
    }
  }
}
