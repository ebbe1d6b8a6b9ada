package io.xcomposer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.tensor.DType;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
  private static final long MIB = 1 << 20;

  /** 1 MiB of keys and values for 8 tokens. */
  private static final MemoryPlan.Sizes SIZES =
      new MemoryPlan.Sizes(1000 * MIB, 100 * MIB, 50 * MIB, MIB / 8, 64, 16_384);

  private static EngineOptions options(long mebibytes, int kvCacheTokens) {
    return new EngineOptions(
        "cpu",
        DType.F32,
        1,
        EngineOptions.DEFAULT_MAX_IMAGE_PIXELS,
        kvCacheTokens,
        mebibytes * MIB);
  }

  @Test
  void whatWeightsAndBuffersLeaveGoesToPagesAndKeysAndValues() {
    MemoryPlan plan = MemoryPlan.within(options(1900, 0), SIZES);
    assertThat(plan.imageBytes()).isEqualTo(200 * MIB);
    assertThat(plan.keptImageBytes()).isEqualTo(200 * MIB);
    assertThat(plan.kvCacheTokens()).isEqualTo(600 * 8 / 64 * 64);
  }

  @Test
  void pagesGetRoomForOneAtLeast() {
    MemoryPlan.Sizes largePages =
        new MemoryPlan.Sizes(1000 * MIB, 100 * MIB, 200 * MIB, MIB / 8, 64, 4096);
    MemoryPlan plan = MemoryPlan.within(options(1812, 0), largePages);
    assertThat(plan.imageBytes()).isEqualTo(200 * MIB);
    assertThat(plan.kvCacheTokens()).isEqualTo(512 * 8);
  }

  @Test
  void aCacheOfFixedSizeLeavesTheRestToPages() {
    MemoryPlan plan = MemoryPlan.within(options(1900, 100), SIZES);
    assertThat(plan.kvCacheTokens()).isEqualTo(100);
    assertThat(plan.imageBytes()).isEqualTo(800 * MIB - 128 * MIB / 8);
  }

  @Test
  void theSmallestBudgetIsWhatTheErrorOfASmallerOneSays() {
    assertThatThrownBy(() -> MemoryPlan.within(options(1661, 0), SIZES))
        .isInstanceOfSatisfying(
            XComposerException.class,
            e -> assertThat(e.kind()).isEqualTo(XComposerException.Kind.MEMORY))
        .hasMessage(
            "a memory budget of 1661 MiB is too small: the weights 1000 MiB, the buffers of a step"
                + " 100 MiB, a page at hd-num 25 50 MiB, keys and values of 4096 tokens 512 MiB, in"
                + " all 1662 MiB. To fix: give memory of 1662 MiB or more, or a smaller dtype.");
    MemoryPlan plan = MemoryPlan.within(options(1662, 0), SIZES);
    assertThat(plan.kvCacheTokens()).isEqualTo(4096);
    assertThat(plan.imageBytes()).isEqualTo(50 * MIB);
  }

  @Test
  void withoutABudgetPagesHaveNoLimit() {
    MemoryPlan plan = MemoryPlan.unbounded(options(0, 77), 5);
    assertThat(plan).isEqualTo(new MemoryPlan(77, 5, Long.MAX_VALUE));
  }
}
