package io.xcomposer.spark.cli;

import io.xcomposer.spark.conf.Defaults;
import io.xcomposer.spark.engine.EngineOpener;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Describes images. */
@Command(
    name = "caption",
    sortOptions = false,
    customSynopsis = "xcomposer caption --model DIR --image FILE [OPTIONS]",
    description = "Describes an image: 'ask' with the question \"" + Defaults.CAPTION_PROMPT + "\"",
    footer = {"", "Example: xcomposer caption --model DIR --image page.png"})
final class CaptionCommand implements Callable<Integer> {
  private final Console console;
  private final EngineOpener opener;

  @Mixin CommonFlags common;

  @Mixin private Conversation conversation;

  CaptionCommand(Console console, EngineOpener opener) {
    this.console = console;
    this.opener = opener;
  }

  @Override
  public Integer call() {
    conversation.answer(Defaults.CAPTION_PROMPT, null, console, opener);
    return 0;
  }
}
