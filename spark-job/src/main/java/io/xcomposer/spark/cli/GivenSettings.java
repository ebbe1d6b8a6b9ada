package io.xcomposer.spark.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** What a command line says about keys of the configuration; what it leaves out is not in it. */
final class GivenSettings {
  /** Flags that are named like their keys: {@code --hd-num} is {@code hdNum}. */
  private static final List<String> NAMED_ALIKE =
      List.of(
          "--device",
          "--dtype",
          "--threads",
          "--max-image-pixels",
          "--kv-cache-tokens",
          "--memory",
          "--hd-num",
          "--prompt-style",
          "--special-text",
          "--meta-instruction",
          "--max-new-tokens",
          "--num-beams",
          "--repetition-penalty",
          "--length-penalty",
          "--early-stopping",
          "--do-sample",
          "--temperature",
          "--top-k",
          "--top-p",
          "--seed",
          "--progress");

  private static final Map<String, String> OTHERS =
      Map.of("--look-ahead", "lookAhead.rows", "--error-mode", "mode");

  private GivenSettings() {}

  /** Values as they were typed, by short names of keys. */
  static Map<String, String> of(ParseResult parsed) {
    Map<String, String> given = new HashMap<>();
    NAMED_ALIKE.forEach(flag -> put(given, parsed, flag, camelCase(flag)));
    OTHERS.forEach((flag, name) -> put(given, parsed, flag, name));
    return given;
  }

  private static void put(Map<String, String> given, ParseResult parsed, String flag, String name) {
    if (parsed.hasMatchedOption(flag)) {
      OptionSpec option = parsed.matchedOption(flag);
      List<String> values = option.stringValues();
      boolean alone = option.arity().max() == 0 || values.isEmpty();
      given.put(name, alone ? "true" : values.get(values.size() - 1));
    }
  }

  private static String camelCase(String flag) {
    StringBuilder name = new StringBuilder();
    for (String word : flag.substring(2).split("-", -1)) {
      name.append(
          name.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
    }
    return name.toString();
  }
}
