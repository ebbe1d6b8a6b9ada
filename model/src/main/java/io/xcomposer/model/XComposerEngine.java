package io.xcomposer.model;

import io.xcomposer.model.Answer.StageSeconds;
import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.Backends;
import io.xcomposer.model.checkpoint.Checkpoint;
import io.xcomposer.model.checkpoint.TensorTable;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.decoder.InternLM2Model;
import io.xcomposer.model.generate.Generated;
import io.xcomposer.model.generate.GenerationTask;
import io.xcomposer.model.generate.Scheduler;
import io.xcomposer.model.image.ImageDecoder;
import io.xcomposer.model.image.PixelHash;
import io.xcomposer.model.image.RgbImage;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Workspace;
import io.xcomposer.model.text.AnswerText;
import io.xcomposer.model.text.Prompt;
import io.xcomposer.model.text.PromptAssembler;
import io.xcomposer.model.text.TextStream;
import io.xcomposer.model.text.Tokenizer;
import io.xcomposer.model.vision.VisionEncoder;
import io.xcomposer.model.weights.WeightLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The path of a request, a call a stage: {@link Preparation} turns images into pages and the
 * question into a prompt, ahead of the model; on the model's thread {@link PageEncoder} makes image
 * tokens of pages, {@link Scheduler} runs prefill and search, and {@link #finish} makes text of
 * ids. Each of them works on all the requests that are there.
 */
public final class XComposerEngine implements Engine {
  /** Image tokens kept for further questions on the same pages: two full pages of the 7B model. */
  private static final long IMAGE_TOKEN_CACHE_BYTES = 300L << 20;

  /** Requests that may wait for the decoder; those behind them wait for less memory. */
  private static final int WAITING_FOR_DECODER = 32;

  private final XComposerConfig config;
  private final Function<byte[], RgbImage> imageDecoder;
  private final Tokenizer tokenizer;
  private final PromptAssembler promptAssembler;
  private final Backend backend;
  private final WeightLoader weights;
  private final InternLM2Model model;
  private final Workspace workspace;
  private final EngineCounts counts = new EngineCounts();
  private final Preparation preparation;
  private final PageEncoder pageEncoder;
  private final Scheduler scheduler;
  private final ModelThread modelThread;
  private volatile boolean closed;

  private XComposerEngine(
      Path dir,
      XComposerConfig config,
      Backend backend,
      WeightLoader weights,
      EngineOptions options,
      Function<byte[], RgbImage> imageDecoder,
      long keptImageBytes) {
    this.backend = backend;
    this.weights = weights;
    this.config = config;
    this.imageDecoder = imageDecoder;
    tokenizer = Tokenizer.read(dir);
    promptAssembler = new PromptAssembler(tokenizer, config.vocabSize(), config.maxLength());
    VisionEncoder visionEncoder = new VisionEncoder(backend, config.vision(), weights);
    model = new InternLM2Model(backend, config, weights);
    workspace = new Workspace(bytes -> backend.allocate(DType.U8, Shape.of(bytes)));
    MemoryPlan plan = memoryPlan(options, visionEncoder, keptImageBytes);
    pageEncoder =
        new PageEncoder(
            visionEncoder,
            workspace,
            new ImageTokenCache(plan.keptImageBytes()),
            counts,
            plan.imageBytes());
    scheduler =
        new Scheduler(backend, model, workspace, options.dtype().ofValues(), plan.kvCacheTokens());
    preparation = new Preparation(promptAssembler, options.threads());
    modelThread = new ModelThread(new Stages());
  }

  private MemoryPlan memoryPlan(
      EngineOptions options, VisionEncoder visionEncoder, long keptImageBytes) {
    if (options.memoryBytes() == 0) {
      return MemoryPlan.unbounded(options, keptImageBytes);
    }
    long step = Math.max(Scheduler.workspaceBytes(model), visionEncoder.workspaceBytes());
    int side = (int) Math.sqrt(Request.DEFAULT_HD_NUM);
    MemoryPlan.Sizes sizes =
        new MemoryPlan.Sizes(
            weights.bytes(),
            step + model.rotaryTableBytes(2 * config.maxLength()),
            visionEncoder.bytesOf(side, side),
            Scheduler.kvBytesPerToken(config, options.dtype().ofValues()),
            backend.kvBlockTokens(),
            config.maxLength());
    MemoryPlan plan = MemoryPlan.within(options, sizes);
    workspace.reserve(step);
    return plan;
  }

  /** As {@link Engine#open}. */
  public static XComposerEngine open(Path dir, EngineOptions options) {
    return open(dir, options, () -> Backends.open(options.device(), options.threads()));
  }

  /**
   * As {@link Engine#open}, on a backend of the caller's choice.
   *
   * @param openBackend called once the checkpoint has been checked; the engine closes what it gives
   */
  public static XComposerEngine open(
      Path dir, EngineOptions options, Supplier<Backend> openBackend) {
    ImageDecoder imageDecoder = new ImageDecoder(options.maxImagePixels());
    return open(dir, options, openBackend, imageDecoder::decode, IMAGE_TOKEN_CACHE_BYTES);
  }

  /**
   * The same, with another decoder and cache.
   *
   * @param imageDecoder an image file's bytes to pixels
   * @param keptImageBytes image tokens kept while no request wants them, without a memory budget
   */
  static XComposerEngine open(
      Path dir,
      EngineOptions options,
      Supplier<Backend> openBackend,
      Function<byte[], RgbImage> imageDecoder,
      long keptImageBytes) {
    try (Checkpoint checkpoint = Checkpoint.open(dir)) {
      TensorTable.check(checkpoint);
      Backend backend = openBackend.get();
      long mostBytes = options.memoryBytes() == 0 ? Long.MAX_VALUE : options.memoryBytes();
      WeightLoader weights = new WeightLoader(checkpoint, backend, options.dtype(), mostBytes);
      try {
        return new XComposerEngine(
            dir, checkpoint.config(), backend, weights, options, imageDecoder, keptImageBytes);
      } catch (RuntimeException | Error e) {
        weights.close();
        backend.close();
        throw e;
      }
    }
  }

  @Override
  public CompletableFuture<Answer> submit(Request request, Consumer<String> onText) {
    return submit(request, onText, StageObserver.NONE);
  }

  /** {@link #submit(Request, Consumer)} with a look at every stage, on the engine's threads. */
  public CompletableFuture<Answer> submit(
      Request request, Consumer<String> onText, StageObserver observer) {
    return submit(List.of(request), onText, observer).get(0);
  }

  @Override
  public List<CompletableFuture<Answer>> submitTogether(List<Request> requests) {
    return submit(requests, text -> {}, StageObserver.NONE);
  }

  private List<CompletableFuture<Answer>> submit(
      List<Request> requests, Consumer<String> onText, StageObserver observer) {
    PageGroup group = new PageGroup(requests, this::pixels);
    List<Submission> submissions = new ArrayList<>();
    for (int member = 0; member < requests.size(); member++) {
      submissions.add(
          new Submission(
              group,
              member,
              onText,
              observer,
              new CompletableFuture<>(),
              () -> closed,
              System.nanoTime()));
    }
    preparation.submit(
        group,
        submissions,
        prepared -> modelThread.execute(() -> pageEncoder.add(prepared)),
        () -> modelThread.execute(() -> pageEncoder.end(group)));
    return submissions.stream().map(Submission::future).toList();
  }

  private RgbImage pixels(ImageSource source) {
    if (source instanceof ImageSource.Encoded encoded) {
      return imageDecoder.apply(encoded.bytes());
    }
    return ((ImageSource.Decoded) source).image();
  }

  @Override
  public EngineStatistics statistics() {
    return counts.statistics(scheduler.counts());
  }

  /** Reads the tensors that an observer sees. */
  public Backend backend() {
    return backend;
  }

  /** The prompt that a request becomes. */
  public Prompt prompt(Request request) {
    return promptAssembler.assemble(request);
  }

  // ---- on the model's thread

  /** The stages that need the model, for all requests that are there. */
  private final class Stages implements ModelThread.Work {
    @Override
    public boolean idle() {
      return pageEncoder.idle() && scheduler.idle();
    }

    @Override
    public void step() {
      pageEncoder.handOver(
          WAITING_FOR_DECODER - scheduler.waiting(), XComposerEngine.this::generate);
      if (pageEncoder.running() || scheduler.waiting() == 0) {
        pageEncoder.advance();
      }
      if (!scheduler.idle()) {
        scheduler.step();
      }
    }

    @Override
    public void fail(Throwable error) {
      pageEncoder.failAll(error);
      scheduler.failAll(error);
    }
  }

  private void generate(PageEncoder.Encoded encoded) {
    Preparation.Inputs inputs = encoded.inputs();
    Submission submission = inputs.submission();
    Request request = submission.request();
    AnswerText answerText = new AnswerText(tokenizer, request.style());
    TextStream stream = answerText.stream();
    GenerationTask task =
        new GenerationTask(
            inputs.prompt(),
            inputs.pages().stream().map(PixelHash::sha256).toList(),
            encoded.imageTokens(),
            request.generation(),
            eosIds(request.style()),
            id -> submission.onText().accept(stream.push(id)),
            submission::stopped,
            submission.observer());
    scheduler
        .submit(task)
        .whenComplete(
            (generated, error) -> {
              encoded.release().run();
              if (error != null) {
                submission.fail(error);
              } else {
                finish(encoded, generated, answerText, stream);
              }
            });
  }

  private void finish(
      PageEncoder.Encoded encoded, Generated generated, AnswerText answerText, TextStream stream) {
    Submission submission = encoded.inputs().submission();
    try {
      String text = answerText.of(generated.tokenIds());
      int beams = submission.request().generation().numBeams();
      submission.onText().accept(beams == 1 ? stream.finish() : text);
      counts.answer(generated.tokenIds().length);
      submission.future().complete(answer(encoded, generated, text));
    } catch (RuntimeException | Error e) {
      submission.fail(e);
    }
  }

  private static Answer answer(PageEncoder.Encoded encoded, Generated generated, String text) {
    Preparation.Inputs inputs = encoded.inputs();
    return new Answer(
        text,
        Arrays.stream(generated.tokenIds()).boxed().toList(),
        inputs.promptTokens(),
        inputs.imageTokens(),
        inputs.grids(),
        generated.finishReason(),
        generated.score(),
        generated.confidence(),
        encoded.cacheHits(),
        encoded.views(),
        generated.cachedPromptTokens(),
        seconds(encoded, generated));
  }

  /** All that was not done for this request was done for others, or waiting. */
  private static StageSeconds seconds(PageEncoder.Encoded encoded, Generated generated) {
    double decode = encoded.inputs().seconds();
    double vision = encoded.seconds();
    double prefill = generated.prefillSeconds();
    double generate = generated.generateSeconds();
    double all = (System.nanoTime() - encoded.inputs().submission().submitted()) / 1e9;
    double queued = Math.max(0, all - decode - vision - prefill - generate);
    return new StageSeconds(decode, vision, prefill, generate, queued);
  }

  /** A chat answer ends with its turn; the harnesses know {@code </s>} only (model-spec 7, 8). */
  private Set<Integer> eosIds(PromptStyle style) {
    return style == PromptStyle.CHAT
        ? Set.of(config.eosTokenId(), tokenizer.endOfTurnId())
        : Set.of(config.eosTokenId());
  }

  @Override
  public synchronized void close() {
    modelThread.requireOtherThread();
    closed = true;
    preparation.close();
    modelThread.close();
    pageEncoder.close();
    scheduler.close();
    model.close();
    workspace.close();
    weights.close();
    backend.close();
  }
}
