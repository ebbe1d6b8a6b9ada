package io.xcomposer.spark.conf;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Finds what a user may have meant. */
final class NearestName {
  /** So many wrong letters are still a slip of the same word. */
  private static final int MAX_SLIPS = 6;

  private NearestName() {}

  /** The name most like {@code given}; empty when none is like it. */
  static Optional<String> of(String given, Collection<String> names) {
    record Candidate(String name, int slips) {}

    return names.stream()
        .map(name -> new Candidate(name, slips(given, name)))
        .filter(candidate -> candidate.slips() >= 0)
        .min(Comparator.comparingInt(Candidate::slips))
        .map(Candidate::name);
  }

  /** Letters to change; -1 when they are too many. A group in front of the name may be wrong. */
  private static int slips(String given, String name) {
    int most = Math.min(MAX_SLIPS, Math.max(1, name.length() / 3));
    LevenshteinDistance distance = new LevenshteinDistance(most);
    int whole = distance.apply(letters(given), letters(name));
    int last = distance.apply(letters(given.substring(given.lastIndexOf('.') + 1)), letters(name));
    if (whole < 0 || last < 0) {
      return Math.max(whole, last);
    }
    return Math.min(whole, last);
  }

  /** hd_num, hd-num and HDNUM are all hdnum. */
  private static String letters(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[-_.]", "");
  }
}
