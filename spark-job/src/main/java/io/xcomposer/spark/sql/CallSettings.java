package io.xcomposer.spark.sql;

import io.xcomposer.model.GenerationOptions;
import io.xcomposer.spark.conf.ConfKeys;
import io.xcomposer.spark.conf.ErrorMode;
import io.xcomposer.spark.conf.PromptSettings;
import io.xcomposer.spark.conf.XComposerConf;
import io.xcomposer.spark.engine.EngineChoice;
import io.xcomposer.spark.rows.LookAhead;
import java.io.Serializable;

/** All that is settled about a call before there are rows: two equal ones give equal answers. */
record CallSettings(
    EngineChoice engine,
    PromptSettings prompt,
    GenerationOptions generation,
    ErrorMode mode,
    LookAhead.Bounds lookAhead)
    implements Serializable {

  static CallSettings of(XComposerConf conf) {
    return new CallSettings(
        EngineChoice.of(conf),
        conf.prompt(),
        conf.generation(),
        conf.get(ConfKeys.MODE),
        new LookAhead.Bounds(
            conf.get(ConfKeys.LOOK_AHEAD_ROWS), conf.get(ConfKeys.LOOK_AHEAD_BYTES)));
  }
}
