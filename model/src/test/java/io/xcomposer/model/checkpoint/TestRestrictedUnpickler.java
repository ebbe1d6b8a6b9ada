package io.xcomposer.model.checkpoint;

import static io.xcomposer.model.checkpoint.CheckpointFixtures.oneTensor;
import static io.xcomposer.model.checkpoint.CheckpointFixtures.sizes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.xcomposer.model.XComposerException;
import io.xcomposer.model.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestRestrictedUnpickler {

  @Test
  void aTensorComesOutAsItWasDescribed() {
    Map<String, PickleValue.Tensor> tensors =
        unpickle(oneTensor("HalfStorage", 100, 10, sizes(3, 4), sizes(1, 20)));
    assertThat(tensors).containsOnlyKeys("w");
    PickleValue.Tensor tensor = tensors.get("w");
    assertThat(tensor.storage()).isEqualTo(new PickleValue.Storage(StoredDType.F16, "0", 100));
    assertThat(tensor.offset()).isEqualTo(10);
    assertThat(tensor.layout().shape()).isEqualTo(Shape.of(3, 4));
    assertThat(tensor.layout().stride(1)).isEqualTo(20);
  }

  @Test
  void anOrderedDictWithMetadataIsAStateDict() {
    byte[] pickle =
        PickleWriter.begin()
            .global("collections", "OrderedDict")
            .op(')')
            .reduce()
            .mark()
            .text("w")
            .tensor("FloatStorage", "0", 1, 0, sizes(1), sizes(1))
            .op('u')
            .emptyDict()
            .text("_metadata")
            .emptyDict()
            .op('s', 'b')
            .stop();
    assertThat(unpickle(pickle)).containsOnlyKeys("w");
  }

  @Test
  void aParameterIsItsTensor() {
    byte[] pickle =
        PickleWriter.begin()
            .emptyDict()
            .text("w")
            .global("torch._utils", "_rebuild_parameter")
            .mark()
            .tensor("FloatStorage", "0", 1, 0, sizes(1), sizes(1))
            .op(0x88)
            .global("collections", "OrderedDict")
            .op(')')
            .reduce()
            .tuple()
            .reduce()
            .op('s')
            .stop();
    assertThat(unpickle(pickle)).containsOnlyKeys("w");
  }

  @ParameterizedTest
  @CsvSource({
    "os, system",
    "posix, system",
    "builtins, eval",
    "builtins, getattr",
    "torch, load",
    "torch._utils, _rebuild_tensor",
    "torch.serialization, _get_layout",
    "java.lang, Runtime",
    "collections, OrderedDict.fromkeys",
    "'', ''"
  })
  void anyOtherNameIsRefused(String module, String name) {
    byte[] pickle =
        PickleWriter.begin().global(module, name).mark().text("echo hello").tuple().reduce().stop();
    assertRefused(pickle, "the pickle names " + module + "." + name);
  }

  /** Every opcode of all protocols that state dicts do not need. */
  @ParameterizedTest
  @ValueSource(
      ints = {
        'i', 'o', 0x81, 0x92, 0x93, 0x82, 0x83, 0x84, 'P', 'I', 'L', 'F', 'S', 'V', 'G', 'T', 'U',
        'B', 'C', 0x8b, 0x8c, 0x8d, 0x8e, 0x8f, 0x90, 0x91, 0x94, 0x95, 0x96, 0x97, 0x98, 'd', 'l',
        'a', 'e', ']', '0', '1', '2', 'p', 'g', 0, 0xff
      })
  void otherOpcodesAreRefused(int opcode) {
    byte[] pickle = PickleWriter.begin().emptyDict().op(opcode).int32(0).int32(0).stop();
    assertRefused(pickle, "uses opcode 0x" + Integer.toHexString(opcode));
  }

  @Test
  void anotherProtocolIsRefused() {
    assertRefused(new PickleWriter().op(0x80, 4).emptyDict().stop(), "pickle protocol 4");
  }

  @Test
  void callingAStorageClassIsRefused() {
    assertRefused(
        PickleWriter.begin().global("torch", "FloatStorage").op(')').reduce().stop(),
        "calls the class");
  }

  @Test
  void callingATensorIsRefused() {
    byte[] pickle =
        PickleWriter.begin()
            .tensor("FloatStorage", "0", 1, 0, sizes(1), sizes(1))
            .op(')')
            .reduce()
            .stop();
    assertRefused(pickle, "calls what is no known function");
  }

  @Test
  void aLoopOfReducesOverTheMemoIsRefused() {
    PickleWriter pickle = PickleWriter.begin().global("collections", "OrderedDict").op('q', 0);
    for (int i = 0; i < 100_000; i++) {
      pickle.op('h', 0, ')', 'R');
    }
    assertRefused(pickle.stop(), "ends with 100001 values");
  }

  @Test
  void settingTheStateOfATensorIsRefused() {
    byte[] pickle =
        PickleWriter.begin()
            .tensor("FloatStorage", "0", 1, 0, sizes(1), sizes(1))
            .emptyDict()
            .op('b')
            .stop();
    assertRefused(pickle, "sets the state");
  }

  /** Each level holds the one before twice: 2^64 leaves if somebody walked them. */
  @Test
  void aMemoBombCostsNothing() {
    PickleWriter pickle = PickleWriter.begin().op(')').op('q', 0);
    for (int i = 0; i < 64; i++) {
      pickle.op('h', 0, 'h', 0, 0x86, 'q', 0);
    }
    assertRefused(pickle.stop(), "ends with 65 values");
  }

  @Test
  void aMemoBombAsAKeyIsRefused() {
    PickleWriter pickle = PickleWriter.begin().op(')').op('q', 0);
    for (int i = 0; i < 64; i++) {
      pickle.op('h', 0, 'h', 0, 0x86, 'q', 0);
    }
    assertRefused(pickle.emptyDict().op('h', 0, 'N', 's').stop(), "a dict key that is no text");
  }

  @Test
  void aDictThatHoldsItselfIsNoTensor() {
    byte[] pickle = PickleWriter.begin().emptyDict().op('q', 0).text("w").op('h', 0, 's').stop();
    assertRefused(pickle, "the entry w is not a tensor");
  }

  @Test
  void aStackOfMillionsIsRefused() {
    byte[] pickle = new byte[3 << 20];
    Arrays.fill(pickle, (byte) '(');
    assertRefused(pickle, "stacks more than 1048576 values");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1 << 20, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void aMemoPlaceOutOfRangeIsRefused(int place) {
    assertRefused(
        PickleWriter.begin().emptyDict().op('r').int32(place).stop(), "the pickle uses memo");
  }

  @Test
  void readingAnEmptyMemoPlaceIsRefused() {
    assertRefused(PickleWriter.begin().op('h', 7).stop(), "reads memo 7, never written");
  }

  @Test
  void anIntegerOfManyBytesIsRefused() {
    assertRefused(PickleWriter.begin().op(0x8a, 255).stop(), "an integer of 255 bytes");
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 4097, Integer.MAX_VALUE})
  void aTextOfAnAbsurdLengthIsRefused(int length) {
    assertRefused(PickleWriter.begin().op('X').int32(length).stop(), "the pickle has a text of");
  }

  @Test
  void aNameWithoutEndIsRefused() {
    byte[] pickle = new byte[10_000];
    Arrays.fill(pickle, (byte) 'c');
    assertRefused(pickle, "a name of more than 4096 bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"R", "t", "u", "s", "b", "Q", "."})
  void takingFromAnEmptyStackIsRefused(String opcode) {
    assertRefused(PickleWriter.begin().op(opcode.charAt(0)).stop(), "the pickle");
  }

  @Test
  void takingAMarkAsAValueIsRefused() {
    assertRefused(PickleWriter.begin().mark().reduce().stop(), "takes a value that is not there");
  }

  @Test
  void aKeyWithoutValueIsRefused() {
    assertRefused(
        PickleWriter.begin().emptyDict().mark().text("w").op('u').stop(), "a key without value");
  }

  @Test
  void aKeyGivenTwiceIsRefused() {
    assertRefused(
        PickleWriter.begin().emptyDict().mark().text("w").op('N').text("w").op('N', 'u').stop(),
        "has the key w twice");
  }

  @Test
  void aResultThatIsNoDictIsRefused() {
    assertRefused(PickleWriter.begin().integer(1).stop(), "no dict of tensors");
  }

  @Test
  void aPersistentIdThatNamesNoStorageIsRefused() {
    assertRefused(
        PickleWriter.begin().mark().text("module").text("os").tuple().op('Q').stop(),
        "a persistent id that names no storage");
  }

  @ParameterizedTest
  @CsvSource({
    "10, 0, 11, 1",
    "10, 1, 10, 1",
    "10, -1, 1, 1",
    "10, 9, 2, 1",
    "10, 0, 2, 10",
    "-1, 0, 1, 1",
    "0, 0, 1, 1",
    "10, 9223372036854775807, 1, 1",
  })
  void aTensorThatLeavesItsStorageIsRefused(long elements, long offset, long size, long stride) {
    assertRefused(
        oneTensor("FloatStorage", elements, offset, sizes(size), sizes(stride)), "tensor");
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 1",
    "4, -1",
    "9223372036854775807, 9223372036854775807",
    "2, 9223372036854775807",
    "4294967296, 4294967296",
  })
  void impossibleSizesAreRefused(long size, long stride) {
    assertRefused(
        oneTensor("FloatStorage", 100, 0, sizes(2, size), sizes(stride, stride)),
        "an impossible tensor");
  }

  /** One element of storage expanded to 2^60: a view that torch can save. */
  @Test
  void aTensorLargerThanItsStorageIsRefused() {
    assertRefused(
        oneTensor("FloatStorage", 1, 0, sizes(1L << 30, 1L << 30), sizes(0, 0)), "overlap");
  }

  @Test
  void windowsOverAStorageAreRefused() {
    assertRefused(oneTensor("FloatStorage", 100, 0, sizes(50, 50), sizes(1, 1)), "overlap");
  }

  @Test
  void sizesAndStridesOfDifferentLengthAreRefused() {
    assertRefused(
        oneTensor("FloatStorage", 100, 0, sizes(2, 2), sizes(1)), "2 sizes but 1 strides");
  }

  @Test
  void tooManyAxesAreRefused() {
    long[] nine = new long[9];
    Arrays.fill(nine, 1);
    assertRefused(oneTensor("FloatStorage", 100, 0, nine, nine), "more than 8 axes");
  }

  /** An error at each place or, where only the last opcodes are missing, still an error. */
  @Test
  void everyTruncationIsRefused() {
    byte[] whole = oneTensor("BFloat16Storage", 12, 0, sizes(3, 4), sizes(4, 1));
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatExceptionOfType(XComposerException.class).isThrownBy(() -> unpickle(cut));
    }
  }

  private static Map<String, PickleValue.Tensor> unpickle(byte[] pickle) {
    return RestrictedUnpickler.tensors("weights.bin", ByteBuffer.wrap(pickle));
  }

  private static void assertRefused(byte[] pickle, String reason) {
    assertThatExceptionOfType(XComposerException.class)
        .isThrownBy(() -> unpickle(pickle))
        .withMessageStartingWith("weights.bin: ")
        .withMessageContaining(reason)
        .withMessageContaining("To fix: ");
  }
}
