package io.xcomposer.spark.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.Errors;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.TaskKilledException;
import org.junit.jupiter.api.Test;

class TestLookAhead {
  private final List<Integer> submitted = new ArrayList<>();
  private final List<CompletableFuture<Outcome>> futures = new ArrayList<>();
  private final AtomicBoolean killed = new AtomicBoolean();

  private record Row(TestLookAhead test, Integer row, long bytes)
      implements LookAhead.Work<Integer> {
    @Override
    public List<CompletableFuture<Outcome>> submit() {
      test.submitted.add(row);
      return List.of(test.futures.get(row));
    }
  }

  private LookAhead<Integer> ahead(int maxRows, long maxBytes, long... rowBytes) {
    List<Row> rows = new ArrayList<>();
    for (long bytes : rowBytes) {
      rows.add(new Row(this, rows.size(), bytes));
      futures.add(new CompletableFuture<>());
    }
    Iterator<Row> source = rows.iterator();
    return new LookAhead<>(
        source, new LookAhead.Bounds(maxRows, maxBytes), killed::get, nanos -> {});
  }

  private void answer(int row) {
    futures.get(row).complete(new Outcome.NotAsked());
  }

  @Test
  void rowsComeInTheirOrderWhateverIsAnsweredFirst() {
    LookAhead<Integer> rows = ahead(3, 100, 1, 1, 1);
    answer(2);
    answer(1);
    answer(0);

    List<Integer> order = new ArrayList<>();
    rows.forEachRemaining(row -> order.add(row.row()));

    assertThat(order).containsExactly(0, 1, 2);
  }

  @Test
  void noMoreRowsAreHandedOverThanTheBound() {
    LookAhead<Integer> rows = ahead(2, 100, 1, 1, 1, 1);
    answer(0);

    rows.next();

    assertThat(submitted).containsExactly(0, 1);
  }

  @Test
  void noMoreBytesAreHandedOverThanTheBound() {
    LookAhead<Integer> rows = ahead(9, 10, 4, 6, 1, 1);
    answer(0);

    rows.next();

    assertThat(submitted).containsExactly(0, 1);
  }

  @Test
  void aRowOverTheBytesGoesAlone() {
    LookAhead<Integer> rows = ahead(9, 10, 5, 50, 5);
    answer(0);
    answer(1);

    rows.next();
    assertThat(submitted).containsExactly(0);
    rows.next();
    assertThat(submitted).containsExactly(0, 1);
  }

  @Test
  void aRowWithoutBytesStillNeedsAPlace() {
    LookAhead<Integer> rows = ahead(2, 10, 0, 0, 0);
    answer(0);

    rows.next();

    assertThat(submitted).containsExactly(0, 1);
  }

  @Test
  void anErrorOfARequestIsTheOutcomeOfItsRow() {
    LookAhead<Integer> rows = ahead(1, 10, 1);
    futures.get(0).completeExceptionally(Errors.image("no picture", "give one"));

    assertThat(rows.next().outcomes())
        .containsExactly(
            new Outcome.Failed(new RowError("IMAGE", "no picture. To fix: give one."), 0));
  }

  @Test
  void aLostDeviceIsThrown() {
    LookAhead<Integer> rows = ahead(1, 10, 1);
    futures.get(0).completeExceptionally(Errors.device("it is lost", "restart", null));

    assertThatThrownBy(rows::next).hasMessageStartingWith("it is lost");
  }

  @Test
  void anErrorOfTheVirtualMachineIsThrown() {
    LookAhead<Integer> rows = ahead(1, 10, 1);
    futures.get(0).completeExceptionally(new OutOfMemoryError("heap"));

    assertThatThrownBy(rows::next).hasRootCauseInstanceOf(OutOfMemoryError.class);
  }

  @Test
  void aKilledTaskStopsWaiting() {
    LookAhead<Integer> rows = ahead(1, 10, 1);
    killed.set(true);

    assertThatThrownBy(rows::next).isInstanceOf(TaskKilledException.class);
  }

  @Test
  void whatIsNotAnsweredAtTheEndIsGivenUp() {
    LookAhead<Integer> rows = ahead(3, 10, 1, 1, 1);
    answer(0);
    rows.next();

    rows.close();

    assertThat(futures.get(1)).isCancelled();
    assertThat(futures.get(2)).isCancelled();
    assertThat(rows.hasNext()).isFalse();
  }

  @Test
  void behindTheLastRowThereIsNone() {
    LookAhead<Integer> rows = ahead(1, 10);

    assertThat(rows.hasNext()).isFalse();
    assertThatThrownBy(rows::next).isInstanceOf(NoSuchElementException.class);
  }
}
