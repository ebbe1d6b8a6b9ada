package io.xcomposer.spark.conf;

import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.PromptStyle;
import io.xcomposer.model.SpecialText;
import io.xcomposer.model.tensor.DType;
import java.util.List;
import java.util.Optional;

/** All keys. {@code docs/configuration.md} is made from them: {@code make docs}. */
public final class ConfKeys {
  public static final ConfEntry<String> MODEL =
      optional(
          "model",
          Category.ENGINE,
          "Folder of the checkpoint, the same path on the driver, which checks it, and on every executor.",
          ConfType.nonBlank("the folder of a checkpoint"));

  public static final ConfEntry<DeviceChoice> DEVICE =
      call(
          "device",
          Category.ENGINE,
          "`auto`: the GPU that Spark assigned to the task, the CPU where it assigned none."
              + " `cpu`: the CPU, whatever was assigned. `cuda`: the assigned GPU, and an error"
              + " where there is none.",
          ConfType.choice(DeviceChoice.class),
          DeviceChoice.AUTO);

  public static final ConfEntry<DType> DTYPE =
      call(
          "dtype",
          Category.ENGINE,
          "Numbers to compute with: `f32` is exact; `bf16`, `int8` and `int4` are faster, need about"
              + " 50, 28 and 18 % of its memory, and cost exactness.",
          ConfType.choice(EngineOptions.MODES, ConfType::hyphened),
          DType.F32);

  public static final ConfEntry<Integer> THREADS =
      call(
          "threads",
          Category.ENGINE,
          "Compute threads of an executor's engine on the CPU. 0: the executor's cores.",
          ConfType.integer("threads", 0, 1024),
          0);

  public static final ConfEntry<Long> MAX_IMAGE_PIXELS =
      call(
          "maxImagePixels",
          Category.ENGINE,
          "An image with more pixels is refused before it is decoded.",
          ConfType.longFrom("pixels", 1),
          Defaults.MAX_IMAGE_PIXELS);

  public static final ConfEntry<Integer> KV_CACHE_TOKENS =
      call(
          "kvCacheTokens",
          Category.ENGINE,
          "Tokens that an engine's key/value cache holds over all questions at a time."
              + " 0: room for sixteen questions, within 4 GiB.",
          ConfType.integerFrom("tokens", 0),
          0);

  public static final ConfEntry<Long> MEMORY =
      call(
          "memory",
          Category.ENGINE,
          "Most memory that an engine takes outside of the Java heap: weights, buffers of a step,"
              + " key/value cache and encoded images, the latter two as large as there is room for."
              + " Too little is an error that says how much is needed. 0: no limit.",
          ConfType.size(0),
          0L);

  public static final ConfEntry<Integer> HD_NUM =
      call(
          "hdNum",
          Category.PROMPT,
          "Budget of 336 px tiles for an image: more reads smaller print and takes longer. The"
              + " model card uses 55.",
          ConfType.integer("tiles", 1, 1000),
          Defaults.HD_NUM);

  public static final ConfEntry<PromptStyle> PROMPT_STYLE =
      call(
          "promptStyle",
          Category.PROMPT,
          "`chat`: system text and turn markers are put around the question. `harness`: as in the"
              + " benchmarks, the question is the whole text behind the image, turn markers"
              + " included.",
          ConfType.choice(PromptStyle.class),
          PromptStyle.CHAT);

  public static final ConfEntry<SpecialText> SPECIAL_TEXT =
      call(
          "specialText",
          Category.PROMPT,
          "Text of special tokens inside questions, such as `</s>`: `neutralized` reads it as plain"
              + " characters, `as-published` as the tokens, like the published code.",
          ConfType.choice(
              List.of(SpecialText.NEUTRALIZED, SpecialText.AS_PUBLISHED), ConfType::hyphened),
          SpecialText.NEUTRALIZED);

