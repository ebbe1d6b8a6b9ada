package io.xcomposer.spark.sql;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.conf.ErrorMode;
import io.xcomposer.spark.rows.Outcome;
import io.xcomposer.spark.sql.CallLayout.CallPlan;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.GenericArrayData;

/**
 * What is left of a row while it is answered.
 *
 * @param kept the columns that the output has, null where none are wanted
 * @param key what the row is known by, null when it is not given
 * @param counts questions of each call: {@link #ONE} for a single one, {@link #NONE} for a NULL
 */
record AskedRow(UnsafeRow kept, String key, int[] counts) {
  /** The result is a struct, not an array. */
  static final int ONE = -1;

  /** The result is NULL. */
  static final int NONE = -2;

  /** Outcomes that a call of this count has. */
  static int outcomes(int count) {
    return count == ONE ? 1 : Math.max(count, 0);
  }

  /** The result of each call, in Catalyst's form. */
  Object[] results(List<Outcome> outcomes) {
    Object[] results = new Object[counts.length];
    int next = 0;
    for (int call = 0; call < counts.length; call++) {
      List<Outcome> own = outcomes.subList(next, next + outcomes(counts[call]));
      next += own.size();
      if (counts[call] == ONE) {
        results[call] = AnswerStruct.of(own.get(0));
      } else if (counts[call] != NONE) {
        results[call] = new GenericArrayData(own.stream().map(AnswerStruct::of).toArray());
      }
    }
    return results;
  }

  /**
   * Whether the row is to come out: no when a call that drops what fails has failed.
   *
   * @throws io.xcomposer.model.XComposerException when a call has failed that must not
   */
  boolean isWanted(List<CallPlan> calls, List<Outcome> outcomes) {
    boolean wanted = true;
    int next = 0;
    for (int call = 0; call < counts.length; call++) {
      ErrorMode mode = calls.get(call).settings().mode();
      for (Outcome outcome : outcomes.subList(next, next + outcomes(counts[call]))) {
        next++;
        if (mode != ErrorMode.PERMISSIVE && outcome instanceof Outcome.Failed failed) {
          requireGoingOn(calls.get(call), failed);
          wanted = false;
        }
      }
    }
    return wanted;
  }

  private void requireGoingOn(CallPlan call, Outcome.Failed failed) {
    if (call.settings().mode() == ErrorMode.FAILFAST) {
      throw Errors.input(
          "%s failed%s and mode is FAILFAST. %s"
              .formatted(
                  call.label(), key == null ? "" : " at the row '" + key + "'", failed.error()),
          "mend or filter out the row, or set the mode PERMISSIVE");
    }
  }
}
