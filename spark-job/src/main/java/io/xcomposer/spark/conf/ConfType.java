package io.xcomposer.spark.conf;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The type of a key's values.
 *
 * @param allowed what a value has to be, as it stands behind "give"
 * @param parser throws {@link IllegalArgumentException} on any other text
 * @param writer a text that the parser reads as the same value
 */
public record ConfType<T>(String allowed, Function<String, T> parser, Function<T, String> writer) {
  private static final String UNITS = "bkmgtp";
  private static final Pattern SIZE = Pattern.compile("([0-9]{1,18})(b|[kmgtp]b?)?");

  /** A whole number; {@code unit} is what it counts. */
  static ConfType<Integer> integer(String unit, int min, int max) {
    return new ConfType<>(
        "a number of " + unit + " from " + min + " to " + max,
        text -> within(Integer.parseInt(text.strip()), value -> value >= min && value <= max),
        String::valueOf);
  }

  static ConfType<Integer> integerFrom(String unit, int min) {
    return new ConfType<>(
        "a number of " + unit + ", at least " + min,
        text -> within(Integer.parseInt(text.strip()), value -> value >= min),
        String::valueOf);
  }

  static ConfType<Long> longFrom(String unit, long min) {
    return new ConfType<>(
        "a number of " + unit + ", at least " + min,
        text -> within(Long.parseLong(text.strip()), value -> value >= min),
        String::valueOf);
  }

  static ConfType<Long> anyLong() {
    return new ConfType<>(
        "a whole number of 64 bits", text -> Long.parseLong(text.strip()), String::valueOf);
  }

  /** A number that a float holds; NaN and infinity are refused. */
  static ConfType<Float> decimal(String allowed, Predicate<Float> check) {
    return new ConfType<>(
        allowed,
        text -> within(Float.parseFloat(text), check.and(Float::isFinite)),
        String::valueOf);
  }

  static ConfType<Double> finiteDouble() {
    return new ConfType<>(
        "a finite number",
        text -> within(Double.parseDouble(text), Double::isFinite),
        String::valueOf);
  }

  static ConfType<Boolean> truth() {
    return new ConfType<>(
        "true or false",
        text ->
            switch (text.strip().toLowerCase(Locale.ROOT)) {
              case "true" -> true;
              case "false" -> false;
              default -> throw new IllegalArgumentException(text);
            },
        String::valueOf);
  }

  /** Any text, the empty one too. */
  static ConfType<String> text() {
    return new ConfType<>("a text", text -> text, text -> text);
  }

  /** A text that says something: {@code what} it is. */
  static ConfType<String> nonBlank(String what) {
    return new ConfType<>(what, text -> within(text, value -> !value.isBlank()), text -> text);
  }

  /** A size in bytes as Spark writes sizes; a number without unit counts bytes. */
  static ConfType<Long> size(long min) {
    return new ConfType<>(
        "a size of at least " + sizeText(min) + ", such as 256m or 1g",
        text -> within(bytes(text), value -> value >= min),
        ConfType::sizeText);
  }

  /** Not by Spark's own reader: commands that need no Spark have sizes too. */
  private static long bytes(String text) {
    Matcher size = SIZE.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!size.matches()) {
      throw new IllegalArgumentException(text);
    }
    int unit = size.group(2) == null ? 0 : UNITS.indexOf(size.group(2).charAt(0));
    long count = Long.parseLong(size.group(1));
    long largest = Long.MAX_VALUE >> (10 * unit);
    return within(count, value -> value <= largest) << (10 * unit);
  }

  private static String sizeText(long bytes) {
    int unit = 0;
    long count = bytes;
    while (count != 0 && count % 1024 == 0 && unit < UNITS.length() - 1) {
      count /= 1024;
      unit++;
    }
    return count + UNITS.substring(unit, unit + 1);
  }

  /** Some of an enum's constants, written by {@code name}; case does not matter. */
  static <E extends Enum<E>> ConfType<E> choice(List<E> choices, Function<E, String> name) {
    List<String> names = choices.stream().map(name).toList();
    return new ConfType<>(
        oneOf(names),
        text ->
            choices.stream()
                .filter(choice -> name.apply(choice).equalsIgnoreCase(text.strip()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(text)),
        name);
  }

  /** All constants of an enum, in lower case with hyphens. */
  static <E extends Enum<E>> ConfType<E> choice(Class<E> type) {
    return choice(Arrays.asList(type.getEnumConstants()), ConfType::hyphened);
  }

  static String hyphened(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String oneOf(List<String> names) {
    int last = names.size() - 1;
    return names.subList(0, last).stream().collect(Collectors.joining(", "))
        + " or "
        + names.get(last);
  }

  private static <T> T within(T value, Predicate<T> check) {
    if (!check.test(value)) {
      throw new IllegalArgumentException(String.valueOf(value));
    }
    return value;
  }
}
