package io.xcomposer.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Wrong arguments of the C ABI come back as a status and a message; nothing is written. */
class ArgumentsTest {
  private static final int INVALID = 1;

  private KernelContext context;
  private long c;
  private long x;

  @BeforeEach
  void open() {
    context = new KernelContext(2);
    c = context.address();
    x = context.floats(4096);
  }

  @AfterEach
  void close() {
    context.close();
  }

  private static void assertInvalid(int status, String part) {
    assertThat(status).isEqualTo(INVALID);
    assertThat(XcKernels.lastError()).contains(part);
  }

  @Test
  void threadsAreWithinBounds() {
    long[] out = new long[1];
    assertInvalid(XcKernels.contextCreate(out, 0, 0), "0 threads");
    assertInvalid(XcKernels.contextCreate(out, 1025, 0), "1025 threads");
    assertInvalid(XcKernels.contextCreate(null, 1, 0), "null");
  }

  @Test
  void anUnknownCodePathIsUnsupported() {
    long[] out = new long[1];
    assertThat(XcKernels.contextCreate(out, 1, 99)).isEqualTo(XcKernels.UNSUPPORTED);
    assertThat(XcKernels.lastError()).contains("99");
    assertThat(out[0]).isZero();
  }

  @Test
  void nullPointersAreRefused() {
    assertInvalid(XcKernels.add(0, x, x, 1), "null context");
    assertInvalid(XcKernels.add(c, 0, x, 1), "null");
    assertInvalid(XcKernels.add(c, x, 0, 1), "null");
    assertInvalid(XcKernels.linear(c, x, x, 1, 0, 0), "null");
    assertInvalid(XcKernels.gelu(c, 0, 1), "null");
    assertInvalid(XcKernels.layerNorm(c, x, x, x, 0, 1, 1, 1e-5f), "null");
    assertInvalid(XcKernels.gatherRows(c, x, x, XcKernels.F32, null, 1, 1, 1), "null");
    assertInvalid(XcKernels.attention(c, x, 0, 1, 1, 1, 8, 1, XcKernels.F32), "null");
    assertInvalid(XcKernels.copyBlocks(c, 0, new int[1], new int[1], 1), "bad argument");
    assertInvalid(XcKernels.logSoftmax(c, 0, 1, 1), "null");
    assertInvalid(XcKernels.topK(c, null, null, x, 1, 1, 1), "null");
  }

  @Test
  void negativeSizesAreRefused() {
    assertInvalid(XcKernels.add(c, x, x, -1), "-1");
    assertInvalid(XcKernels.rmsNorm(c, x, x, x, -1, 4, 1e-5f), "-1");
    assertInvalid(XcKernels.rmsNorm(c, x, x, x, 1, 0, 1e-5f), "out of range");
    assertInvalid(XcKernels.patchify(c, x, x, -1, 4, 2), "-1");
    assertInvalid(XcKernels.attention(c, x, x, -1, 1, 1, 8, 1, XcKernels.F32), "-1");
    assertInvalid(XcKernels.copy(c, x, x, -1), "size");
    assertInvalid(XcKernels.allocate(c, new long[1], 0), "0 bytes");
  }

  @Test
  void sizesWhoseProductOverflowsAreRefused() {
    long huge = 1L << 40;
    assertInvalid(XcKernels.rmsNorm(c, x, x, x, huge, huge, 1e-5f), "out of range");
    assertInvalid(XcKernels.embedPatches(c, x, x, x, x, huge, huge, huge), "out of range");
    assertInvalid(XcKernels.mergeTiles(c, x, x, x, huge, 1L << 32, 4), "patches");
    assertInvalid(XcKernels.attention(c, x, x, huge, huge, 1, 8, 1, XcKernels.F32), "out of range");
    assertInvalid(XcKernels.logSoftmax(c, x, huge, huge), "out of range");
  }

  @Test
  void memoryThatIsNotThereIsSaidToBeMissing() {
    assertThat(XcKernels.allocate(c, new long[1], Long.MAX_VALUE))
        .isEqualTo(XcKernels.OUT_OF_MEMORY);
    assertThat(XcKernels.lastError()).contains("no memory");
  }

