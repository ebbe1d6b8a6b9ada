package io.xcomposer.spark.conf;

import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.Request;
import io.xcomposer.model.text.PromptAssembler;

/**
 * The one source of defaults, for keys and for flags of the command line: compile-time constants,
 * because annotations need them.
 */
public final class Defaults {
  public static final long MAX_IMAGE_PIXELS = EngineOptions.DEFAULT_MAX_IMAGE_PIXELS;

  public static final int HD_NUM = Request.DEFAULT_HD_NUM;
  public static final String META_INSTRUCTION = PromptAssembler.DEFAULT_META_INSTRUCTION;
  public static final String CAPTION_PROMPT =
      "Describe this image in detail, and read out the text that is in it.";

  public static final int MAX_NEW_TOKENS = 1024;
  public static final int NUM_BEAMS = 1;
  public static final float REPETITION_PENALTY = 1.005f;
  public static final double LENGTH_PENALTY = 1.0;
  public static final float TEMPERATURE = 1.0f;
  public static final int TOP_K = 50;
  public static final float TOP_P = 0.8f;
  public static final long SEED = 0;

  /** Keeps the engine busy while a row is read, and few enough rows to hold in memory. */
  public static final int LOOK_AHEAD_ROWS = 4;

  public static final long LOOK_AHEAD_BYTES = 256L << 20;
  public static final int ROW_MAX_ATTEMPTS = 3;

  private Defaults() {}
}
