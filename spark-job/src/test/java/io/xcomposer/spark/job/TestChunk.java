package io.xcomposer.spark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.XComposerException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TestChunk {
  private static Unit unit(int partition, long rows, long open) {
    return new Unit(partition, 0, 1, rows, open);
  }

  @Test
  void unitsArePackedInOrderUpToTheRowsOfAChunk() {
    List<Chunk> chunks =
        Chunk.pack(List.of(unit(0, 4, 4), unit(1, 6, 6), unit(2, 1, 1), unit(3, 20, 20)), 10);

    assertThat(chunks).extracting(Chunk::open).containsExactly(10L, 1L, 20L);
    assertThat(chunks.get(0).partitions()).containsExactlyInAnyOrder(0, 1);
  }

  @Test
  void unitsThatAreDoneAreInNoChunk() {
    assertThat(Chunk.pack(List.of(unit(0, 4, 0), unit(1, 4, 2)), 10))
        .containsExactly(new Chunk(List.of(unit(1, 4, 2))));
  }

  @Test
  void everyOpenUnitIsInOneChunk() {
    Random random = new Random(5);
    for (int round = 0; round < 200; round++) {
      List<Unit> units = new ArrayList<>();
      for (int i = random.nextInt(30); i > 0; i--) {
        units.add(unit(units.size(), 9, random.nextInt(10)));
      }
      List<Unit> packed =
          Chunk.pack(units, 1 + random.nextInt(30)).stream()
              .flatMap(chunk -> chunk.units().stream())
              .toList();
      assertThat(packed).isEqualTo(units.stream().filter(unit -> unit.open() > 0).toList());
    }
  }

  @Test
  void aLimitTakesAPartOfTheLastUnit() {
    assertThat(ChunkPlan.first(List.of(unit(0, 4, 3), unit(1, 5, 5), unit(2, 5, 5)), 6))
        .containsExactly(unit(0, 4, 3), unit(1, 5, 3));
    assertThat(ChunkPlan.first(List.of(unit(0, 4, 3)), 0)).isEmpty();
  }

  @Test
  void fewPartitionsWithManyRowsAreSharedByTasks() {
    ChunkPlan plan = new ChunkPlan(1000, 12);

    assertThat(plan.slices(new Chunk(List.of(unit(0, 500, 500), unit(1, 500, 500))))).isEqualTo(6);
    assertThat(plan.slices(new Chunk(List.of(unit(0, 20, 20))))).isEqualTo(2);
    assertThat(plan.slices(new Chunk(List.of(unit(0, 5, 5))))).isEqualTo(1);
    assertThat(new ChunkPlan(1000, 500).slices(new Chunk(List.of(unit(0, 9999, 9999)))))
        .isEqualTo(16);
  }

  @Test
  void onlyAFailedStageIsBeforeTheCommit() {
    Exception stage = new Exception("Job aborted due to stage failure: Task 0 failed 1 times");

    assertThat(ChunkWriter.isFailedStage(new IllegalStateException("write failed", stage)))
        .isTrue();
    assertThat(ChunkWriter.isFailedStage(new IOException("rename failed"))).isFalse();
  }

  @Test
  void aChunkThatIsThereInPartIsNotTriedAgain() {
    Exception failure = new IOException("an executor is lost");
    ChunkWriter.requireUnchanged("chunk 2 of 3", Set.of("a"), Set.of("a"), failure);

    assertThatThrownBy(
            () ->
                ChunkWriter.requireUnchanged(
                    "chunk 2 of 3", Set.of("a"), Set.of("a", "b"), failure))
        .isInstanceOf(XComposerException.class)
        .hasMessageContainingAll("chunk 2 of 3", "--resume")
        .hasCause(failure);
  }

  @Test
  void keysAreSpreadEvenlyAndTheSecondTimeOtherwise() {
    Map<List<Integer>, Integer> counts = new HashMap<>();
    for (int i = 0; i < 16_000; i++) {
      String key = "page-" + i;
      counts.merge(
          List.of(Math.floorMod(KeyHash.of(key), 4), Math.floorMod(KeyHash.second(key), 4)),
          1,
          Integer::sum);
    }

    assertThat(counts).hasSize(16);
    assertThat(counts.values()).allMatch(count -> count > 800 && count < 1200);
  }
}
