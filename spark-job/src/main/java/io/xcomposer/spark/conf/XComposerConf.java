package io.xcomposer.spark.conf;

import io.xcomposer.model.Errors;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.PromptStyle;
import io.xcomposer.model.XComposerException;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Checked values of all keys. A wrong value, a key that there is not, and a value that would have
 * no effect are errors when they are read, on the driver: nothing is ignored silently. Immutable.
 */
public final class XComposerConf {
  private static final String PREFIX = ConfEntry.PREFIX;

  private static final List<ConfEntry<?>> BEAM_KEYS =
      List.of(ConfKeys.LENGTH_PENALTY, ConfKeys.EARLY_STOPPING);

  private static final List<ConfEntry<?>> SAMPLING_KEYS =
      List.of(ConfKeys.TEMPERATURE, ConfKeys.TOP_K, ConfKeys.TOP_P, ConfKeys.SEED);

  /** Checked texts of the keys that are given, by the entry's name. */
  private final Map<String, String> given;

  private XComposerConf(Map<String, String> given) {
    this.given = Map.copyOf(given);
  }

  /**
   * Reads a session's or job's configuration.
   *
   * @param configuration all of it; keys of others are left alone
   * @throws XComposerException naming the full key, its value and what is allowed
   */
  public static XComposerConf read(Map<String, String> configuration) {
    Map<String, String> own = new LinkedHashMap<>();
    configuration.forEach(
        (key, value) -> {
          if (key.startsWith(PREFIX)) {
            ConfEntry<?> entry = known(key);
            entry.parse(key, value);
            own.put(entry.name(), value);
          }
        });
    XComposerConf conf = new XComposerConf(own);
    conf.requireEffect(own, ConfEntry::key);
    return conf;
  }

  /**
   * This configuration with the options of one SQL call over it.
   *
   * @param options by short name, {@code maxNewTokens}; case does not matter
   * @throws XComposerException naming the option, its value and what is allowed
   */
  public XComposerConf forCall(Map<String, String> options) {
    Map<String, String> own = new LinkedHashMap<>();
    options.forEach(
        (name, value) -> {
          ConfEntry<?> entry = knownOption(String.valueOf(name));
          entry.parse(entry.name(), value);
          if (own.put(entry.name(), value) != null) {
            throw Errors.option(
                "option " + entry.name() + " is given twice", "give it once, in any case");
          }
        });
    Map<String, String> both = new HashMap<>(given);
    both.putAll(own);
    XComposerConf conf = new XComposerConf(both);
    conf.requireEffect(own, ConfEntry::name);
    return conf;
  }

  private static ConfEntry<?> known(String key) {
    return first(entry -> entry.key().equals(key))
        .orElseThrow(
            () ->
                unknown(
                    "there is no key " + ConfEntry.quoted(key),
                    NearestName.of(key.substring(PREFIX.length()), names(entry -> true))
                        .map(PREFIX::concat),
                    "see docs/configuration.md for all keys"));
  }

  private static ConfEntry<?> knownOption(String name) {
    Predicate<ConfEntry<?>> inCalls = entry -> entry.scope() == Scope.CALL;
    return first(inCalls.and(entry -> entry.name().equalsIgnoreCase(name)))
        .orElseThrow(() -> unknownOption(name, names(inCalls)));
  }

  private static XComposerException unknownOption(String name, Collection<String> options) {
    String all = "give one of " + String.join(", ", options);
    Optional<ConfEntry<?>> ofSession = first(entry -> entry.name().equalsIgnoreCase(name));
    if (ofSession.isPresent()) {
      return Errors.option(
          "option " + ofSession.get().name() + " is not one of a call",
          "set " + ofSession.get().key() + " for the session, or " + all);
    }
    return unknown(
        "there is no option " + ConfEntry.quoted(name), NearestName.of(name, options), all);
  }

  private static XComposerException unknown(
      String problem, Optional<String> nearest, String otherwise) {
    return Errors.option(
        problem, nearest.map(name -> "did you mean " + name + "? If not, ").orElse("") + otherwise);
  }

  private static Optional<ConfEntry<?>> first(Predicate<ConfEntry<?>> wanted) {
    return ConfKeys.ALL.stream().filter(wanted).findFirst();
  }

  private static List<String> names(Predicate<ConfEntry<?>> wanted) {
    return ConfKeys.ALL.stream().filter(wanted).<String>map(ConfEntry::name).toList();
  }

