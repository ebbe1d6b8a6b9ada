package io.xcomposer.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The native pool of a context: bounded, parked when idle, whole in what it runs. */
class ThreadPoolTest {
  private static long threadsNamedLikeThisOne() throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      return tasks.filter(ThreadPoolTest::isNative).count();
    }
  }

  /** Threads of the JVM come and go; native ones keep the name of the thread that made them. */
  private static boolean isNative(Path task) {
    try {
      String name = Files.readString(task.resolve("comm")).strip();
      String maker = Files.readString(Path.of("/proc/thread-self/comm")).strip();
      return name.equals(maker);
    } catch (IOException e) {
      return false;
    }
  }

  /** Processor time of the threads with the name of this one, in clock ticks (10 ms). */
  private static long ticksOfNativeThreads() throws IOException {
    long own =
        Long.parseLong(
            Files.readSymbolicLink(Path.of("/proc/thread-self")).getFileName().toString());
    long ticks = 0;
    try (Stream<Path> tasks = Files.list(Path.of("/proc/self/task"))) {
      for (Path task : tasks.filter(ThreadPoolTest::isNative).toList()) {
        if (Long.parseLong(task.getFileName().toString()) != own) {
          String stat = Files.readString(task.resolve("stat"));
          String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
          ticks += Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
        }
      }
    }
    return ticks;
  }

  @Test
  void aContextOfFourThreadsMakesThreeAndGivesThemBack() throws IOException {
    long before = threadsNamedLikeThisOne();
    try (KernelContext context = new KernelContext(4)) {
      assertThat(context.address()).isNotZero();
      assertThat(threadsNamedLikeThisOne()).isEqualTo(before + 3);
    }
    assertThat(threadsNamedLikeThisOne()).isEqualTo(before);
  }

  @Test
  void aContextOfOneThreadMakesNone() throws IOException {
    long before = threadsNamedLikeThisOne();
    try (KernelContext context = new KernelContext(1)) {
      long x = context.floats(1 << 20);
      assertThat(XcKernels.add(context.address(), x, x, 1 << 20)).isZero();
      assertThat(threadsNamedLikeThisOne()).isEqualTo(before);
    }
  }

  @Test
  void idleThreadsTakeNoProcessorTime() throws IOException, InterruptedException {
    try (KernelContext context = new KernelContext(8)) {
      long x = context.floats(1 << 20);
      assertThat(XcKernels.add(context.address(), x, x, 1 << 20)).isZero();
      long before = ticksOfNativeThreads();
      Thread.sleep(500);
      // seven spinning threads would take 50 ticks each, or share the cores and take 50 a core
      assertThat(ticksOfNativeThreads() - before).isLessThanOrEqualTo(5);
    }
  }

  /** Rows of one value each: a row's log-softmax is 0, whoever computes it. */
  @Test
  void everyTaskRunsOnceWhateverItsSize() {
    int[] sizes = {1, 2, 3, 7, 64, 1000};
    try (KernelContext context = new KernelContext(5)) {
      for (int rows : sizes) {
        long values = context.floats(rows);
        float[] top = new float[rows];
        int[] index = new int[rows];
        assertThat(XcKernels.logSoftmax(context.address(), values, rows, 1)).isZero();
        assertThat(XcKernels.topK(context.address(), top, index, values, rows, 1, 1)).isZero();
        assertThat(index).containsOnly(0);
      }
    }
  }

  @Test
  void contextsOfManyThreadsOfTheJvmWorkSideBySide()
      throws ExecutionException, InterruptedException {
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> runs =
          IntStream.range(0, 8)
              .<Future<?>>mapToObj(i -> executor.submit(ThreadPoolTest::runSome))
              .toList();
      for (Future<?> run : runs) {
        run.get();
      }
    } finally {
      executor.shutdownNow();
    }
  }

  private static void runSome() {
    try (KernelContext context = new KernelContext(3)) {
      long x = context.floats(100_000);
      for (int i = 0; i < 50; i++) {
        assertThat(XcKernels.quickGelu(context.address(), x, 100_000)).isZero();
      }
    }
  }

  /** A second caller waits; nobody gets the other's workspace. */
  @Test
  void oneContextIsSafeUnderTwoCallers() throws ExecutionException, InterruptedException {
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try (KernelContext context = new KernelContext(2)) {
      long x = context.floats(50_000);
      long y = context.floats(50_000);
      Future<?> first = executor.submit(() -> gelus(context, x));
      Future<?> second = executor.submit(() -> gelus(context, y));
      first.get();
      second.get();
    } finally {
      executor.shutdownNow();
    }
  }

  private static void gelus(KernelContext context, long x) {
    for (int i = 0; i < 100; i++) {
      assertThat(XcKernels.gelu(context.address(), x, 50_000)).isZero();
    }
  }
}
