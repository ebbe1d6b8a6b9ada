package io.xcomposer.model.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.StageObserver;
import io.xcomposer.model.config.RopeScaling;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.decoder.InternLM2Model;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.weights.WeightLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchedulerTest extends TinyDecoder {
  /** Several blocks for each beam, for which nobody has made room when the task joined. */
  private static final int LONG_ANSWER = 300;

  /** A model whose rotary base follows the length of a sequence beyond some tokens. */
  private void stretchBeyond(int tokens) {
    XComposerConfig config = checkpoint.config();
    model.close();
    model =
        new InternLM2Model(
            backend,
            new XComposerConfig(
                config.hiddenSize(),
                config.numHiddenLayers(),
                config.numAttentionHeads(),
                config.numKeyValueHeads(),
                config.intermediateSize(),
                config.vocabSize(),
                config.maxLength(),
                tokens,
                config.ropeTheta(),
                new RopeScaling(RopeScaling.Type.DYNAMIC, 2),
                config.rmsNormEps(),
                config.bosTokenId(),
                config.eosTokenId(),
                config.padTokenId(),
                config.vision()),
            weights);
  }

  /** Each task by itself in a new scheduler: what the others are held to. */
  private List<Generated> alone(List<GenerationTask> tasks) {
    return tasks.stream().map(task -> answer(scheduler(0), task)).toList();
  }

  private static void assertSameAnswers(List<Generated> expected, List<Generated> found) {
    for (int i = 0; i < expected.size(); i++) {
      assertThat(found.get(i).tokenIds()).as("task " + i).isEqualTo(expected.get(i).tokenIds());
      assertThat(Double.valueOf(found.get(i).score()))
          .as("task " + i)
          .isEqualTo(Double.valueOf(expected.get(i).score()));
      assertThat(found.get(i).confidence()).isEqualTo(expected.get(i).confidence());
    }
  }

  private static List<GenerationTask> mixed(SplittableRandom random, int count, int mostNewTokens) {
    List<GenerationTask> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int length = random.nextInt(1, 400);
      int[] ids = prompt(random.nextInt(3), random.nextInt(length + 1), length);
      int newTokens = random.nextInt(1, mostNewTokens);
      GenerationOptions options =
          switch (random.nextInt(3)) {
            case 0 -> GenerationOptions.greedy(newTokens);
            case 1 -> GenerationOptions.beams(random.nextInt(2, 5), newTokens);
            default ->
                new GenerationOptions(
                    newTokens,
                    1,
                    1.005f,
                    1,
                    false,
                    new GenerationOptions.Sampling(1f, 50, 0.9f, random.nextLong()));
          };
      tasks.add(task(ids, options));
    }
    return tasks;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void whateverRunsBesideATaskItsAnswerIsTheSame(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<GenerationTask> tasks = mixed(random, 12, 90);
    List<Generated> expected = alone(tasks);
    Scheduler scheduler = scheduler(0);
    List<CompletableFuture<Generated>> futures = new ArrayList<>();
    for (GenerationTask task : tasks) {
      futures.add(scheduler.submit(task));
      for (int steps = random.nextInt(4); steps > 0; steps--) {
        scheduler.step();
      }
    }
    run(scheduler);
    assertSameAnswers(expected, futures.stream().map(CompletableFuture::join).toList());
  }

  /** Blocks for one of the largest tasks by itself. */
  private int tokensForOne() {
    return 400 + 4 * (LONG_ANSWER + 3 * blockTokens);
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void aTaskThatIsPutBackGivesTheSameAnswer(long seed) {
    List<GenerationTask> tasks = mixed(new SplittableRandom(seed), 16, LONG_ANSWER);
    List<Generated> expected = alone(tasks);
    Scheduler scheduler = scheduler(tokensForOne());
    List<CompletableFuture<Generated>> futures = tasks.stream().map(scheduler::submit).toList();
    run(scheduler);
    assertThat(scheduler.counts().preemptions()).isPositive();
    assertSameAnswers(expected, futures.stream().map(CompletableFuture::join).toList());
  }

  @Test
  void lengthsThatAreRotatedDifferentlyAreKeptApart() {
    stretchBeyond(150);
    List<GenerationTask> tasks = mixed(new SplittableRandom(21), 10, LONG_ANSWER);
    List<Generated> expected = alone(tasks);
    Scheduler scheduler = scheduler(tokensForOne());
    List<CompletableFuture<Generated>> futures = tasks.stream().map(scheduler::submit).toList();
    run(scheduler);
    assertThat(scheduler.counts().preemptions()).isPositive();
    assertSameAnswers(expected, futures.stream().map(CompletableFuture::join).toList());
  }

  /** The sums of a row are formed alike in every batch, so this holds for rounded weights too. */
  @Test
  void inBf16TooAnAnswerDoesNotDependOnItsBatchMates() {
    List<GenerationTask> tasks = mixed(new SplittableRandom(12), 16, LONG_ANSWER);
    try (WeightLoader rounded = new WeightLoader(checkpoint, backend, DType.BF16);
        InternLM2Model inBf16 = new InternLM2Model(backend, checkpoint.config(), rounded);
        Scheduler together = new Scheduler(backend, inBf16, workspace, DType.BF16, tokensForOne());
        Scheduler alone = new Scheduler(backend, inBf16, workspace, DType.BF16, 0)) {
      List<CompletableFuture<Generated>> futures = tasks.stream().map(together::submit).toList();
      run(together);
      assertThat(together.counts().preemptions()).isPositive();
      assertSameAnswers(
          tasks.stream().map(task -> answer(alone, task)).toList(),
          futures.stream().map(CompletableFuture::join).toList());
    }
  }

  @Test
  void tasksAreDecodedTogether() {
    Scheduler scheduler = scheduler(0);
    for (int i = 0; i < 8; i++) {
      scheduler.submit(greedy(prompt(i, 0, 20 + i)));
    }
    run(scheduler);
    assertThat(scheduler.counts().steps()).isEqualTo(NEW_TOKENS);
  }

  @Test
  void decodingGoesOnWhileALongPromptIsRead() {
    Scheduler scheduler = scheduler(4096);
    List<Integer> seen = new ArrayList<>();
    GenerationTask small =
        task(
            prompt(2, 0, 5),
            GenerationOptions.greedy(50),
            seen::add,
            () -> false,
            StageObserver.NONE);
    scheduler.submit(small);
    scheduler.step();
    CompletableFuture<Generated> large = scheduler.submit(greedy(prompt(1, 0, 2100)));
    for (int step = 1; step < 4; step++) {
      scheduler.step();
    }
    assertThat(seen).hasSize(4);
    assertThat(scheduler.counts().rows()).isEqualTo(5 + 3 + 3 * 512);
    assertThat(large).isNotDone();
    run(scheduler);
  }

  @Test
  void shortPromptsAreReadInOneStep() {
    Scheduler scheduler = scheduler(0);
    scheduler.submit(greedy(prompt(1, 0, 300)));
    scheduler.submit(greedy(prompt(2, 0, 300)));
    scheduler.step();
    assertThat(scheduler.counts().rows()).isEqualTo(600);
  }

  // ---- shared prompts

  @Test
  void aPromptThatStartsLikeAnEarlierOneIsReadFromThereOn() {
    Scheduler scheduler = scheduler(0);
    int[] first = prompt(1, 200, 250);
    int[] second = prompt(1, 200, 300);
    assertThat(answer(scheduler, greedy(first)).cachedPromptTokens()).isZero();
    assertThat(answer(scheduler, greedy(second)).cachedPromptTokens()).isEqualTo(200);
  }

  @Test
  void theSamePromptAgainIsReadForItsLastTokenOnly() {
    Scheduler scheduler = scheduler(0);
    for (int length : new int[] {1, blockTokens - 1, blockTokens, blockTokens + 1, 200}) {
      int[] ids = prompt(length, 0, length);
      Generated first = answer(scheduler, greedy(ids));
      Generated again = answer(scheduler, greedy(ids));
      assertThat(again.cachedPromptTokens()).isEqualTo(length - 1);
      assertThat(again.tokenIds()).isEqualTo(first.tokenIds());
      assertThat(again.confidence()).isEqualTo(first.confidence());
    }
  }

  @Test
  void promptsThatComeTogetherShareWhatTheFirstOfThemReads() {
    Scheduler scheduler = scheduler(0);
    List<CompletableFuture<Generated>> futures =
        IntStream.range(0, 5)
            .mapToObj(i -> scheduler.submit(greedy(prompt(1, 1500, 1510 + i))))
            .toList();
    run(scheduler);
    assertThat(futures.stream().map(future -> future.join().cachedPromptTokens()))
        .containsExactly(0, 1500, 1500, 1500, 1500);
    assertThat(scheduler.counts().cachedPromptTokens()).isEqualTo(6000);
  }

  @Test
  void keptPromptsMakeWayWhenBlocksRunShort() {
    Scheduler scheduler = scheduler(6 * blockTokens);
    for (int i = 0; i < 4; i++) {
      answer(scheduler, greedy(prompt(i, 0, blockTokens)));
    }
    answer(scheduler, greedy(prompt(4, 0, 3 * blockTokens)));
    int[] latest = prompt(3, 0, blockTokens);
    assertThat(answer(scheduler, greedy(latest)).cachedPromptTokens()).isPositive();
    int[] oldest = prompt(0, 0, blockTokens);
    assertThat(answer(scheduler, greedy(oldest)).cachedPromptTokens()).isZero();
    assertThat(scheduler.counts().preemptions()).isZero();
  }

  // ---- listeners

  @Test
  void theTokensOfAnAnswerWithoutBeamsAreHandedOnInOrder() {
    List<Integer> seen = new ArrayList<>();
    int[] ids =
        answer(
                scheduler(0),
                task(
                    prompt(1, 0, 40),
                    GenerationOptions.greedy(NEW_TOKENS),
                    seen::add,
                    () -> false,
                    StageObserver.NONE))
            .tokenIds();
    assertThat(seen).containsExactlyElementsOf(IntStream.of(ids).boxed().toList());
  }

  @Test
  void aWatchedPromptIsReadByItselfPieceByPiece() {
    Scheduler scheduler = scheduler(0);
    List<Long> chunks = new ArrayList<>();
    scheduler.submit(greedy(prompt(1, 0, 2100)));
    CompletableFuture<Generated> watched =
        scheduler.submit(
            task(
                prompt(1, 0, 2100),
                GenerationOptions.greedy(NEW_TOKENS),
                id -> {},
                () -> false,
                (stage, tensor) -> {
                  if (stage.equals("input_embeddings")) {
                    chunks.add(tensor.shape().size(0));
                  }
                }));
    run(scheduler);
    assertThat(watched.join().cachedPromptTokens()).isZero();
    assertThat(chunks).containsExactly(1024L, 1024L, 52L);
  }
}
