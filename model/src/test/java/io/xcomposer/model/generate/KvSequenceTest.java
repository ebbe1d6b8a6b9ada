package io.xcomposer.model.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.backend.KvCache;
import io.xcomposer.model.backend.ReferenceBackend;
import io.xcomposer.model.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KvSequenceTest {
  private static final int BLOCKS = 8;

  private final ReferenceBackend backend = new ReferenceBackend();
  private final int blockTokens = backend.kvBlockTokens();
  private final KvCache cache = backend.allocateKvCache(1, BLOCKS, 1, 8, DType.F32);
  private final BlockPool pool = new BlockPool(BLOCKS);

  private KvSequence sequence(int tokens) {
    KvSequence sequence = new KvSequence(pool, blockTokens);
    sequence.extend(tokens, backend, cache);
    return sequence;
  }

  @AfterEach
  void free() {
    cache.close();
  }

  @Test
  void itTakesAsManyBlocksAsItsTokensNeed() {
    assertThat(sequence(blockTokens + 1).blockTable()).hasSize(2);
    assertThat(pool.available()).isEqualTo(BLOCKS - 2);
  }

  @Test
  void aForkSharesAllBlocks() {
    KvSequence parent = sequence(blockTokens + 1);
    assertThat(parent.fork().blockTable()).isEqualTo(parent.blockTable());
    assertThat(pool.available()).isEqualTo(BLOCKS - 2);
  }

  @Test
  void aForkThatGrowsCopiesTheBlockThatIsNotFull() {
    KvSequence parent = sequence(blockTokens + 1);
    KvSequence child = parent.fork();
    child.extend(1, backend, cache);
    assertThat(child.blockTable()[0]).isEqualTo(parent.blockTable()[0]);
    assertThat(child.blockTable()[1]).isNotEqualTo(parent.blockTable()[1]);
  }

  @Test
  void aForkAtABlockBorderCopiesNothing() {
    KvSequence parent = sequence(blockTokens);
    KvSequence child = parent.fork();
    child.extend(1, backend, cache);
    assertThat(child.blockTable()[0]).isEqualTo(parent.blockTable()[0]);
    assertThat(pool.available()).isEqualTo(BLOCKS - 2);
  }

  @Test
  void theLastUserOfABlockWritesToItInPlace() {
    KvSequence parent = sequence(1);
    KvSequence child = parent.fork();
    int block = parent.blockTable()[0];
    parent.close();
    child.extend(1, backend, cache);
    assertThat(child.blockTable()).containsExactly(block);
  }

  @Test
  void closingGivesAllBlocksBack() {
    KvSequence parent = sequence(3 * blockTokens);
    KvSequence child = parent.fork();
    child.extend(1, backend, cache);
    parent.close();
    child.close();
    assertThat(pool.available()).isEqualTo(BLOCKS);
  }
}
