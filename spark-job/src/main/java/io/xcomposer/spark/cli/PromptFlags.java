package io.xcomposer.spark.cli;

import io.xcomposer.model.PromptStyle;
import io.xcomposer.model.SpecialText;
import io.xcomposer.spark.conf.Defaults;
import io.xcomposer.spark.conf.PromptSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** What stands around the question. */
@Command
final class PromptFlags {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--hd-num",
      paramLabel = "N",
      defaultValue = "" + Defaults.HD_NUM,
      description =
          "Budget of 336 px tiles for an image: more reads smaller print and takes longer."
              + " Default: ${DEFAULT-VALUE}. The model card uses 55.")
  private int hdNum;

  @Option(
      names = "--meta-instruction",
      paramLabel = "TEXT",
      description = "System text, '' for none. Default: that of the published code.")
  private String metaInstruction;

  @Option(
      names = "--prompt-style",
      paramLabel = "chat|harness",
      defaultValue = "chat",
      converter = PromptStyleConverter.class,
      description =
          "chat: system text, history and turn markers are put around the question. harness: as in"
              + " the benchmarks, the question is the whole text behind the image, turn markers"
              + " included. Default: ${DEFAULT-VALUE}.")
  private PromptStyle style;

  @Option(
      names = "--special-text",
      paramLabel = "neutralized|as-published",
      converter = SpecialTextConverter.class,
      description =
          "Text of special tokens inside questions, such as </s>: neutralized reads it as plain"
              + " characters, as-published as the tokens, like the published code."
              + " Default: neutralized for run, as-published for ask and caption.")
  private SpecialText specialText;

  /**
   * The settings.
   *
   * @param usual what special text becomes where the command line does not say
   * @throws ParameterException when there is a system text that the style would leave out
   */
  PromptSettings settings(SpecialText usual) {
    if (style == PromptStyle.HARNESS && metaInstruction != null) {
      throw new ParameterException(
          command.commandLine(), "--meta-instruction only works with --prompt-style chat");
    }
    return new PromptSettings(
        style,
        specialText == null ? usual : specialText,
        metaInstruction == null ? Defaults.META_INSTRUCTION : metaInstruction,
        hdNum);
  }

  /** neutralized and as-published. */
  static final class SpecialTextConverter implements ITypeConverter<SpecialText> {
    @Override
    public SpecialText convert(String value) {
      return switch (value) {
        case "neutralized" -> SpecialText.NEUTRALIZED;
        case "as-published" -> SpecialText.AS_PUBLISHED;
        default ->
            throw new TypeConversionException(
                "'" + value + "' is neither neutralized nor as-published");
      };
    }
  }

  /** chat and harness. */
  static final class PromptStyleConverter implements ITypeConverter<PromptStyle> {
    @Override
    public PromptStyle convert(String value) {
      return switch (value) {
        case "chat" -> PromptStyle.CHAT;
        case "harness" -> PromptStyle.HARNESS;
        default -> throw new TypeConversionException("'" + value + "' is neither chat nor harness");
      };
    }
  }
}
