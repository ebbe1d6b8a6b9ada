package io.xcomposer.spark.sql;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.conf.ConfEntry;
import io.xcomposer.spark.conf.XComposerConf;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/** The constant map of options that a call may have. */
final class CallOptions {
  private CallOptions() {}

  /**
   * The options as texts.
   *
   * @throws io.xcomposer.model.XComposerException when they are not a constant map of strings
   */
  static Map<String, String> read(String function, Expression options) {
    if (options.dataType() instanceof NullType) {
      return Map.of();
    }
    if (!(options.dataType() instanceof MapType map)
        || !(isText(map.keyType()) && isText(map.valueType()))) {
      throw Errors.option(
          "the options of " + function + " have the type " + options.dataType().sql(),
          "give strings: map('hdNum', '25')");
    }
    if (!options.foldable()) {
      throw Errors.option(
          "the options of "
              + function
              + " are "
              + options.sql()
              + ", which differs from row to row",
          "give constants: map('hdNum', '25')");
    }
    return texts((MapData) options.eval(InternalRow.empty()));
  }

  private static boolean isText(DataType type) {
    return type instanceof StringType || type instanceof NullType;
  }

  private static Map<String, String> texts(MapData map) {
    Map<String, String> texts = new LinkedHashMap<>();
    if (map != null) {
      for (int i = 0; i < map.numElements(); i++) {
        texts.put(text(map.keyArray(), i), text(map.valueArray(), i));
      }
    }
    return texts;
  }

  private static String text(ArrayData array, int i) {
    UTF8String text = array.isNullAt(i) ? null : array.getUTF8String(i);
    return text == null ? null : text.toString();
  }

  /** A configuration and what it says to a call. */
  record Settled(XComposerConf conf, CallSettings settings) {}

  /**
   * The session's configuration with the options of a call over it. An option is a short name, or a
   * full key, which then counts as if it were the session's.
   *
   * @throws io.xcomposer.model.XComposerException naming the key or option that is wrong
   */
  static Settled settle(Map<String, String> options) {
    Map<String, String> session =
        new LinkedHashMap<>(CollectionConverters.asJava(sessionConf().getAllConfs()));
    Map<String, String> call = new LinkedHashMap<>();
    options.forEach(
        (name, value) ->
            (String.valueOf(name).startsWith(ConfEntry.PREFIX) ? session : call).put(name, value));
    XComposerConf conf = XComposerConf.read(session).forCall(call);
    return new Settled(conf, CallSettings.of(conf));
  }

  /** Not the thread's, because inside of a view that lacks the keys of others than Spark. */
  private static SQLConf sessionConf() {
    Option<SparkSession> session = SparkSession.getActiveSession();
    return session.isDefined() ? session.get().sessionState().conf() : SQLConf.get();
  }
}
