package io.xcomposer.spark;

import io.xcomposer.model.Answer;
import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.Errors;
import io.xcomposer.model.Request;
import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.spark.engine.EngineOpener;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Answers {@code <image as text>|<query>} after a random moment, so that answers come out of order.
 * An image that reads {@code broken}, {@code device}, {@code memory} or {@code bug} fails in that
 * way. Engines that were opened in this process are found in {@link #OPENED}.
 */
public final class FakeEngine implements Engine {
  public static final Queue<FakeEngine> OPENED = new ConcurrentLinkedQueue<>();

  public final Path checkpoint;
  public final EngineOptions options;
  public final Queue<Request> requests = new ConcurrentLinkedQueue<>();
  public final AtomicInteger mostInFlight = new AtomicInteger();
  public volatile boolean closed;

  private final AtomicInteger inFlight = new AtomicInteger();
  private final Random random = new Random(7);
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "fake-engine");
            thread.setDaemon(true);
            return thread;
          });

  private FakeEngine(Path checkpoint, EngineOptions options) {
    this.checkpoint = checkpoint;
    this.options = options;
  }

  /** Opens an engine for any path whose name is not {@code bad}. */
  public static final class Opener implements EngineOpener {
    private static final long serialVersionUID = 1L;

    @Override
    public void check(Path checkpoint) {
      if (checkpoint.endsWith("bad")) {
        throw Errors.checkpoint("config.json", "is missing", "give it");
      }
    }

    /** Its path: every folder is another model. */
    @Override
    public String fingerprint(Path checkpoint) {
      check(checkpoint);
      return checkpoint.toString();
    }

    @Override
    public Engine open(Path checkpoint, EngineOptions options) {
      check(checkpoint);
      FakeEngine engine = new FakeEngine(checkpoint, options);
      OPENED.add(engine);
      return engine;
    }
  }

  /** The one engine that was opened for a checkpoint. */
  public static FakeEngine of(String checkpoint) {
    List<FakeEngine> engines =
        OPENED.stream().filter(e -> e.checkpoint.equals(Path.of(checkpoint))).toList();
    if (engines.size() != 1) {
      throw new AssertionError(engines.size() + " engines were opened for " + checkpoint);
    }
    return engines.get(0);
  }

  @Override
  public CompletableFuture<Answer> submit(Request request, Consumer<String> onText) {
    requests.add(request);
    mostInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
    CompletableFuture<Answer> future = new CompletableFuture<>();
    long millis;
    synchronized (random) {
      millis = random.nextInt(20);
    }
    var unused =
        clock.schedule(() -> complete(request, onText, future), millis, TimeUnit.MILLISECONDS);
    return future;
  }

  private void complete(
      Request request, Consumer<String> onText, CompletableFuture<Answer> future) {
    inFlight.decrementAndGet();
    String image = request.images().isEmpty() ? "" : text(request.images().get(0));
    boolean broken = request.images().stream().anyMatch(each -> text(each).equals("broken"));
    switch (broken ? "broken" : image) {
      case "broken" ->
          future.completeExceptionally(
              Errors.image("the image is not one", "give a picture", null));
      case "device" ->
          future.completeExceptionally(
              Errors.device("the device is lost", "restart the executor", null));
      case "memory" -> future.completeExceptionally(new OutOfMemoryError("Java heap space"));
      case "bug" -> future.completeExceptionally(new IndexOutOfBoundsException("index 7"));
      default -> {
        String text = image + "|" + request.query();
        onText.accept(text.substring(0, 1));
        onText.accept(text.substring(1));
        future.complete(answer(request, text));
      }
    }
  }

  private static Answer answer(Request request, String text) {
    return new Answer(
        text,
        List.of(11, 12, 2),
        40,
        request.images().size() * 30,
        request.images().stream().map(image -> new Answer.Grid(2, 1)).toList(),
        Answer.FinishReason.EOS,
        Double.NaN,
        new Answer.Confidence(0.75, 0.5),
        0,
        request.images().size() * 3,
        0,
        new Answer.StageSeconds(0.1, 0.2, 0.3, 0.4, 0.5));
  }

  private static String text(ImageSource source) {
    if (source instanceof ImageSource.Encoded encoded) {
      return new String(encoded.bytes(), StandardCharsets.UTF_8);
    }
    ImageSource.Decoded decoded = (ImageSource.Decoded) source;
    return decoded.image().width() + "x" + decoded.image().height();
  }

  @Override
  public void close() {
    closed = true;
    clock.shutdownNow();
  }
}