  @Test
  void idsAreRowsOfTheTable() {
    int[] ids = {0, 3};
    assertInvalid(XcKernels.gatherRows(c, x, x, XcKernels.F32, ids, 2, 3, 4), "id 3");
    ids[1] = -1;
    assertInvalid(XcKernels.gatherRows(c, x, x, XcKernels.F32, ids, 2, 3, 4), "id -1");
  }

  @Test
  void kIsAtMostTheWidth() {
    assertInvalid(XcKernels.topK(c, new float[9], new int[9], x, 1, 8, 9), "k = 9");
    assertInvalid(XcKernels.topK(c, new float[9], new int[9], x, 1, 8, 0), "k = 0");
  }

  @Test
  void headSizesAreMultiplesOfEight() {
    assertInvalid(XcKernels.attention(c, x, x, 1, 1, 1, 12, 1, XcKernels.F32), "12");
    assertInvalid(XcKernels.attention(c, x, x, 1, 1, 1, 8, 1, XcKernels.F16), "dtype");
    assertInvalid(XcKernels.kvCacheCreate(c, new long[1], 1, 1, 1, 512, XcKernels.F32), "512");
  }

  @Test
  void penaltiesArePositiveNumbers() {
    int[] ids = {1};
    int[] start = {0, 1};
    assertInvalid(XcKernels.penalize(c, x, ids, start, 1, 4, 0), "penalty");
    assertInvalid(XcKernels.penalize(c, x, ids, start, 1, 4, Float.NaN), "penalty");
    assertInvalid(XcKernels.penalize(c, x, ids, start, 1, 1, 1.5f), "id 1");
  }

  @Test
  void rowsOfAWeightStayInside() {
    long[] weight = new long[1];
    assertThat(XcKernels.weightCreate(c, weight, 10, 4, XcKernels.F32)).isZero();
    ByteBuffer rows = ByteBuffer.allocateDirect(64);
    assertInvalid(XcKernels.weightPack(c, weight[0], rows, XcKernels.F32, 8, 4), "8 + 4");
    assertInvalid(XcKernels.weightPack(c, weight[0], rows, XcKernels.F32, -1, 4), "-1");
    assertInvalid(XcKernels.weightPack(c, weight[0], rows, 7, 0, 4), "dtype 7");
    assertInvalid(XcKernels.weightPack(c, weight[0], null, XcKernels.F32, 0, 4), "null");
    assertThat(XcKernels.weightFree(c, weight[0])).isZero();
  }

  @Test
  void impossibleWeightsAreRefused() {
    long[] weight = new long[1];
    assertInvalid(XcKernels.weightCreate(c, weight, 0, 4, XcKernels.F32), "(0, 4)");
    assertInvalid(XcKernels.weightCreate(c, weight, 4, 1 << 20, XcKernels.F32), "1048576");
    assertInvalid(XcKernels.weightCreate(c, weight, 4, 4, XcKernels.F16), "dtype");
    assertInvalid(XcKernels.weightCreate(c, weight, 4, 4, 5), "dtype");
    assertInvalid(XcKernels.weightCreate(c, weight, 4, 65537, XcKernels.INT8), "65537");
    assertInvalid(XcKernels.weightCreate(c, weight, 4, 65537, XcKernels.INT4), "65537");
    assertThat(XcKernels.weightCreate(c, weight, 1L << 38, 1 << 19, XcKernels.F32))
        .isIn(INVALID, XcKernels.OUT_OF_MEMORY);
    assertThat(weight[0]).isZero();
  }

  @Test
  void nothingToDoIsFine() {
    assertThat(XcKernels.add(c, 0, 0, 0)).isZero();
    assertThat(XcKernels.layerNorm(c, 0, 0, 0, 0, 0, 4, 1e-5f)).isZero();
    assertThat(XcKernels.free(c, 0, 1)).isZero();
    assertThat(XcKernels.contextFree(0)).isZero();
  }
}
