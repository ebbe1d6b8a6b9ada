package io.xcomposer.spark.conf;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TestConfKeys {
  static List<ConfEntry<?>> keys() {
    return ConfKeys.ALL;
  }

  @Test
  void everyConstantIsListed() {
    List<?> constants =
        Arrays.stream(ConfKeys.class.getFields())
            .filter(field -> field.getType() == ConfEntry.class)
            .filter(field -> Modifier.isStatic(field.getModifiers()))
            .map(TestConfKeys::value)
            .toList();

    assertThat(constants).isNotEmpty().isEqualTo(ConfKeys.ALL);
  }

  private static Object value(Field field) {
    try {
      return field.get(null);
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void noNameIsThereTwiceInAnyCase() {
    assertThat(ConfKeys.ALL)
        .extracting(entry -> entry.name().toLowerCase(Locale.ROOT))
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("keys")
  void theDefaultIsAllowedAndReadsBackAsItself(ConfEntry<?> entry) {
    Optional<?> readBack = entry.defaultText().map(text -> entry.parse(entry.key(), text));

    assertThat(readBack).isEqualTo(entry.byDefault());
  }

  @ParameterizedTest
  @MethodSource("keys")
  void theTextForUsersIsWholeSentences(ConfEntry<?> entry) {
    assertThat(entry.doc()).matches("(?s)[A-Z`].*\\.");
    assertThat(entry.allowed()).isNotBlank().doesNotEndWith(".");
  }

  @Test
  void sizesAreWrittenInTheLargestUnitThatHoldsThem() {
    ConfType<Long> size = ConfType.size(0);

    for (String text :
        List.of("0b", "1b", "1023b", "1k", "1025b", "256m", "3g", "5t", "7p", "1024p")) {
      assertThat(size.writer().apply(size.parser().apply(text))).isEqualTo(text);
    }
  }
}
