package io.xcomposer.spark.rows;

import io.xcomposer.model.Request;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The way of a row's requests to the engine of the executor: retries and the record of rows that
 * take processes down are behind it. Used by one task's thread.
 */
public interface RowSubmitter {

  /**
   * Asks all questions of a row.
   *
   * @param key what the row is known by; asked for only when it is needed, because it may have to
   *     be computed from the image
   * @param requests at least one; those on the same page share the instance of its image source
   * @return an outcome for each request, in their order. A future completes exceptionally only for
   *     what must end the task: a broken device or checkpoint. Cancelling it gives the request up
   */
  List<CompletableFuture<Outcome>> submit(Supplier<String> key, List<Request> requests);
}