  public static final ConfEntry<String> META_INSTRUCTION =
      call(
          "metaInstruction",
          Category.PROMPT,
          "System text; empty for none. Only with `promptStyle` `chat`.",
          ConfType.text(),
          Defaults.META_INSTRUCTION);

  public static final ConfEntry<String> CAPTION_PROMPT =
      call(
          "captionPrompt",
          Category.PROMPT,
          "The question that `caption` asks.",
          ConfType.nonBlank("a question"),
          Defaults.CAPTION_PROMPT);

  public static final ConfEntry<Integer> MAX_NEW_TOKENS =
      call(
          "maxNewTokens",
          Category.GENERATION,
          "Most tokens of an answer.",
          ConfType.integer("tokens", 1, 16_384),
          Defaults.MAX_NEW_TOKENS);

  public static final ConfEntry<Integer> NUM_BEAMS =
      call(
          "numBeams",
          Category.GENERATION,
          "Hypotheses that a beam search follows; 1 is greedy. The model card uses 3.",
          ConfType.integer("beams", 1, 64),
          Defaults.NUM_BEAMS);

  public static final ConfEntry<Float> REPETITION_PENALTY =
      call(
          "repetitionPenalty",
          Category.GENERATION,
          "Above 1 makes tokens that were there already less likely; 1 is none.",
          ConfType.decimal("a number above 0", value -> value > 0),
          Defaults.REPETITION_PENALTY);

  public static final ConfEntry<Double> LENGTH_PENALTY =
      call(
          "lengthPenalty",
          Category.GENERATION,
          "Exponent of the length in the score of a beam's hypothesis. Only with `numBeams` above"
              + " 1.",
          ConfType.finiteDouble(),
          Defaults.LENGTH_PENALTY);

  public static final ConfEntry<Boolean> EARLY_STOPPING =
      call(
          "earlyStopping",
          Category.GENERATION,
          "End a beam search as soon as it has as many hypotheses as beams. Only with `numBeams`"
              + " above 1.",
          ConfType.truth(),
          false);

  public static final ConfEntry<Boolean> DO_SAMPLE =
      call(
          "doSample",
          Category.GENERATION,
          "Draw each token at random instead of taking the best one. Not with beams.",
          ConfType.truth(),
          false);

  public static final ConfEntry<Float> TEMPERATURE =
      call(
          "temperature",
          Category.GENERATION,
          "Of `doSample`: above 1 makes unlikely tokens likelier, below 1 less likely.",
          ConfType.decimal("a number above 0", value -> value > 0),
          Defaults.TEMPERATURE);

  public static final ConfEntry<Integer> TOP_K =
      call(
          "topK",
          Category.GENERATION,
          "Of `doSample`: tokens to keep, 0 for all.",
          ConfType.integerFrom("tokens", 0),
          Defaults.TOP_K);

  public static final ConfEntry<Float> TOP_P =
      call(
          "topP",
          Category.GENERATION,
          "Of `doSample`: probability to keep.",
          ConfType.decimal("a number above 0, at most 1", value -> value > 0 && value <= 1),
          Defaults.TOP_P);

  public static final ConfEntry<Long> SEED =
      call(
          "seed",
          Category.GENERATION,
          "Of `doSample`: the same seed gives the same answer.",
          ConfType.anyLong(),
          Defaults.SEED);

  public static final ConfEntry<ErrorMode> MODE =
      call(
          "mode",
          Category.ROWS,
          "What becomes of a row that cannot be answered. `PERMISSIVE`: it stays, with the error in"
              + " its error column. `DROPMALFORMED`: it is left out and counted. `FAILFAST`: the job"
              + " ends at the first one.",
          ConfType.choice(List.of(ErrorMode.values()), ErrorMode::name),
          ErrorMode.PERMISSIVE);

