package io.xcomposer.model.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.xcomposer.model.Answer;
import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.EngineStatistics;
import io.xcomposer.model.Request;
import io.xcomposer.model.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** All recorded answers, asked for at once by several threads. */
@Timeout(600)
class ConcurrentGoldenTest {
  private static final Path GOLDEN = Path.of(System.getProperty("xcomposer.root"), "golden");
  private static final int THREADS = 4;
  private static final int KV_TOKENS = 3072;

  private record Asked(String name, Request request, GoldenCase.Run run) {}

  private static List<Asked> asked(int longestPrompt) throws IOException {
    List<Asked> asked = new ArrayList<>();
    JsonNode file = JsonMapper.builder().build().readTree(GOLDEN.resolve("cases.json").toFile());
    for (JsonNode node : file.get("cases")) {
      GoldenCase golden = GoldenCase.of(node);
      for (GoldenCase.Round round : golden.rounds()) {
        if (round.promptLength() > longestPrompt) {
          continue;
        }
        for (GoldenCase.Run run : round.runs()) {
          Request request = golden.request(GOLDEN, round, run.options());
          asked.add(new Asked(golden.id() + " " + run.name(), request, run));
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

  @Test
  void allAnswersAreTheRecordedOnesInAnyOrder() throws IOException, InterruptedException {
    try (Engine engine = Engine.open(GOLDEN.resolve("checkpoint"), options(0))) {
      List<Asked> asked = asked(Integer.MAX_VALUE);
      askAllAtOnce(engine, asked, 1);
      EngineStatistics statistics = engine.statistics();
      assertThat(statistics.cachedPromptTokens()).isPositive();
      assertThat(statistics.preemptions()).isZero();
    }
  }

  @Test
  void allAnswersAreTheRecordedOnesWhenTheCacheHoldsHardlyMoreThanOneOfThem()
      throws IOException, InterruptedException {
    try (Engine engine = Engine.open(GOLDEN.resolve("checkpoint"), options(KV_TOKENS))) {
      askAllAtOnce(engine, asked(KV_TOKENS - 1024), 2);
      assertThat(engine.statistics().preemptions()).isPositive();
    }
  }
}
