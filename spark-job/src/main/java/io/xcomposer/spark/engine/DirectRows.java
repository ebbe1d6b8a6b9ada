package io.xcomposer.spark.engine;

import io.xcomposer.model.Request;
import io.xcomposer.spark.rows.Outcome;
import io.xcomposer.spark.rows.RowSubmitter;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Rows of a task that has no reason to suspect any: nothing is recorded, no key is asked for. */
final class DirectRows implements RowSubmitter {
  private final EngineQuestions questions;
  private final RowGate gate;
  private final BooleanSupplier killed;

  DirectRows(EngineQuestions questions, RowGate gate, BooleanSupplier killed) {
    this.questions = questions;
    this.gate = gate;
    this.killed = killed;
  }

  @Override
  public List<CompletableFuture<Outcome>> submit(Supplier<String> key, List<Request> requests) {
    RowGate.Pass pass = gate.enter(killed);
    return questions.ask(requests, end -> pass.close());
  }
}
