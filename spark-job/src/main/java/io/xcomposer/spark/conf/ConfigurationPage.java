package io.xcomposer.spark.conf;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The page of all keys, {@code docs/configuration.md}. Written by {@code make docs}. */
public final class ConfigurationPage {
  private static final String HEAD =
      """
      # Configuration

      <!-- Written by `make docs` from io.xcomposer.spark.conf.ConfKeys; do not edit. -->

      Keys go wherever Spark takes its own: `--conf`, `spark-defaults.conf`, `SparkSession.builder().config`, `SET` in SQL. They are checked on the driver before anything is scheduled: a wrong value, a key that there is not, and a value that could have no effect are errors. Sizes are written as in Spark (`256m`, `1g`).

      Keys marked * can also be given to a single SQL call, by their short name in any case: `ask(image, 'What is the total?', map('hdNum', '55', 'maxNewTokens', '64'))`.
      """;

  /** Longer defaults stand below the table. */
  private static final int MAX_CELL = 100;

  private ConfigurationPage() {}

  /** Writes the page to the file that is the only argument. */
  public static void main(String[] args) throws IOException {
    Files.writeString(Path.of(args[0]), markdown(), UTF_8);
  }

  static String markdown() {
    StringBuilder page = new StringBuilder(HEAD);
    for (Category category : Category.values()) {
      page.append("\n## ").append(category.title()).append("\n\n");
      page.append(category.introduction()).append("\n\n");
      page.append("| key | default | allowed | what it does |\n|---|---|---|---|\n");
      ConfKeys.ALL.stream()
          .filter(entry -> entry.category() == category)
          .forEach(entry -> page.append(row(entry)));
    }
    ConfKeys.ALL.stream()
        .filter(ConfigurationPage::isLong)
        .forEach(entry -> page.append(below(entry)));
    return page.toString();
  }

  private static String row(ConfEntry<?> entry) {
    return "| `%s`%s | %s | %s | %s |\n"
        .formatted(
            entry.key(),
            entry.scope() == Scope.CALL ? " *" : "",
            defaultCell(entry),
            cell(entry.allowed()),
            cell(entry.doc()));
  }

  private static String defaultCell(ConfEntry<?> entry) {
    if (isLong(entry)) {
      return "[below](#default-of-" + entry.name().toLowerCase(Locale.ROOT) + ")";
    }
    return entry.defaultText().map(text -> "`" + cell(text) + "`").orElse("none");
  }

  private static boolean isLong(ConfEntry<?> entry) {
    return entry.defaultText().filter(text -> text.length() > MAX_CELL).isPresent();
  }

  private static String below(ConfEntry<?> entry) {
    return "\n## Default of `%s`\n\n```text\n%s\n```\n"
        .formatted(entry.name(), entry.defaultText().orElseThrow());
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace('\n', ' ');
  }
}
