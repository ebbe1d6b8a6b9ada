package io.xcomposer.model.generate;

import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** What a {@link Scheduler} has done so far; counted on the model's thread, read on any. */
public final class SchedulerCounts {
  private final LongAdder promptTokens = new LongAdder();
  private final LongAdder cachedPromptTokens = new LongAdder();
  private final LongAdder steps = new LongAdder();
  private final LongAdder rows = new LongAdder();
  private final LongAdder preemptions = new LongAdder();
  private final DoubleAdder seconds = new DoubleAdder();

  void started(int prompt, int cached) {
    promptTokens.add(prompt);
    cachedPromptTokens.add(cached);
  }

  void step(int rowsOfStep, double secondsOfStep) {
    steps.increment();
    rows.add(rowsOfStep);
    seconds.add(secondsOfStep);
  }

  void chose(double secondsOfChoice) {
    seconds.add(secondsOfChoice);
  }

  void putBack() {
    preemptions.increment();
  }

  /** Positions of prompts that were to be read, once more for a task that was put back. */
  public long promptTokens() {
    return promptTokens.sum();
  }

  /** Those among them whose keys and values were there already. */
  public long cachedPromptTokens() {
    return cachedPromptTokens.sum();
  }

  /** Steps of the decoder. */
  public long steps() {
    return steps.sum();
  }

  /** Rows (tokens) of all steps. */
  public long rows() {
    return rows.sum();
  }

  /** Tasks that were put back because blocks ran short. */
  public long preemptions() {
    return preemptions.sum();
  }

  /** Seconds of all steps, and of choosing tokens after them. */
  public double seconds() {
    return seconds.sum();
  }
}
