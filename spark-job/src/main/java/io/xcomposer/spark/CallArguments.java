package io.xcomposer.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;

/** What the SQL functions are given, as column expressions. */
public final class CallArguments {
  private CallArguments() {}

  /** A column by its whole name, dots and all. */
  public static Column column(String name) {
    return functions.col("`" + name.replace("`", "``") + "`");
  }

  /** Options of a call with their values. */
  public static Column options(Map<String, String> options) {
    List<Column> entries = new ArrayList<>();
    options.forEach(
        (name, value) -> {
          entries.add(functions.lit(name));
          entries.add(functions.lit(value));
        });
    return functions.map(entries.toArray(Column[]::new));
  }
}
