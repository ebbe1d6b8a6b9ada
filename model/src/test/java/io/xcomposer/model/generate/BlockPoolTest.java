package io.xcomposer.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.XComposerException;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BlockPoolTest {
  @Test
  void everyBlockIsGivenOutOnce() {
    BlockPool pool = new BlockPool(5);
    Set<Integer> given = new HashSet<>();
    for (int i = 0; i < 5; i++) {
      given.add(pool.allocate());
    }
    assertThat(given).containsExactlyInAnyOrder(0, 1, 2, 3, 4);
  }

  @Test
  void anExhaustedPoolSaysHowManyBlocksItHas() {
    BlockPool pool = new BlockPool(1);
    pool.allocate();
    assertThatThrownBy(pool::allocate)
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("all 1 blocks");
  }

  @Test
  void aSharedBlockIsFreeWhenItsLastUserLetsGo() {
    BlockPool pool = new BlockPool(1);
    int block = pool.allocate();
    pool.retain(block);
    pool.release(block);
    assertThat(pool.available()).isZero();
    pool.release(block);
    assertThat(pool.available()).isEqualTo(1);
  }

  @Test
  void aFreeBlockCanNeitherBeSharedNorReleased() {
    BlockPool pool = new BlockPool(1);
    assertThatThrownBy(() -> pool.release(0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> pool.retain(0)).isInstanceOf(IllegalStateException.class);
  }
}
