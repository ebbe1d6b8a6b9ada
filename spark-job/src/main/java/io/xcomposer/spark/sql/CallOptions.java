package io.xcomposer.spark.sql;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.conf.ConfEntry;
import io.xcomposer.spark.conf.ConfKeys;
import io.xcomposer.spark.conf.XComposerConf;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.AtomicType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.StringType;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/** The constant map of options that a call may have. */
final class CallOptions {
  private CallOptions() {}

  /**
   * The options as texts.
   *
   * @throws io.xcomposer.model.XComposerException when they are not a constant map from strings to
   *     strings, numbers or truth values
   */
  static Map<String, String> read(String function, Expression options) {
    if (options.dataType() instanceof NullType) {
      return Map.of();
    }
    if (!(options.dataType() instanceof MapType map)
        || !isText(map.keyType())
        || !(map.valueType() instanceof AtomicType || map.valueType() instanceof NullType)) {
      throw Errors.option(
          "the options of " + function + " have the type " + options.dataType().sql(),
          "give a map of constants: map('hdNum', '25')");
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
    return texts((MapData) options.eval(InternalRow.empty()), map.valueType());
  }

  private static boolean isText(DataType type) {
    return type instanceof StringType || type instanceof NullType;
  }

  private static Map<String, String> texts(MapData map, DataType valueType) {
    Map<String, String> texts = new LinkedHashMap<>();
    if (map != null) {
      for (int i = 0; i < map.numElements(); i++) {
        texts.put(map.keyArray().getUTF8String(i).toString(), text(map.valueArray(), i, valueType));
      }
    }
    return texts;
  }

  private static String text(ArrayData array, int i, DataType type) {
    Object value = CatalystTypeConverters.convertToScala(array.get(i, type), type);
    return value == null ? null : value.toString();
  }

  /** A configuration and what it says to a call. */
  record Settled(XComposerConf conf, CallSettings settings) {}

  /**
   * The session's configuration with the options of a call over it. An option is a short name, or a
   * full key, which then counts as if it were the session's; but the class that opens engines is
   * for the session to say, since whoever writes a query must not name code to run.
   *
   * @throws io.xcomposer.model.XComposerException naming the key or option that is wrong
   */
  static Settled settle(Map<String, String> options) {
    if (options.containsKey(ConfKeys.ENGINE_OPENER.key())) {
      throw Errors.option(
          ConfKeys.ENGINE_OPENER.key() + " is not a key that a call may set",
          "set it for the session, or leave it out");
    }
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
