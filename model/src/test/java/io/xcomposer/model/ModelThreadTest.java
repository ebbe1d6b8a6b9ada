package io.xcomposer.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The timeouts guard against hangs. */
@Timeout(60)
class ModelThreadTest {
  /** Steps that are queued on the model's thread; tells what happened. */
  private static final class Steps implements ModelThread.Work {
    final Queue<Runnable> steps = new ArrayDeque<>();
    final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    @Override
    public boolean idle() {
      return steps.isEmpty();
    }

    @Override
    public void step() {
      steps.remove().run();
    }

    @Override
    public void fail(Throwable error) {
      steps.clear();
      told.add(error.getMessage());
    }
  }

  private final Steps work = new Steps();
  private final ModelThread thread = new ModelThread(work);

  private void addSteps(Runnable... steps) {
    thread.execute(() -> work.steps.addAll(List.of(steps)));
  }

  private String next() throws InterruptedException {
    return work.told.take();
  }

  @Test
  void itStepsUntilThereIsNothingToDoAndWakesForATask() throws InterruptedException {
    addSteps(() -> work.told.add("one"), () -> work.told.add("two"));
    assertThat(List.of(next(), next())).containsExactly("one", "two");
    addSteps(() -> work.told.add("three"));
    assertThat(next()).isEqualTo("three");
    thread.close();
  }

  @Test
  void tasksComeInBetweenSteps() throws InterruptedException {
    addSteps(() -> thread.execute(() -> work.told.add("task")), () -> work.told.add("second step"));
    assertThat(List.of(next(), next())).containsExactly("task", "second step");
    thread.close();
  }

  @Test
  void aStepThatThrowsFailsTheWorkAndTheThreadGoesOn() throws InterruptedException {
    addSteps(
        () -> {
          throw new IllegalStateException("broken");
        },
        () -> work.told.add("never"));
    assertThat(next()).isEqualTo("broken");
    addSteps(() -> work.told.add("alive"));
    assertThat(next()).isEqualTo("alive");
    thread.close();
  }

  @Test
  void closingFailsWhatIsLeft() throws InterruptedException {
    addSteps(() -> work.told.add("running"), () -> {});
    assertThat(next()).isEqualTo("running");
    thread.close();
    List<String> rest = new ArrayList<>();
    work.told.drainTo(rest);
    assertThat(rest).hasSize(1).first().asString().contains("closed");
  }
}
