package io.xcomposer.model;

import io.xcomposer.model.Answer.StageSeconds;
import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.Backends;
import io.xcomposer.model.checkpoint.Checkpoint;
import io.xcomposer.model.checkpoint.TensorTable;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.decoder.InternLM2Model;
import io.xcomposer.model.generate.Generator;
import io.xcomposer.model.image.HdPlan;
import io.xcomposer.model.image.ImageDecoder;
import io.xcomposer.model.image.PixelHash;
import io.xcomposer.model.image.RgbImage;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
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
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The path of a request, a call a stage: {@link #prepare} turns images into tiles and the question
 * into a prompt, on a thread of its own and ahead of the model; {@link #answer} runs tower, prefill
 * and search on the thread that owns the model.
 */
public final class XComposerEngine implements Engine {
  /** Image tokens kept for further questions on the same pages: two full pages of the 7B model. */
  private static final long IMAGE_TOKEN_CACHE_BYTES = 300L << 20;

  private final XComposerConfig config;
  private final Function<byte[], RgbImage> imageDecoder;
  private final Tokenizer tokenizer;
  private final PromptAssembler promptAssembler;
  private final Backend backend;
  private final WeightLoader weights;
  private final VisionEncoder visionEncoder;
  private final InternLM2Model model;
  private final Workspace workspace;
  private final ImageTokenCache imageTokenCache;
  private final Generator generator;
  private final RequestPipeline pipeline;

  /** A request whose images and text are ready for the model. */
  private record Prepared(
      Request request,
      List<Page> pages,
      Predicate<PixelHash> wantedLater,
      Prompt prompt,
      int promptTokens,
      int imageTokens,
      double seconds) {}

  /** The image tokens of a request, and what they cost. */
  private record Encoded(List<Tensor> imageTokens, int cacheHits, int views, double seconds) {}

  private XComposerEngine(
      Path dir,
      XComposerConfig config,
      Backend backend,
      WeightLoader weights,
      EngineOptions options,
      Function<byte[], RgbImage> imageDecoder,
      long imageTokenCacheBytes) {
    this.backend = backend;
    this.weights = weights;
    this.config = config;
    this.imageDecoder = imageDecoder;
    tokenizer = Tokenizer.read(dir);
    promptAssembler = new PromptAssembler(tokenizer, config.vocabSize(), config.maxLength());
    visionEncoder = new VisionEncoder(backend, config.vision(), weights);
    model = new InternLM2Model(backend, config, weights);
    workspace = new Workspace(bytes -> backend.allocate(DType.U8, Shape.of(bytes)));
    imageTokenCache = new ImageTokenCache(imageTokenCacheBytes);
    generator =
        new Generator(
            backend, model, workspace, options.dtype().ofValues(), options.kvCacheTokens());
    pipeline = new RequestPipeline();
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
   * @param imageTokenCacheBytes kept while no request wants them
   */
  static XComposerEngine open(
      Path dir,
      EngineOptions options,
      Supplier<Backend> openBackend,
      Function<byte[], RgbImage> imageDecoder,
      long imageTokenCacheBytes) {
    try (Checkpoint checkpoint = Checkpoint.open(dir)) {
      TensorTable.check(checkpoint);
      Backend backend = openBackend.get();
      WeightLoader weights = new WeightLoader(checkpoint, backend, options.dtype());
      try {
        return new XComposerEngine(
            dir,
            checkpoint.config(),
            backend,
            weights,
            options,
            imageDecoder,
            imageTokenCacheBytes);
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
    long submitted = System.nanoTime();
    PageGroup group = new PageGroup(requests, this::pixels);
    List<RequestPipeline.Work<Prepared, Answer>> works = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      int member = i;
      works.add(
          new RequestPipeline.Work<>(
              () -> prepare(group, member),
              (prepared, stopped) -> answer(prepared, onText, observer, stopped, submitted)));
    }
    return pipeline.submitTogether(works, () -> imageTokenCache.trim(page -> false));
  }

  /** Reads the tensors that an observer sees. */
  public Backend backend() {
    return backend;
  }

  /** The prompt that a request becomes. */
  public Prompt prompt(Request request) {
    return promptAssembler.assemble(request);
  }

  private Prepared prepare(PageGroup group, int member) {
    long start = System.nanoTime();
    try {
      Request request = group.request(member);
      Prompt prompt = promptAssembler.assemble(request);
      int[] imageTokens = group.plans(member).stream().mapToInt(HdPlan::imageTokens).toArray();
      int promptTokens = promptAssembler.lengthWithinLimit(prompt, imageTokens);
      return new Prepared(
          request,
          group.pages(member),
          page -> group.wants(page, member),
          prompt,
          promptTokens,
          Arrays.stream(imageTokens).sum(),
          secondsSince(start));
    } finally {
      group.leave(member);
    }
  }

  private RgbImage pixels(ImageSource source) {
    if (source instanceof ImageSource.Encoded encoded) {
      return imageDecoder.apply(encoded.bytes());
    }
    return ((ImageSource.Decoded) source).image();
  }

  private Answer answer(
      Prepared prepared,
      Consumer<String> onText,
      StageObserver observer,
      BooleanSupplier stopped,
      long submitted) {
    double queued = secondsSince(submitted) - prepared.seconds();
    if (observer != StageObserver.NONE) {
      imageTokenCache.clear(); // a page that is known already would show no stage
    }
    try {
      Encoded encoded = encode(prepared.pages(), observer);
      Request request = prepared.request();
      AnswerText answerText = new AnswerText(tokenizer, request.style());
      TextStream stream = answerText.stream();
      Generator.Task task =
          new Generator.Task(
              prepared.prompt(),
              encoded.imageTokens(),
              request.generation(),
              eosIds(request.style()),
              id -> onText.accept(stream.push(id)),
              stopped);
      Generator.Generated generated = generator.generate(task, observer);
      String text = answerText.of(generated.tokenIds());
      onText.accept(request.generation().numBeams() == 1 ? stream.finish() : text);
      return answer(prepared, encoded, generated, text, queued);
    } finally {
      imageTokenCache.trim(prepared.wantedLater());
    }
  }

  private Encoded encode(List<Page> pages, StageObserver observer) {
    long start = System.nanoTime();
    List<Tensor> imageTokens = new ArrayList<>();
    int hits = 0;
    int views = 0;
    for (Page page : pages) {
      if (imageTokenCache.holds(page.hash())) {
        hits++;
      } else {
        views += page.tiles().views();
      }
      imageTokens.add(
          imageTokenCache.get(
              page.hash(), () -> visionEncoder.encode(page.tiles(), workspace, observer)));
    }
    return new Encoded(imageTokens, hits, views, secondsSince(start));
  }

  private static Answer answer(
      Prepared prepared,
      Encoded encoded,
      Generator.Generated generated,
      String text,
      double queued) {
    return new Answer(
        text,
        Arrays.stream(generated.tokenIds()).boxed().toList(),
        prepared.promptTokens(),
        prepared.imageTokens(),
        prepared.pages().stream().map(Page::grid).toList(),
        generated.finishReason(),
        generated.score(),
        generated.confidence(),
        encoded.cacheHits(),
        encoded.views(),
        new StageSeconds(
            prepared.seconds(),
            encoded.seconds(),
            generated.prefillSeconds(),
            generated.generateSeconds(),
            queued));
  }

  /** A chat answer ends with its turn; the harnesses know {@code </s>} only (model-spec 7, 8). */
  private Set<Integer> eosIds(PromptStyle style) {
    return style == PromptStyle.CHAT
        ? Set.of(config.eosTokenId(), tokenizer.endOfTurnId())
        : Set.of(config.eosTokenId());
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  @Override
  public void close() {
    pipeline.close();
    imageTokenCache.close();
    generator.close();
    model.close();
    workspace.close();
    weights.close();
    backend.close();
  }
}
