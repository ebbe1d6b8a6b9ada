package io.xcomposer.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The timeouts guard against hangs. */
@Timeout(60)
class LookAheadTest {
  private static final long HALF = 1 << 20;

  private final LookAhead lookAhead = new LookAhead(2 * HALF + (1 << 18));

  private CountDownLatch acquire(long bytes) {
    CountDownLatch acquired = new CountDownLatch(1);
    Thread thread =
        new Thread(
            () -> {
              lookAhead.acquire(bytes);
              acquired.countDown();
            });
    thread.setDaemon(true);
    thread.start();
    return acquired;
  }

  @Test
  void whoHasNoRoomWaitsUntilAnotherForgets() throws InterruptedException {
    lookAhead.acquire(HALF);
    Runnable second = lookAhead.acquire(HALF);
    CountDownLatch third = acquire(HALF);
    assertThat(third.await(50, TimeUnit.MILLISECONDS)).isFalse();
    second.run();
    third.await();
  }

  @Test
  void aPageLargerThanAllOfItHasItForItself() throws InterruptedException {
    Runnable small = lookAhead.acquire(1);
    CountDownLatch huge = acquire(100 * HALF);
    assertThat(huge.await(50, TimeUnit.MILLISECONDS)).isFalse();
    small.run();
    huge.await();
  }

  @Test
  void closingLetsAllGoAndMayBeRepeated() throws InterruptedException {
    lookAhead.acquire(2 * HALF);
    CountDownLatch waiting = acquire(2 * HALF);
    lookAhead.close();
    lookAhead.close();
    waiting.await();
  }
}
