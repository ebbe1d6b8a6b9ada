package io.xcomposer.spark.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.PromptStyle;
import io.xcomposer.model.SpecialText;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.tensor.DType;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestXComposerConf {
  private static final XComposerConf NOTHING_GIVEN = XComposerConf.read(Map.of());

  private static XComposerConf conf(String name, String value) {
    return XComposerConf.read(Map.of("spark.xcomposer." + name, value));
  }

  @Test
  void defaultsAreThoseOfThePublishedCodeInTheExactMode() {
    assertThat(NOTHING_GIVEN.engine("cpu")).isEqualTo(EngineSettings.EXACT);
    assertThat(NOTHING_GIVEN.generation()).isEqualTo(GenerationOptions.greedy(1024));
    assertThat(NOTHING_GIVEN.prompt().hdNum()).isEqualTo(25);
    assertThat(NOTHING_GIVEN.prompt().metaInstruction()).startsWith("You are an AI assistant");
  }

  @Test
  void everyGivenValueArrives() {
    Map<String, String> given = new HashMap<>();
    given.put("spark.xcomposer.model", "/models/4khd");
    given.put("spark.xcomposer.device", "cuda");
    given.put("spark.xcomposer.dtype", "bf16");
    given.put("spark.xcomposer.threads", "7");
    given.put("spark.xcomposer.maxImagePixels", "5000000000");
    given.put("spark.xcomposer.kvCacheTokens", "4096");
    given.put("spark.xcomposer.memory", "20g");
    given.put("spark.xcomposer.hdNum", "55");
    given.put("spark.xcomposer.promptStyle", "harness");
    given.put("spark.xcomposer.specialText", "as-published");
    given.put("spark.xcomposer.maxNewTokens", "64");
    given.put("spark.xcomposer.repetitionPenalty", "1.25");
    given.put("spark.xcomposer.doSample", "true");
    given.put("spark.xcomposer.temperature", "0.5");
    given.put("spark.xcomposer.topK", "0");
    given.put("spark.xcomposer.topP", "1");
    given.put("spark.xcomposer.seed", "-3");
    given.put("spark.xcomposer.mode", "FAILFAST");
    given.put("spark.xcomposer.lookAhead.bytes", "1g");
    XComposerConf conf = XComposerConf.read(given);

    assertThat(conf.get(ConfKeys.MODEL)).isEqualTo("/models/4khd");
    assertThat(conf.get(ConfKeys.DEVICE)).isEqualTo(DeviceChoice.CUDA);
    assertThat(conf.engine("cpu"))
        .isEqualTo(new EngineSettings("cpu", DType.BF16, 7, 5_000_000_000L, 4096, 20L << 30));
    assertThat(conf.prompt())
        .isEqualTo(
            new PromptSettings(
                PromptStyle.HARNESS, SpecialText.AS_PUBLISHED, Defaults.META_INSTRUCTION, 55));
    assertThat(conf.generation())
        .isEqualTo(
            new GenerationOptions(
                64, 1, 1.25f, 1.0, false, new GenerationOptions.Sampling(0.5f, 0, 1.0f, -3)));
    assertThat(conf.get(ConfKeys.MODE)).isEqualTo(ErrorMode.FAILFAST);
    assertThat(conf.get(ConfKeys.LOOK_AHEAD_BYTES)).isEqualTo(1L << 30);
  }

  @Test
  void keysOfOthersAreLeftAlone() {
    XComposerConf conf =
        XComposerConf.read(
            Map.of("spark.executor.memory", "4g", "spark.xcomposerly", "x", "hdNum", "no number"));

    assertThat(conf.get(ConfKeys.HD_NUM)).isEqualTo(25);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hdNum             | 0         | a number of tiles from 1 to 1000",
        "hdNum             | 1001      | a number of tiles from 1 to 1000",
        "hdNum             | 5.5       | a number of tiles from 1 to 1000",
        "hdNum             | ''        | a number of tiles from 1 to 1000",
        "hdNum             | 99999999999 | a number of tiles from 1 to 1000",
        "maxNewTokens      | 16385     | a number of tokens from 1 to 16384",
        "numBeams          | -1        | a number of beams from 1 to 64",
        "threads           | 1025      | a number of threads from 0 to 1024",
        "maxImagePixels    | 0         | a number of pixels, at least 1",
        "kvCacheTokens     | -1        | a number of tokens, at least 0",
        "repetitionPenalty | 0         | a number above 0",
        "repetitionPenalty | NaN       | a number above 0",
        "repetitionPenalty | 1e40      | a number above 0",
        "lengthPenalty     | Infinity  | a finite number",
        "topP              | 1.01      | a number above 0, at most 1",
        "topP              | 1,0       | a number above 0, at most 1",
        "seed              | 9223372036854775808 | a whole number of 64 bits",
        "doSample          | yes       | true or false",
        "device            | cuda:0    | auto, cpu or cuda",
        "dtype             | f16       | f32, bf16, int8 or int4",
        "dtype             | i32       | f32, bf16, int8 or int4",
        "promptStyle       | Chatty    | chat or harness",
        "specialText       | as_published | neutralized or as-published",
        "mode              | IGNORE    | PERMISSIVE, DROPMALFORMED or FAILFAST",
        "lookAhead.bytes   | 1023k     | a size of at least 1m, such as 256m or 1g",
        "lookAhead.bytes   | -1g       | a size of at least 1m, such as 256m or 1g",
        "lookAhead.bytes   | 1.5g      | a size of at least 1m, such as 256m or 1g",
        "lookAhead.bytes   | 9999999999999p | a size of at least 1m, such as 256m or 1g",
        "lookAhead.rows    | 0         | a number of rows from 1 to 1024",
        "row.maxAttempts   | 0         | a number of attempts from 1 to 100",
        "model             | ' '       | the folder of a checkpoint",
        "captionPrompt     | ''        | a question",
      })
  void aWrongValueIsNamedWithItsKeyAndWithWhatIsAllowed(String name, String value, String allowed) {
    assertThatExceptionOfType(XComposerException.class)
        .isThrownBy(() -> conf(name, value))
        .withMessage(
            "spark.xcomposer.%s = '%s' is not allowed. To fix: give %s.", name, value, allowed)
        .satisfies(e -> assertThat(e.kind()).isEqualTo(XComposerException.Kind.OPTION));
  }

  @ParameterizedTest
  @CsvSource({
    "hdNun, hdNum",
    "hd_num, hdNum",
    "HDNUM, hdNum",
    "max-new-tokens, maxNewTokens",
    "generation.maxNewTokens, maxNewTokens",
    "lookahead.rows, lookAhead.rows",
    "lookAheadBytes, lookAhead.bytes",
    "modell, model",
    "temprature, temperature",
    "quarantineDir, quarantine.dir",
  })
  void aMistypedKeyIsAnErrorThatKnowsWhatWasMeant(String mistyped, String meant) {
    assertThatThrownBy(() -> conf(mistyped, "1"))
        .isInstanceOf(XComposerException.class)
        .hasMessageStartingWith("there is no key 'spark.xcomposer." + mistyped + "'. To fix: ")
        .hasMessageContaining("did you mean spark.xcomposer." + meant + "?");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "colour", "x", "spark.xcomposer.nothingLikeIt"})
  void aKeyLikeNoOtherIsAnErrorWithoutAGuess(String name) {
    assertThatThrownBy(() -> conf(name, "1"))
        .isInstanceOf(XComposerException.class)
        .hasMessageEndingWith("To fix: see docs/configuration.md for all keys.")
        .hasMessageNotContaining("did you mean");
  }

  @Test
  void aHugeValueIsShownByItsStart() {
    assertThatThrownBy(() -> conf("hdNum", "7".repeat(5_000_000)))
        .hasMessageContaining("(5000000 characters)")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400));
  }

  @Test
  void aHugeKeyIsShownByItsStart() {
    assertThatThrownBy(() -> conf("k".repeat(5_000_000), "1"))
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400));
  }

  @Test
  void spaceAroundNumbersAndWordsDoesNotMatterAndCaseDoesNot() {
    assertThat(conf("hdNum", " 55 ").get(ConfKeys.HD_NUM)).isEqualTo(55);
    assertThat(conf("dtype", "BF16").get(ConfKeys.DTYPE)).isEqualTo(DType.BF16);
    assertThat(conf("mode", "dropMalformed").get(ConfKeys.MODE)).isEqualTo(ErrorMode.DROPMALFORMED);
    assertThat(conf("progress", "None ").get(ConfKeys.PROGRESS)).isEqualTo(ProgressStyle.NONE);
  }

  @Test
  void anEmptyMetaInstructionIsNoSystemText() {
    assertThat(conf("metaInstruction", "").prompt().metaInstruction()).isEmpty();
  }

  @Test
  void aModelThatIsNotSetIsAskedForWhenItIsNeeded() {
    assertThatThrownBy(() -> NOTHING_GIVEN.get(ConfKeys.MODEL))
        .hasMessage(
            "spark.xcomposer.model is not set. To fix: set it to the folder of a checkpoint.");
    assertThat(NOTHING_GIVEN.find(ConfKeys.QUARANTINE_DIR)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "temperature, 0.5, doSample = true",
    "topK, 1, doSample = true",
    "topP, 0.5, doSample = true",
    "seed, 5, doSample = true",
    "lengthPenalty, 2.0, numBeams above 1",
    "earlyStopping, true, numBeams above 1",
  })
  void aValueThatCouldHaveNoEffectIsAnError(String name, String value, String needed) {
    assertThatThrownBy(() -> conf(name, value))
        .hasMessage(
            "spark.xcomposer.%1$s = '%2$s' has no effect without spark.xcomposer.%3$s."
                + " To fix: set spark.xcomposer.%3$s, or leave it out.",
            name, value, needed);
  }

  @Test
  void aSystemTextHasNoPlaceInThePromptsOfTheBenchmarks() {
    assertThatThrownBy(
            () ->
                XComposerConf.read(
                    Map.of(
                        "spark.xcomposer.promptStyle", "harness",
                        "spark.xcomposer.metaInstruction", "Be brief.")))
        .hasMessageContaining("no effect without spark.xcomposer.promptStyle = chat");
  }

  @ParameterizedTest
  @CsvSource({"temperature, 1", "topK, 50", "seed, 0", "lengthPenalty, 1", "earlyStopping, false"})
  void aValueThatHoldsAnywayDoesNoHarm(String name, String value) {
    assertThat(conf(name, value).generation()).isEqualTo(NOTHING_GIVEN.generation());
  }

  @Test
  void beamsAndSamplingExcludeEachOther() {
    assertThatThrownBy(
            () ->
                XComposerConf.read(
                    Map.of("spark.xcomposer.numBeams", "3", "spark.xcomposer.doSample", "true")))
        .hasMessage(
            "spark.xcomposer.numBeams = 3 is not allowed. To fix: give 1 together with"
                + " spark.xcomposer.doSample = true.");
  }

  @Test
  void optionsOfACallStandOverTheSession() {
    XComposerConf session =
        XComposerConf.read(
            Map.of("spark.xcomposer.hdNum", "9", "spark.xcomposer.maxNewTokens", "32"));

    XComposerConf call = session.forCall(Map.of("HDNUM", "55", "numBeams", "3"));

    assertThat(call.prompt().hdNum()).isEqualTo(55);
    assertThat(call.generation()).isEqualTo(GenerationOptions.beams(3, 32));
    assertThat(session.prompt().hdNum()).isEqualTo(9);
  }

  @Test
  void aSessionsValueMayLoseItsEffectInACall() {
    XComposerConf session =
        XComposerConf.read(
            Map.of("spark.xcomposer.numBeams", "3", "spark.xcomposer.lengthPenalty", "2.0"));

    assertThat(session.forCall(Map.of("numBeams", "1")).generation().numBeams()).isEqualTo(1);
  }

  @Test
  void aWrongOptionIsNamedAsTheCallKnowsIt() {
    assertThatThrownBy(() -> NOTHING_GIVEN.forCall(Map.of("HdNum", "many")))
        .hasMessage(
            "hdNum = 'many' is not allowed. To fix: give a number of tiles from 1 to 1000.");
    assertThatThrownBy(() -> NOTHING_GIVEN.forCall(Collections.singletonMap("hdNum", null)))
        .hasMessageStartingWith("hdNum = NULL is not allowed.");
    assertThatThrownBy(() -> NOTHING_GIVEN.forCall(Map.of("topK", "3")))
        .hasMessageStartingWith("topK = '3' has no effect without doSample = true.");
  }

  @Test
  void anUnknownOptionOfACallListsThoseThatThereAre() {
    assertThatThrownBy(() -> NOTHING_GIVEN.forCall(Map.of("max_new_token", "5")))
        .hasMessageStartingWith(
            "there is no option 'max_new_token'. To fix: did you mean maxNewTokens? If not, give"
                + " one of model, device, ")
        .hasMessageNotContaining("preload");
    assertThatThrownBy(() -> NOTHING_GIVEN.forCall(Collections.singletonMap(null, "5")))
        .isInstanceOf(XComposerException.class);
  }

  @Test
  void anOptionOfTheSessionCannotBeGivenToACall() {
    assertThatThrownBy(() -> NOTHING_GIVEN.forCall(Map.of("preload", "true")))
        .hasMessageStartingWith(
            "option preload is not one of a call. To fix: set spark.xcomposer.preload for the session");
  }

  @Test
  void anOptionGivenTwiceIsAnError() {
    Map<String, String> twice = new LinkedHashMap<>();
    twice.put("hdNum", "4");
    twice.put("HDNUM", "5");

    assertThatThrownBy(() -> NOTHING_GIVEN.forCall(twice))
        .hasMessageStartingWith("option hdNum is given twice");
  }

  /**
   * Whatever stands in a key or value: a checked configuration or an error of ours, nothing else.
   */
  @Test
  void noTextMakesItFailInAnotherWay() {
    Random random = new Random(4711);
    String letters = "0123456789.,-+eEfgmkb _\n\0\"'%$\\|äß浦\uD83D\uDE00\uD800NaInfity";
    for (int i = 0; i < 20_000; i++) {
      ConfEntry<?> entry = ConfKeys.ALL.get(random.nextInt(ConfKeys.ALL.size()));
      StringBuilder text = new StringBuilder();
      random
          .ints(random.nextInt(12), 0, letters.length())
          .forEach(c -> text.append(letters.charAt(c)));
      String key = random.nextInt(4) == 0 ? entry.key() + text : entry.key();
      try {
        XComposerConf conf = XComposerConf.read(Map.of(key, text.toString()));
        assertThat(conf.engine("cpu")).isNotNull();
        assertThat(conf.prompt()).isNotNull();
        assertThat(conf.generation()).isNotNull();
      } catch (XComposerException e) {
        assertThat(e.kind()).isEqualTo(XComposerException.Kind.OPTION);
        assertThat(e.getMessage()).contains(". To fix: ");
      }
    }
  }
}
