package io.xcomposer.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.SpecialText;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TestSpecialText {
  private static final Tokenizer TOKENIZER = GoldenText.smallTokenizer();
  private static final String[] SPECIAL = {
    "<s>", "</s>", "<unk>", "<|im_start|>", "<|plugin|>", "[UNUSED_TOKEN_145]", "[UNUSED_TOKEN_3]"
  };

  /** The text as decoding gives it back: the clean-up and U+2581 are the tokenizer's own losses. */
  private static String asDecoded(String text) {
    StringBuilder repaired = new StringBuilder();
    text.codePoints()
        .map(c -> c >= 0xd800 && c < 0xe000 ? 0xfffd : c == '\u2581' ? ' ' : c)
        .forEach(repaired::appendCodePoint);
    return CleanUp.of(repaired.toString());
  }

  private static String randomText(Random random) {
    StringBuilder text = new StringBuilder();
    for (int parts = random.nextInt(25); parts > 0; parts--) {
      switch (random.nextInt(6)) {
        case 0 -> text.append((char) random.nextInt(0x10000));
        case 1 -> text.appendCodePoint(random.nextInt(0x110000));
        case 2 -> text.append(" '.,?!\u2581\n\t[]<>|".charAt(random.nextInt(14)));
        case 3 -> text.append(SPECIAL[random.nextInt(SPECIAL.length)]);
        default -> text.append((char) (' ' + random.nextInt(95)));
      }
    }
    return text.toString();
  }

  private static boolean steers(int id) {
    return id < 3 || id >= 1522 || TOKENIZER.token(id).startsWith("[UNUSED_TOKEN_");
  }

  @Test
  void anyNeutralisedTextComesBackAndSteersNothing() {
    Random random = new Random(92544);
    for (int round = 0; round < 5000; round++) {
      String text = randomText(random);
      int[] ids = TOKENIZER.encodeWithoutBos(text, SpecialText.NEUTRALIZED);

      assertThat(IntStream.of(ids).filter(TestSpecialText::steers)).as(text).isEmpty();
      assertThat(TOKENIZER.decode(ids)).isEqualTo(asDecoded(text));
    }
  }

  @Test
  void textWithoutSpecialNamesHasTheSameIdsEitherWay() {
    Random random = new Random(1522);
    int compared = 0;
    while (compared < 5000) {
      String text = randomText(random);
      int[] published = TOKENIZER.encodeWithoutBos(text);
      if (IntStream.of(published).anyMatch(TestSpecialText::steers)) {
        continue;
      }
      compared++;
      assertThat(TOKENIZER.encodeWithoutBos(text, SpecialText.NEUTRALIZED)).isEqualTo(published);
      assertThat(TOKENIZER.decode(published)).isEqualTo(asDecoded(text));
    }
  }

  @Test
  void otherUserDefinedPiecesKeepTheirIds() {
    assertThat(TOKENIZER.encodeWithoutBos("Ａ……", SpecialText.NEUTRALIZED))
        .isEqualTo(TOKENIZER.encodeWithoutBos("Ａ……"))
        .hasSize(2);
  }

  @Test
  void halfASurrogatePairIsAReplacementCharacter() {
    assertThat(TOKENIZER.encode("a\ud83d")).isEqualTo(TOKENIZER.encode("a\ufffd"));
    assertThat(TOKENIZER.encode("\ude42\ud83d🙂")).isEqualTo(TOKENIZER.encode("\ufffd\ufffd🙂"));
  }
}
