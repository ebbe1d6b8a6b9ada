package io.xcomposer.model;

import static io.xcomposer.model.TinyRequests.GOLDEN;
import static io.xcomposer.model.TinyRequests.ask;
import static io.xcomposer.model.TinyRequests.image;

import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.model.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/**
 * A thousand requests, some at a time; prints the resident memory after a hundred and at the end.
 */
final class LongRun {
  private static final int FIRST = 100;
  private static final int ALL = 1000;
  private static final int AT_A_TIME = 8;
  private static final long BUDGET = 64L << 20;

  /** Kept prompts have filled them long before the first measurement. */
  private static final int KV_TOKENS = 4096;

  private LongRun() {}

  public static void main(String[] arguments) throws IOException {
    EngineOptions options =
        new EngineOptions(
            "cpu", DType.F32, 1, EngineOptions.DEFAULT_MAX_IMAGE_PIXELS, KV_TOKENS, BUDGET);
    List<ImageSource> pages =
        List.of(image("square_336.png"), image("chart_wide.png"), image("square_336.png"));
    try (Engine engine = Engine.open(GOLDEN.resolve("checkpoint"), options)) {
      Queue<CompletableFuture<Answer>> running = new ArrayDeque<>();
      for (int i = 1; i <= ALL; i++) {
        running.add(engine.submit(request(i, pages.get(i % pages.size()))));
        if (running.size() == AT_A_TIME) {
          running.remove().join();
        }
        if (i == FIRST || i == ALL) {
          running.forEach(CompletableFuture::join);
          running.clear();
          System.out.println("resident KiB after " + i + ": " + residentKibibytes());
        }
      }
    }
  }

  /** No two alike, so that what is kept for later always changes. */
  private static Request request(int number, ImageSource page) {
    String question = "Question " + number + " of " + number * 7919 % 1000 + "?";
    return switch (number % 4) {
      case 0 -> ask(question, 1, GenerationOptions.greedy(8));
      case 1 -> ask(question, 1, GenerationOptions.beams(3, 8), page);
      default -> ask(question, 1 + number % 2, GenerationOptions.greedy(8), page);
    };
  }

  private static long residentKibibytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> line.replaceAll("\\D", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElseThrow();
  }
}
