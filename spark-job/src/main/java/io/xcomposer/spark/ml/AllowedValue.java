package io.xcomposer.spark.ml;

import io.xcomposer.spark.conf.ConfEntry;
import io.xcomposer.spark.conf.XComposerConf;
import java.io.Serializable;
import java.util.Map;
import scala.runtime.AbstractFunction1;

/**
 * The check of a param that is an option: the option's own. It throws rather than saying false, so
 * that the user reads what is allowed.
 */
final class AllowedValue<T> extends AbstractFunction1<T, Object> implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String name;

  AllowedValue(ConfEntry<?> entry) {
    name = entry.name();
  }

  @Override
  public Object apply(T value) {
    XComposerConf unused =
        XComposerConf.read(Map.of()).forCall(Map.of(name, String.valueOf(value)));
    return true;
  }
}