  /** Refuses what was given in one place and could not make a difference. */
  private void requireEffect(Map<String, String> own, Function<ConfEntry<?>, String> naming) {
    boolean beams = get(ConfKeys.NUM_BEAMS) > 1;
    boolean sampling = get(ConfKeys.DO_SAMPLE);
    if (beams && sampling) {
      throw Errors.option(
          naming.apply(ConfKeys.NUM_BEAMS),
          get(ConfKeys.NUM_BEAMS),
          "1 together with " + naming.apply(ConfKeys.DO_SAMPLE) + " = true");
    }
    if (!beams) {
      refuse(own, BEAM_KEYS, naming, naming.apply(ConfKeys.NUM_BEAMS) + " above 1");
    }
    if (!sampling) {
      refuse(own, SAMPLING_KEYS, naming, naming.apply(ConfKeys.DO_SAMPLE) + " = true");
    }
    if (get(ConfKeys.PROMPT_STYLE) != PromptStyle.CHAT) {
      refuse(
          own,
          List.of(ConfKeys.META_INSTRUCTION),
          naming,
          naming.apply(ConfKeys.PROMPT_STYLE) + " = chat");
    }
  }

  /** A key that says what holds anyway does no harm. */
  private void refuse(
      Map<String, String> own,
      List<ConfEntry<?>> entries,
      Function<ConfEntry<?>, String> naming,
      String needed) {
    for (ConfEntry<?> entry : entries) {
      if (own.containsKey(entry.name()) && !find(entry).equals(entry.byDefault())) {
        throw Errors.option(
            naming.apply(entry)
                + " = "
                + ConfEntry.quoted(own.get(entry.name()))
                + " has no effect without "
                + needed,
            "set " + needed + ", or leave it out");
      }
    }
  }

  /**
   * The value of a key that always has one.
   *
   * @throws XComposerException when it has no default and is not given
   */
  public <T> T get(ConfEntry<T> entry) {
    return find(entry)
        .orElseThrow(
            () -> Errors.option(entry.key() + " is not set", "set it to " + entry.allowed()));
  }

  /** The value of a key, or its default; empty when there is neither. */
  public <T> Optional<T> find(ConfEntry<T> entry) {
    String text = given.get(entry.name());
    return text == null ? entry.byDefault() : Optional.of(entry.parse(entry.key(), text));
  }

  /** Whether a key is given; false where the default holds. */
  public boolean isGiven(ConfEntry<?> entry) {
    return given.containsKey(entry.name());
  }

  /** The engines of this configuration, on the device that {@link ConfKeys#DEVICE} chooses. */
  public EngineSettings engine() {
    return engine(get(ConfKeys.DEVICE).name().toLowerCase(Locale.ROOT));
  }

  /**
   * The engines of this configuration on a device of the caller's choice.
   *
   * @param device as in {@link EngineSettings}
   */
  public EngineSettings engine(String device) {
    return new EngineSettings(
        device,
        get(ConfKeys.DTYPE),
        get(ConfKeys.THREADS),
        get(ConfKeys.MAX_IMAGE_PIXELS),
        get(ConfKeys.KV_CACHE_TOKENS),
        get(ConfKeys.MEMORY));
  }

  /** What stands around each question. */
  public PromptSettings prompt() {
    return new PromptSettings(
        get(ConfKeys.PROMPT_STYLE),
        get(ConfKeys.SPECIAL_TEXT),
        get(ConfKeys.META_INSTRUCTION),
        get(ConfKeys.HD_NUM));
  }

  /** How answers are searched. */
  public GenerationOptions generation() {
    return new GenerationOptions(
        get(ConfKeys.MAX_NEW_TOKENS),
        get(ConfKeys.NUM_BEAMS),
        get(ConfKeys.REPETITION_PENALTY),
        get(ConfKeys.LENGTH_PENALTY),
        get(ConfKeys.EARLY_STOPPING),
        get(ConfKeys.DO_SAMPLE) ? sampling() : null);
  }

  private GenerationOptions.Sampling sampling() {
    return new GenerationOptions.Sampling(
        get(ConfKeys.TEMPERATURE), get(ConfKeys.TOP_K), get(ConfKeys.TOP_P), get(ConfKeys.SEED));
  }

  /** The keys that are given, without what holds by default; for logs. */
  @Override
  public String toString() {
    return given.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(entry -> PREFIX + entry.getKey() + "=" + ConfEntry.quoted(entry.getValue()))
        .toList()
        .toString();
  }
}
