package io.xcomposer.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.PromptStyle;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TestTextStream {
  private static final Tokenizer TOKENIZER = GoldenText.smallTokenizer();
  private static final AnswerText CHAT = new AnswerText(TOKENIZER, PromptStyle.CHAT);
  private static final AnswerText HARNESS = new AnswerText(TOKENIZER, PromptStyle.HARNESS);

  private static int[] ids(String text) {
    return TOKENIZER.encodeWithoutBos(text);
  }

  private static String pushAll(TextStream stream, int... ids) {
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(stream.push(id));
    }
    return text.toString();
  }

  @ParameterizedTest
  @EnumSource
  void thePiecesJoinToTheWholeTextForAnyIds(PromptStyle style) {
    AnswerText answer = new AnswerText(TOKENIZER, style);
    Random random = new Random(4480);
    // spaces, quotes, n, t, v, r, dot, comma: what the clean-up looks at
    int[] touchy = ids(" '.,?!ntvresm");
    for (int round = 0; round < 4000; round++) {
      int[] ids = new int[random.nextInt(30)];
      for (int i = 0; i < ids.length; i++) {
        ids[i] =
            switch (random.nextInt(5)) {
              case 0 -> 3 + random.nextInt(256);
              case 1 -> random.nextInt(1528);
              case 2 -> 3 + new int[] {0xe6, 0xbc, 0xa2, 0xf0, 0x9f, 0x99}[random.nextInt(6)];
              default -> touchy[random.nextInt(touchy.length)];
            };
      }
      TextStream stream = answer.stream();
      assertThat(pushAll(stream, ids) + stream.finish()).isEqualTo(answer.of(ids));
    }
  }

  @Test
  void whatIsStableStaysAsItIsWhateverFollows() {
    Random random = new Random(7);
    // few letters at a time, so that rules meet the leavings of other rules
    String[] alphabets = {"  '.,?!ntvresmx", "  'nt", "  've", "  're", " '.m", " '!,ns"};
    for (int round = 0; round < 200_000; round++) {
      String alphabet = alphabets[round % alphabets.length];
      String text = random(random, alphabet, 8);
      String stable = text.substring(0, CleanUp.stablePrefix(text));
      String rest = text.substring(stable.length()) + random(random, alphabet, 6);

      assertThat(CleanUp.of(stable) + CleanUp.of(rest)).isEqualTo(CleanUp.of(stable + rest));
    }
  }

  private static String random(Random random, String alphabet, int longest) {
    StringBuilder text = new StringBuilder();
    for (int length = random.nextInt(longest + 1); length > 0; length--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  @Test
  void ordinaryTextIsGivenOutAtOnce() {
    TextStream stream = CHAT.stream();

    assertThat(pushAll(stream, ids("Hello world"))).isEqualTo("Hello world");
    assertThat(pushAll(stream, ids(" and more"))).isEqualTo(" and more");
    assertThat(stream.finish()).isEmpty();
  }

  @Test
  void aSpaceIsHeldBackUntilItsNeighbourIsKnown() {
    TextStream stream = CHAT.stream();

    assertThat(pushAll(stream, ids("a "))).isEqualTo("a");
    assertThat(pushAll(stream, ids("."))).isEqualTo(".");
    assertThat(pushAll(stream, ids(" "))).isEmpty();
    assertThat(stream.finish()).isEqualTo(" ");
  }

  @Test
  void bytesWaitUntilTheirCharacterIsWhole() {
    TextStream stream = CHAT.stream();

    assertThat(pushAll(stream, 243, 162, 156)).isEmpty();
    assertThat(pushAll(stream, 133)).isEqualTo("🙂");
    assertThat(pushAll(stream, 243, 162)).isEmpty();
    assertThat(pushAll(stream, ids("ok"))).isEqualTo("\uFFFD\uFFFDok");
  }

  @Test
  void bytesJoinAcrossASpecialTokenThatIsLeftOut() {
    assertThat(CHAT.of(new int[] {243, 162, 2, 156, 133})).isEqualTo("🙂");
    assertThat(pushAll(CHAT.stream(), 243, 162, 2, 156, 133)).isEqualTo("🙂");
  }

  @Test
  void nothingComesAfterTheEndOfTurn() {
    TextStream stream = CHAT.stream();

    assertThat(pushAll(stream, ids("yes"))).isEqualTo("yes");
    assertThat(pushAll(stream, TOKENIZER.endOfTurnId())).isEmpty();
    assertThat(pushAll(stream, ids("and then"))).isEmpty();
    assertThat(stream.finish()).isEmpty();
  }

  @Test
  void anEndOfTurnSpeltInCharactersCutsToo() {
    int[] spelt = {1257, 88, 81, 88, 1358, 72, 1355, 1259, 1234, 82, 78, 72, 81, 1259, 1250};
    TextStream stream = CHAT.stream();

    assertThat(pushAll(stream, ids("yes"))).isEqualTo("yes");
    assertThat(pushAll(stream, spelt)).isEmpty();
    assertThat(pushAll(stream, ids("x"))).isEqualTo("[UNUSED_TOKEN_1x");
    assertThat(pushAll(stream, spelt)).isEmpty();
    assertThat(pushAll(stream, 1256, 1254, 1258, 1220)).isEmpty();
    assertThat(stream.finish()).isEmpty();
  }

  @Test
  void theHarnessKeepsSpecialTextAndStrips() {
    int[] ids = {1217, 1220, 1217, 1520, 1238, 2};

    assertThat(HARNESS.of(ids)).isEqualTo("a");
    assertThat(HARNESS.of(new int[] {1217, 1220, 2})).isEqualTo("a</s>");
  }

  @Test
  void anIdWithoutAPieceIsOneReplacementCharacter() {
    TextStream stream = CHAT.stream();
    assertThat(stream.push(1220) + stream.push(1600) + stream.finish()).isEqualTo("a\uFFFD");
  }
}
