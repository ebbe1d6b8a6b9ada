package io.xcomposer.spark.bench;

import io.xcomposer.model.Answer;
import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.PromptStyle;
import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.model.SpecialText;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.spark.conf.Defaults;
import io.xcomposer.spark.conf.PromptSettings;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/** The engine alone, fed from memory, as many pages ahead as the tasks of one executor are. */
final class DirectFeed {
  static final int CORES = 2;
  static final int NEW_TOKENS = 32;
  static final int HD_NUM = 4;

  record Page(byte[] image, String question) {}

  private final Path checkpoint;

  DirectFeed(Path checkpoint) {
    this.checkpoint = checkpoint;
  }

  /** Seconds from the first page to the last answer, with an engine of its own that is open. */
  double seconds(List<Page> pages) {
    EngineOptions options =
        new EngineOptions("cpu", DType.F32, CORES, EngineOptions.DEFAULT_MAX_IMAGE_PIXELS, 0);
    GenerationOptions generation =
        new GenerationOptions(NEW_TOKENS, 1, 1f, Defaults.LENGTH_PENALTY, false, null);
    PromptSettings prompt =
        new PromptSettings(
            PromptStyle.CHAT, SpecialText.NEUTRALIZED, Defaults.META_INSTRUCTION, HD_NUM);
    try (Engine engine = Engine.open(checkpoint, options)) {
      long start = System.nanoTime();
      Queue<CompletableFuture<Answer>> ahead = new ArrayDeque<>();
      for (Page page : pages) {
        if (ahead.size() == CORES * Defaults.LOOK_AHEAD_ROWS) {
          Answer unused = ahead.remove().join();
        }
        ahead.add(
            engine.submit(
                prompt.ask(
                    List.of(new ImageSource.Encoded(page.image())),
                    page.question(),
                    List.of(),
                    generation)));
      }
      ahead.forEach(CompletableFuture::join);
      return (System.nanoTime() - start) / 1e9;
    }
  }
}
