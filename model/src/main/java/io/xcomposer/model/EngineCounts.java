package io.xcomposer.model;

import io.xcomposer.model.generate.SchedulerCounts;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** What an engine has done so far; counted on the model's thread, read on any. */
final class EngineCounts {
  private final LongAdder answers = new LongAdder();
  private final LongAdder newTokens = new LongAdder();
  private final LongAdder images = new LongAdder();
  private final LongAdder imageCacheHits = new LongAdder();
  private final LongAdder views = new LongAdder();
  private final LongAdder encodedViews = new LongAdder();
  private final DoubleAdder towerSeconds = new DoubleAdder();

  void answer(int tokens) {
    answers.increment();
    newTokens.add(tokens);
  }

  void images(int count, int hits) {
    images.add(count);
    imageCacheHits.add(hits);
  }

  /** Views of pages that went to the tower, and those among them that ran. */
  void views(int ofPages, int encoded) {
    views.add(ofPages);
    encodedViews.add(encoded);
  }

  /** Time at work in tower, merge and projector. */
  void tower(double seconds) {
    towerSeconds.add(seconds);
  }

  EngineStatistics statistics(SchedulerCounts scheduler) {
    return new EngineStatistics(
        answers.sum(),
        newTokens.sum(),
        images.sum(),
        imageCacheHits.sum(),
        encodedViews.sum(),
        views.sum() - encodedViews.sum(),
        scheduler.promptTokens(),
        scheduler.cachedPromptTokens(),
        scheduler.steps(),
        scheduler.rows(),
        scheduler.preemptions(),
        towerSeconds.sum(),
        scheduler.seconds());
  }
}
