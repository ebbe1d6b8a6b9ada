package io.xcomposer.spark.engine;

import io.xcomposer.model.Answer;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** What the tasks of this process have done so far. Counts whatever becomes of the tasks. */
public final class EngineCounters {
  private final LongAdder rows = new LongAdder();
  private final LongAdder answers = new LongAdder();
  private final LongAdder errors = new LongAdder();
  private final LongAdder retries = new LongAdder();
  private final LongAdder quarantined = new LongAdder();
  private final LongAdder promptTokens = new LongAdder();
  private final LongAdder imageTokens = new LongAdder();
  private final LongAdder newTokens = new LongAdder();
  private final LongAdder imageCacheHits = new LongAdder();
  private final LongAdder encodedViews = new LongAdder();
  private final LongAdder reusedViews = new LongAdder();
  private final LongAdder cachedPromptTokens = new LongAdder();
  private final DoubleAdder decodeSeconds = new DoubleAdder();
  private final DoubleAdder visionSeconds = new DoubleAdder();
  private final DoubleAdder prefillSeconds = new DoubleAdder();
  private final DoubleAdder generateSeconds = new DoubleAdder();
  private final DoubleAdder queuedSeconds = new DoubleAdder();

  void rowDone() {
    rows.increment();
  }

  void answered(Answer answer) {
    answers.increment();
    promptTokens.add(answer.promptTokens());
    imageTokens.add(answer.imageTokens());
    newTokens.add(answer.tokenIds().size());
    imageCacheHits.add(answer.imageCacheHits());
    encodedViews.add(answer.encodedViews());
    reusedViews.add(answer.reusedViews());
    cachedPromptTokens.add(answer.cachedPromptTokens());
    Answer.StageSeconds seconds = answer.seconds();
    decodeSeconds.add(seconds.decode());
    visionSeconds.add(seconds.vision());
    prefillSeconds.add(seconds.prefill());
    generateSeconds.add(seconds.generate());
    queuedSeconds.add(seconds.queued());
  }

  void failed() {
    errors.increment();
  }

  void retried() {
    retries.increment();
  }

  void setAside() {
    quarantined.increment();
  }

  /** Rows whose questions all have an outcome. */
  public long rows() {
    return rows.sum();
  }

  /** Questions with an answer. */
  public long answers() {
    return answers.sum();
  }

  /** Questions without one, those of rows in quarantine too. */
  public long errors() {
    return errors.sum();
  }

  /** Times that the engine was asked again. */
  public long retries() {
    return retries.sum();
  }

  /** Rows that were not tried because they had taken executors down. */
  public long quarantined() {
    return quarantined.sum();
  }

  /** Positions of the prompts of all answers, image tokens included. */
  public long promptTokens() {
    return promptTokens.sum();
  }

  /** Image positions among them. */
  public long imageTokens() {
    return imageTokens.sum();
  }

  /** Tokens of all answers. */
  public long newTokens() {
    return newTokens.sum();
  }

  /** Images that were found already encoded. */
  public long imageCacheHits() {
    return imageCacheHits.sum();
  }

  /** Views that the vision tower ran. */
  public long encodedViews() {
    return encodedViews.sum();
  }

  /** Views that it did not run, as they were found or equal to others. */
  public long reusedViews() {
    return reusedViews.sum();
  }

  /** Positions of prompts that were not read, as an earlier prompt started alike. */
  public long cachedPromptTokens() {
    return cachedPromptTokens.sum();
  }

  /** Seconds of each stage, summed over all answers. */
  public Answer.StageSeconds seconds() {
    return new Answer.StageSeconds(
        decodeSeconds.sum(),
        visionSeconds.sum(),
        prefillSeconds.sum(),
        generateSeconds.sum(),
        queuedSeconds.sum());
  }
}