  public static final ConfEntry<Integer> LOOK_AHEAD_ROWS =
      call(
          "lookAhead.rows",
          Category.ROWS,
          "Most rows that a task has handed to the engine and not yet got back.",
          ConfType.integer("rows", 1, 1024),
          Defaults.LOOK_AHEAD_ROWS);

  public static final ConfEntry<Long> LOOK_AHEAD_BYTES =
      call(
          "lookAhead.bytes",
          Category.ROWS,
          "Most bytes of encoded images that a task holds ahead of the engine. A single larger image"
              + " goes alone.",
          ConfType.size(1 << 20),
          Defaults.LOOK_AHEAD_BYTES);

  public static final ConfEntry<Integer> ROW_MAX_ATTEMPTS =
      call(
          "row.maxAttempts",
          Category.ROWS,
          "Times that a row is tried when its error may pass, and times that it may have been in"
              + " work when an executor went down before it is set aside.",
          ConfType.integer("attempts", 1, 100),
          Defaults.ROW_MAX_ATTEMPTS);

  public static final ConfEntry<String> QUARANTINE_DIR =
      optional(
          "quarantine.dir",
          Category.ROWS,
          "Folder, on a file system that all executors share, with the keys of rows in work. It is"
              + " what finds a row that takes executors down; without it no such row is set aside.",
          ConfType.nonBlank("a folder that all executors share"));

  public static final ConfEntry<Boolean> PRELOAD =
      session(
          "preload",
          Category.OPERATION,
          "Load the model when an executor starts instead of at its first task. Needs the plugin"
              + " in `spark.plugins`.",
          ConfType.truth(),
          false);

  public static final ConfEntry<ProgressStyle> PROGRESS =
      session(
          "progress",
          Category.OPERATION,
          "How a job reports on the console. `auto`: a bar on a terminal, plain lines elsewhere."
              + " `lines`: plain lines. `none`: nothing before the summary.",
          ConfType.choice(ProgressStyle.class),
          ProgressStyle.AUTO);

  public static final ConfEntry<String> ENGINE_OPENER =
      session(
          "engineOpener",
          Category.OPERATION,
          "Class that opens the engines of executors, for tests without a model.",
          ConfType.nonBlank("the name of a class"),
          "io.xcomposer.spark.engine.CheckpointEngine");

  /** Every key, in the order of the page. */
  public static final List<ConfEntry<?>> ALL =
      List.of(
          MODEL,
          DEVICE,
          DTYPE,
          THREADS,
          MAX_IMAGE_PIXELS,
          KV_CACHE_TOKENS,
          MEMORY,
          HD_NUM,
          PROMPT_STYLE,
          SPECIAL_TEXT,
          META_INSTRUCTION,
          CAPTION_PROMPT,
          MAX_NEW_TOKENS,
          NUM_BEAMS,
          REPETITION_PENALTY,
          LENGTH_PENALTY,
          EARLY_STOPPING,
          DO_SAMPLE,
          TEMPERATURE,
          TOP_K,
          TOP_P,
          SEED,
          MODE,
          LOOK_AHEAD_ROWS,
          LOOK_AHEAD_BYTES,
          ROW_MAX_ATTEMPTS,
          QUARANTINE_DIR,
          PRELOAD,
          PROGRESS,
          ENGINE_OPENER);

  private ConfKeys() {}

  private static <T> ConfEntry<T> session(
      String name, Category category, String doc, ConfType<T> type, T byDefault) {
    return new ConfEntry<>(name, category, Scope.SESSION, doc, type, Optional.of(byDefault));
  }

  private static <T> ConfEntry<T> call(
      String name, Category category, String doc, ConfType<T> type, T byDefault) {
    return new ConfEntry<>(name, category, Scope.CALL, doc, type, Optional.of(byDefault));
  }

  private static <T> ConfEntry<T> optional(
      String name, Category category, String doc, ConfType<T> type) {
    return new ConfEntry<>(name, category, Scope.CALL, doc, type, Optional.empty());
  }
}
