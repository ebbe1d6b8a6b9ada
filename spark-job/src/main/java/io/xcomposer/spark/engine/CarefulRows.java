package io.xcomposer.spark.engine;

import io.xcomposer.model.Request;
import io.xcomposer.spark.engine.EngineQuestions.RowEnd;
import io.xcomposer.spark.quarantine.RowJournal;
import io.xcomposer.spark.quarantine.Standing;
import io.xcomposer.spark.rows.Outcome;
import io.xcomposer.spark.rows.RowError;
import io.xcomposer.spark.rows.RowSubmitter;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Rows of a task that may have one that takes processes down. A row against which nothing is known
 * goes to the engine beside others, a suspect alone, and one that has been alone when a process
 * went down not at all.
 */
final class CarefulRows implements RowSubmitter {
  /** The kind of error of a row that is not tried. */
  private static final String QUARANTINED = "QUARANTINED";

  private final EngineQuestions questions;
  private final RowGate gate;
  private final EngineCounters counters;
  private final RowJournal journal;
  private final boolean afterALoss;
  private final BooleanSupplier killed;

  /**
   * The rows of an attempt.
   *
   * @param afterALoss whether an earlier attempt was lost, so that every row is recorded; else only
   *     suspects are
   */
  CarefulRows(
      EngineQuestions questions,
      RowGate gate,
      EngineCounters counters,
      RowJournal journal,
      boolean afterALoss,
      BooleanSupplier killed) {
    this.questions = questions;
    this.gate = gate;
    this.counters = counters;
    this.journal = journal;
    this.afterALoss = afterALoss;
    this.killed = killed;
  }

  @Override
  public List<CompletableFuture<Outcome>> submit(Supplier<String> key, List<Request> requests) {
    String row = key.get();
    Standing standing = journal.standing(row);
    if (standing instanceof Standing.SetAside setAside) {
      return setAside(setAside, requests);
    }
    if (standing instanceof Standing.Suspect) {
      RowGate.Pass pass = gate.enterAlone(killed);
      return ask(requests, pass, () -> journal.alone(row));
    }
    RowGate.Pass pass = gate.enter(killed);
    return afterALoss
        ? ask(requests, pass, () -> journal.beside(row))
        : questions.ask(requests, end -> pass.close());
  }

  private List<CompletableFuture<Outcome>> ask(
      List<Request> requests, RowGate.Pass pass, Supplier<RowJournal.Entry> record) {
    RowJournal.Entry entry;
    try {
      entry = record.get();
    } catch (RuntimeException e) {
      pass.close();
      throw e;
    }
    // The row leaves the gate when the folder says that it is done: who comes next must find it so.
    return questions.ask(requests, end -> end(entry, end, pass));
  }

  private static void end(RowJournal.Entry entry, RowEnd end, RowGate.Pass pass) {
    switch (end) {
      case DONE -> entry.done(pass::close);
      case GIVEN_UP -> entry.givenUp(pass::close);
      case ENGINE_FAILED -> entry.crashed(pass::close);
    }
  }

  private List<CompletableFuture<Outcome>> setAside(
      Standing.SetAside standing, List<Request> requests) {
    counters.setAside();
    counters.rowDone();
    RowError error =
        new RowError(
            QUARANTINED,
            "this row was in work when "
                + standing.crashes()
                + " executors or engines went down, and alone in the last of them; it is not tried"
                + " again. To fix: look at its image and at the logs of the executors; to try it"
                + " again, delete the files "
                + standing.evidence()
                + "* in spark.xcomposer.quarantine.dir.");
    return requests.stream()
        .map(
            request -> {
              counters.failed();
              return CompletableFuture.<Outcome>completedFuture(new Outcome.Failed(error, 0));
            })
        .toList();
  }
}
