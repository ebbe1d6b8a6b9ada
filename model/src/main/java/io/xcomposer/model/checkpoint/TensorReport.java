package io.xcomposer.model.checkpoint;

import io.xcomposer.model.Errors;
import io.xcomposer.model.checkpoint.TensorTable.Expected;
import io.xcomposer.model.checkpoint.TensorTable.Use;
import io.xcomposer.model.config.StrictJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A checkpoint held against the table of tensors.
 *
 * @param folder the checkpoint, for messages
 * @param lines one for each expected tensor, in the order of the table
 * @param extras tensors that the table does not know; no fault
 * @param memory what the weights would take, by dtype of the engine
 */
public record TensorReport(
    String folder, List<Line> lines, List<StoredTensor> extras, Memory memory) {

  private static final int MAX_SHOWN = 20;

  /** Parts of the names of matrices that no mode keeps in integers. */
  private static final List<String> KEPT_IN_FLOATING_POINT =
      List.of("Plora_", "tok_embeddings", "patch_embedding");

  /**
   * An expected tensor.
   *
   * @param found null when the checkpoint lacks it
   * @param problem what is wrong, null when nothing is
   */
  public record Line(Expected expected, StoredTensor found, String problem) {}

  /**
   * Bytes that the weights take in each mode: matrices in the dtype, vectors always F32. What the
   * integer modes keep in BF16, and INT4 in INT8, is counted so.
   */
  public record Memory(long f32, long bf16, long int8, long int4) {
    private Memory plus(Memory other) {
      return new Memory(f32 + other.f32, bf16 + other.bf16, int8 + other.int8, int4 + other.int4);
    }
  }

  static TensorReport of(Checkpoint checkpoint, List<Expected> table) {
    Map<String, Long> ranks = new HashMap<>();
    List<Line> lines = new ArrayList<>();
    Set<String> known = new HashSet<>();
    for (Expected expected : table) {
      known.add(expected.name());
      StoredTensor found =
          checkpoint.contains(expected.name()) ? checkpoint.tensor(expected.name()) : null;
      lines.add(new Line(expected, found, problem(expected, found, ranks)));
    }
    List<StoredTensor> extras =
        checkpoint.names().stream()
            .filter(name -> !known.contains(name))
            .map(checkpoint::tensor)
            .toList();
    return new TensorReport(checkpoint.dir().toString(), lines, extras, memory(lines));
  }

  /** What is wrong, a sentence a tensor; empty when the model can use the checkpoint. */
  public List<String> problems() {
    return lines.stream().map(Line::problem).filter(problem -> problem != null).toList();
  }

  /** Throws one error that names the problems, the first {@value #MAX_SHOWN} in full. */
  void requireComplete() {
    List<String> problems = problems();
    if (problems.isEmpty()) {
      return;
    }
    StringBuilder message = new StringBuilder();
    message.append(problems.size()).append(" of ").append(lines.size());
    message.append(" tensors are not as config.json says:");
    problems.stream().limit(MAX_SHOWN).forEach(line -> message.append("\n  ").append(line));
    if (problems.size() > MAX_SHOWN) {
      message.append("\n  and ").append(problems.size() - MAX_SHOWN).append(" more");
    }
    extras.stream()
        .limit(3)
        .forEach(
            extra ->
                message
                    .append("\n  (not known: ")
                    .append(StrictJson.shortened(extra.name()))
                    .append(')'));
    throw Errors.checkpoint(
        folder,
        message.toString(),
        "use config.json and weights of one InternLM-XComposer2-4KHD checkpoint;"
            + " xcomposer inspect lists every tensor");
  }

  private static String problem(Expected expected, StoredTensor found, Map<String, Long> ranks) {
    if (expected.use() == Use.IGNORED) {
      return null;
    }
    if (found == null) {
      return expected.name() + " is missing, expected " + expected.describe();
    }
    if (!expected.fits(found.shape())) {
      return expected.name() + " is " + found.shape() + ", expected " + expected.describe();
    }
    if (!found.dtype().isWeight()) {
      return expected.name() + " is " + found.dtype() + ", expected BF16, F16 or F32";
    }
    return expected.hasRank() ? rankProblem(expected, found, ranks) : null;
  }

  /** A pair {@code Plora_A}, {@code Plora_B} must agree on its rank; the table has A first. */
  private static String rankProblem(
      Expected expected, StoredTensor found, Map<String, Long> ranks) {
    long rank = expected.rankIn(found.shape());
    String pair = expected.name().replaceFirst("Plora_[AB]", "Plora");
    Long other = ranks.putIfAbsent(pair, rank);
    return other == null || other == rank
        ? null
        : expected.name() + " has rank " + rank + ", but its Plora_A has rank " + other;
  }

  private static Memory memory(List<Line> lines) {
    Memory memory = new Memory(0, 0, 0, 0);
    for (Line line : lines) {
      boolean counted =
          line.expected().use() != Use.IGNORED && line.found() != null && line.problem() == null;
      if (counted) {
        long elements = line.found().shape().elements();
        memory =
            memory.plus(
                line.expected().use() == Use.MATRIX
                    ? matrix(line.expected().name(), elements, line.found().shape().size(0))
                    : new Memory(4 * elements, 4 * elements, 4 * elements, 4 * elements));
      }
    }
    return memory;
  }

  private static Memory matrix(String name, long elements, long rows) {
    if (KEPT_IN_FLOATING_POINT.stream().anyMatch(name::contains)) {
      return new Memory(4 * elements, 2 * elements, 2 * elements, 2 * elements);
    }
    long int8 = elements + 4 * rows;
    // four bits each, and a byte for each group of 32
    long int4 = name.startsWith("model.layers.") ? elements * 17 / 32 + 4 * rows : int8;
    return new Memory(4 * elements, 2 * elements, int8, int4);
  }
}
