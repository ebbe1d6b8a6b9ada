package io.xcomposer.model.bench;

import io.xcomposer.model.Answer;
import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.PromptStyle;
import io.xcomposer.model.Request;
import io.xcomposer.model.SpecialText;
import io.xcomposer.model.image.RgbImage;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.text.PromptAssembler;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/**
 * What running together and reuse are worth: one question on a page against five, requests one
 * after the other against all at once, a page against one that is half white. With a checkpoint of
 * {@code RandomCheckpoint}:
 *
 * <pre>ReuseBench CHECKPOINT [f32|bf16] [THREADS] [HD_NUM]</pre>
 */
public final class ReuseBench {
  private static final int NEW_TOKENS = 32;
  private static final int REQUESTS = 8;

  private final Path checkpoint;
  private final EngineOptions options;
  private final int hdNum;

  private ReuseBench(Path checkpoint, DType dtype, int threads, int hdNum) {
    this.checkpoint = checkpoint;
    this.options =
        new EngineOptions("cpu", dtype, threads, EngineOptions.DEFAULT_MAX_IMAGE_PIXELS, 0);
    this.hdNum = hdNum;
  }

  public static void main(String[] arguments) {
    DType dtype =
        DType.valueOf(arguments.length > 1 ? arguments[1].toUpperCase(Locale.ROOT) : "BF16");
    int threads = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 2;
    int hdNum = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 25;
    new ReuseBench(Path.of(arguments[0]), dtype, threads, hdNum).run();
  }

  private void run() {
    double one = together(questions(page(1, 1), 1));
    double five = together(questions(page(1, 1), 5));
    print("one question on a page", one, "s");
    print("five questions on a page", five, "s");
    print("five against one", five / one, "x");
    print("one question on a page that is half white", together(questions(page(1, 0.5), 1)), "s");

    List<Request> texts = new ArrayList<>();
    for (int i = 0; i < REQUESTS; i++) {
      texts.add(request(List.of(), "Question " + i + ": what is " + i * 37 + "?"));
    }
    double after = oneByOne(texts);
    double atOnce = together(texts);
    print(REQUESTS + " texts one by one", after, "s");
    print(REQUESTS + " texts at once", atOnce, "s");
    print("at once against one by one", after / atOnce, "x");
  }

  private static void print(String name, double value, String unit) {
    System.out.printf(Locale.ROOT, "%-45s %8.2f %s%n", name, value, unit);
  }

  private double together(List<Request> requests) {
    try (Engine engine = open()) {
      long start = System.nanoTime();
      List<Answer> answers =
          engine.submitTogether(requests).stream().map(CompletableFuture::join).toList();
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.println("  " + engine.statistics() + " " + answers.get(0).seconds());
      return seconds;
    }
  }

  private double oneByOne(List<Request> requests) {
    try (Engine engine = open()) {
      long start = System.nanoTime();
      requests.forEach(request -> engine.submit(request).join());
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.println("  " + engine.statistics());
      return seconds;
    }
  }

  /** Ready and warm. */
  private Engine open() {
    Engine engine = Engine.open(checkpoint, options);
    engine.submit(request(List.of(), "warm up")).join();
    return engine;
  }

  private List<Request> questions(RgbImage page, int count) {
    List<Request> questions = new ArrayList<>();
    Request.ImageSource source = new Request.ImageSource.Decoded(page);
    for (int i = 0; i < count; i++) {
      questions.add(request(List.of(source), "What is in line " + i + "?"));
    }
    return questions;
  }

  private Request request(List<Request.ImageSource> images, String question) {
    return new Request(
        images,
        Request.withMarkers(question, List.of(), images.size()),
        List.of(),
        PromptStyle.CHAT,
        SpecialText.AS_PUBLISHED,
        PromptAssembler.DEFAULT_META_INSTRUCTION,
        hdNum,
        GenerationOptions.greedy(NEW_TOKENS));
  }

  /** Noise in the upper {@code share} of a page, white below. */
  private static RgbImage page(long seed, double share) {
    int width = 1680;
    int height = 1680;
    byte[] pixels = new byte[3 * width * height];
    Arrays.fill(pixels, (byte) 255);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < pixels.length * share; i++) {
      pixels[i] = (byte) random.nextInt(256);
    }
    return new RgbImage(width, height, pixels);
  }
}
