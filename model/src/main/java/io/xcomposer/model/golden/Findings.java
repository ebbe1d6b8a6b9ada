package io.xcomposer.model.golden;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** What a check compared and what differed. */
final class Findings {
  private static final int MAX_SHOWN = 60;

  private final List<String> differences = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final Deviation deviation = new Deviation();

  List<String> differences() {
    return differences;
  }

  List<String> notes() {
    return notes;
  }

  void note(String text) {
    notes.add(text);
  }

  void differ(String text) {
    differences.add(text);
  }

  Deviation deviation() {
    return deviation;
  }

  void equal(String what, Object expected, Object found) {
    if (!Objects.equals(expected, found)) {
      differ(what + ": expected " + shown(expected) + ", got " + shown(found));
    }
  }

  /** Ids: names the first place where they part. */
  void equalIds(String what, int[] expected, int[] found) {
    int at = Arrays.mismatch(expected, found);
    if (at >= 0) {
      differ(
          what
              + ": ids part at "
              + at
              + " of "
              + expected.length
              + ": expected "
              + idAt(expected, at)
              + ", got "
              + idAt(found, at));
    }
  }

  /** Numbers within an absolute limit. */
  void near(String what, double expected, double found, double limit) {
    if (!(Math.abs(expected - found) <= limit)) {
      differ(what + ": expected " + expected + ", got " + found + " (limit " + limit + ")");
    }
  }

  private static String idAt(int[] ids, int at) {
    return at < ids.length ? Integer.toString(ids[at]) : "the end";
  }

  private static String shown(Object value) {
    String text = String.valueOf(value).replace("\n", "\\n");
    return text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
  }
}
