package io.xcomposer.model;

import io.xcomposer.model.Answer.Grid;
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
import io.xcomposer.model.image.HdTransform;
import io.xcomposer.model.image.ImageDecoder;
import io.xcomposer.model.image.PixelHash;
import io.xcomposer.model.image.RgbImage;
import io.xcomposer.model.image.Tiles;
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
  private final ImageDecoder imageDecoder;
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

  /** A page ready for the tower. */
  private record Page(Tiles tiles, PixelHash hash) {
    Grid grid() {
      return new Grid(tiles.gridHeight(), tiles.gridWidth());
    }
  }

  /** A request whose images and text are ready for the model. */
  private record Prepared(
      Request request,
      List<Page> pages,
      Prompt prompt,
      int promptTokens,
      int imageTokens,
      double seconds) {}

  private XComposerEngine(
      Path dir,
      XComposerConfig config,
      Backend backend,
      WeightLoader weights,
      EngineOptions options) {
    this.backend = backend;
    this.weights = weights;
    this.config = config;
    imageDecoder = new ImageDecoder(options.maxImagePixels());
    tokenizer = Tokenizer.read(dir);
    promptAssembler = new PromptAssembler(tokenizer, config.vocabSize(), config.maxLength());
    visionEncoder = new VisionEncoder(backend, config.vision(), weights);
    model = new InternLM2Model(backend, config, weights);
    workspace = new Workspace(bytes -> backend.allocate(DType.U8, Shape.of(bytes)));
    imageTokenCache = new ImageTokenCache(IMAGE_TOKEN_CACHE_BYTES);
    generator = new Generator(backend, model, workspace, options.dtype(), options.kvCacheTokens());
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
    try (Checkpoint checkpoint = Checkpoint.open(dir)) {
      TensorTable.check(checkpoint);
      Backend backend = openBackend.get();
      WeightLoader weights = new WeightLoader(checkpoint, backend, options.dtype());
      try {
        return new XComposerEngine(dir, checkpoint.config(), backend, weights, options);
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
    long submitted = System.nanoTime();
    return pipeline.submit(
        () -> prepare(request),
        (prepared, stopped) -> answer(prepared, onText, observer, stopped, submitted));
  }

  /** Reads the tensors that an observer sees. */
  public Backend backend() {
    return backend;
  }

  /** The prompt that a request becomes. */
  public Prompt prompt(Request request) {
    return promptAssembler.assemble(request);
  }

  private Prepared prepare(Request request) {
    long start = System.nanoTime();
    Prompt prompt = promptAssembler.assemble(request);
    List<RgbImage> images = request.images().stream().map(this::pixels).toList();
    List<HdPlan> plans =
        images.stream()
            .map(image -> HdTransform.plan(image.width(), image.height(), request.hdNum()))
            .toList();
    int[] imageTokens = plans.stream().mapToInt(HdPlan::imageTokens).toArray();
    int promptTokens = promptAssembler.lengthWithinLimit(prompt, imageTokens);
    List<Page> pages = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      Tiles tiles = Tiles.of(HdTransform.apply(images.get(i), plans.get(i)), plans.get(i));
      pages.add(new Page(tiles, PixelHash.of(tiles)));
    }
    int allImageTokens = Arrays.stream(imageTokens).sum();
    return new Prepared(request, pages, prompt, promptTokens, allImageTokens, secondsSince(start));
  }

  private RgbImage pixels(ImageSource source) {
    if (source instanceof ImageSource.Encoded encoded) {
      return imageDecoder.decode(encoded.bytes());
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
    long start = System.nanoTime();
    if (observer != StageObserver.NONE) {
      imageTokenCache.clear(); // a page that is known already would show no stage
    }
    try {
      List<Tensor> imageTokens = new ArrayList<>();
      for (Page page : prepared.pages()) {
        imageTokens.add(
            imageTokenCache.get(
                page.hash(), () -> visionEncoder.encode(page.tiles(), workspace, observer)));
      }
      double vision = secondsSince(start);
      Request request = prepared.request();
      AnswerText answerText = new AnswerText(tokenizer, request.style());
      TextStream stream = answerText.stream();
      Generator.Task task =
          new Generator.Task(
              prepared.prompt(),
              imageTokens,
              request.generation(),
              eosIds(request.style()),
              id -> onText.accept(stream.push(id)),
              stopped);
      Generator.Generated generated = generator.generate(task, observer);
      String text = answerText.of(generated.tokenIds());
      onText.accept(request.generation().numBeams() == 1 ? stream.finish() : text);
      return answer(prepared, generated, text, vision, queued);
    } finally {
      imageTokenCache.trim();
    }
  }

  private static Answer answer(
      Prepared prepared, Generator.Generated generated, String text, double vision, double queued) {
    return new Answer(
        text,
        Arrays.stream(generated.tokenIds()).boxed().toList(),
        prepared.promptTokens(),
        prepared.imageTokens(),
        prepared.pages().stream().map(Page::grid).toList(),
        generated.finishReason(),
        generated.score(),
        new StageSeconds(
            prepared.seconds(),
            vision,
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
