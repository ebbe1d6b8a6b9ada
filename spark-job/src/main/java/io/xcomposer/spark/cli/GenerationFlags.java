package io.xcomposer.spark.cli;

import io.xcomposer.model.GenerationOptions;
import io.xcomposer.spark.conf.Defaults;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How an answer is searched. */
@Command
final class GenerationFlags {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--max-new-tokens",
      paramLabel = "N",
      defaultValue = "" + Defaults.MAX_NEW_TOKENS,
      description = "Most tokens of an answer. Default: ${DEFAULT-VALUE}.")
  private int maxNewTokens;

  @Option(
      names = "--num-beams",
      paramLabel = "N",
      defaultValue = "" + Defaults.NUM_BEAMS,
      description =
          "Hypotheses that a beam search follows; 1 is greedy. Default: ${DEFAULT-VALUE}. The"
              + " model card uses 3.")
  private int numBeams;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "P",
      defaultValue = "" + Defaults.REPETITION_PENALTY,
      description =
          "Above 1 makes tokens that were there already less likely; 1 is none."
              + " Default: ${DEFAULT-VALUE}.")
  private float repetitionPenalty;

  @Option(
      names = "--length-penalty",
      paramLabel = "L",
      description =
          "Exponent of the length in the score of a beam's hypothesis. Default: "
              + Defaults.LENGTH_PENALTY
              + ".")
  private Double lengthPenalty;

  @Option(
      names = "--early-stopping",
      description = "End a beam search as soon as it has as many hypotheses as beams.")
  private boolean earlyStopping;

  @Option(
      names = "--do-sample",
      description = "Draw each token at random instead of taking the best one.")
  private boolean doSample;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "Of --do-sample. Default: " + Defaults.TEMPERATURE + ".")
  private Float temperature;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description = "Of --do-sample: probability to keep. Default: " + Defaults.TOP_P + ".")
  private Float topP;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Of --do-sample: tokens to keep, 0 for all. Default: " + Defaults.TOP_K + ".")
  private Integer topK;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description =
          "Of --do-sample: the same seed gives the same answer. Default: " + Defaults.SEED + ".")
  private Long seed;

  /**
   * The options.
   *
   * @throws ParameterException when a flag of sampling is given without {@code --do-sample}, or one
   *     of beams without beams
   */
  GenerationOptions options() {
    GenerationOptions options =
        new GenerationOptions(
            maxNewTokens,
            numBeams,
            repetitionPenalty,
            lengthPenalty == null ? Defaults.LENGTH_PENALTY : lengthPenalty,
            earlyStopping,
            sampling());
    if (numBeams == 1 && (lengthPenalty != null || earlyStopping)) {
      throw new ParameterException(
          command.commandLine(),
          (lengthPenalty != null ? "--length-penalty" : "--early-stopping")
              + " only works with --num-beams above 1");
    }
    return options;
  }

  private GenerationOptions.Sampling sampling() {
    if (doSample) {
      return new GenerationOptions.Sampling(
          temperature == null ? Defaults.TEMPERATURE : temperature,
          topK == null ? Defaults.TOP_K : topK,
          topP == null ? Defaults.TOP_P : topP,
          seed == null ? Defaults.SEED : seed);
    }
    Map<String, Object> given = new LinkedHashMap<>();
    given.put("--temperature", temperature);
    given.put("--top-p", topP);
    given.put("--top-k", topK);
    given.put("--seed", seed);
    List<String> useless =
        given.entrySet().stream()
            .filter(flag -> flag.getValue() != null)
            .map(Map.Entry::getKey)
            .toList();
    if (!useless.isEmpty()) {
      throw new ParameterException(
          command.commandLine(), String.join(", ", useless) + " only works with --do-sample");
    }
    return null;
  }
}
