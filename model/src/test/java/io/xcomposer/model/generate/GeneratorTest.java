package io.xcomposer.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.StageObserver;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.Backends;
import io.xcomposer.model.checkpoint.Checkpoint;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.decoder.InternLM2Model;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Workspace;
import io.xcomposer.model.text.Prompt;
import io.xcomposer.model.weights.WeightLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The tiny checkpoint's decoder, without images. */
class GeneratorTest {
  private static final Path CHECKPOINT =
      Path.of(System.getProperty("xcomposer.root"), "golden", "checkpoint");
  private static final int PROMPT_TOKENS = 40;
  private static final int NEW_TOKENS = 6;
  private static final Set<Integer> NEVER_ENDS = Set.of();

  private final Backend backend = Backends.open("cpu", 1);
  private final Workspace workspace =
      new Workspace(bytes -> backend.allocate(DType.U8, Shape.of(bytes)));
  private final WeightLoader weights;
  private final InternLM2Model model;
  private Generator generator;

  GeneratorTest() {
    try (Checkpoint checkpoint = Checkpoint.open(CHECKPOINT)) {
      XComposerConfig config = checkpoint.config();
      weights = new WeightLoader(checkpoint, backend, DType.F32);
      model = new InternLM2Model(backend, config, weights);
    }
    generator = generator(0);
  }

  private Generator generator(int kvCacheTokens) {
    return new Generator(backend, model, workspace, DType.F32, kvCacheTokens);
  }

  @AfterEach
  void close() {
    generator.close();
    model.close();
    workspace.close();
    weights.close();
    backend.close();
  }

  private static Generator.Task task(
      int promptTokens, GenerationOptions options, IntConsumer onToken, BooleanSupplier stopped) {
    int[] ids = IntStream.range(0, promptTokens).map(i -> 300 + i % 1000).toArray();
    Prompt prompt = new Prompt(List.of(new Prompt.Segment.Text(ids)), false, ids);
    return new Generator.Task(prompt, List.of(), options, NEVER_ENDS, onToken, stopped);
  }

  private static Generator.Task greedy(int promptTokens) {
    return task(promptTokens, GenerationOptions.greedy(NEW_TOKENS), id -> {}, () -> false);
  }

  private int[] ids(Generator.Task task) {
    return generator.generate(task, StageObserver.NONE).tokenIds();
  }

  @Test
  void theSameTaskHasTheSameAnswerWhateverRanBefore() {
    int[] first = ids(greedy(PROMPT_TOKENS));
    ids(greedy(7));
    ids(task(30, GenerationOptions.beams(3, NEW_TOKENS), id -> {}, () -> false));
    assertThat(ids(greedy(PROMPT_TOKENS))).isEqualTo(first).hasSize(NEW_TOKENS);
  }

  @Test
  void aPromptLongerThanAChunkIsPrefilledPieceByPiece() {
    List<Long> chunks = new ArrayList<>();
    generator.generate(
        greedy(2100),
        (stage, tensor) -> {
          if (stage.equals("input_embeddings")) {
            chunks.add(tensor.shape().size(0));
          }
        });
    assertThat(chunks).containsExactly(1024L, 1024L, 52L);
  }

  @Test
  void aStoppedTaskEndsBetweenStepsAndGivesItsBlocksBack() {
    generator.close();
    int needed = PROMPT_TOKENS + NEW_TOKENS + 3 * backend.kvBlockTokens();
    generator = generator(needed);
    for (int i = 0; i < 5; i++) {
      List<Integer> seen = new ArrayList<>();
      Generator.Task stopped =
          task(
              PROMPT_TOKENS,
              GenerationOptions.greedy(NEW_TOKENS),
              seen::add,
              () -> seen.size() == 2);
      assertThatThrownBy(() -> ids(stopped)).isInstanceOf(CancellationException.class);
      assertThat(seen).hasSize(2);
    }
    assertThat(ids(greedy(PROMPT_TOKENS))).hasSize(NEW_TOKENS);
  }

  @Test
  void aTaskThatTheFixedCacheCannotHoldIsRefusedAndTheNextOneRuns() {
    generator.close();
    generator = generator(PROMPT_TOKENS + NEW_TOKENS + 3 * backend.kvBlockTokens());
    assertThatThrownBy(() -> ids(greedy(2100)))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("key/value cache");
    assertThat(ids(greedy(PROMPT_TOKENS))).hasSize(NEW_TOKENS);
  }

  @Test
  void theTokensOfAnAnswerWithoutBeamsAreHandedOnInOrder() {
    List<Integer> seen = new ArrayList<>();
    int[] ids =
        ids(task(PROMPT_TOKENS, GenerationOptions.greedy(NEW_TOKENS), seen::add, () -> false));
    assertThat(seen).containsExactlyElementsOf(IntStream.of(ids).boxed().toList());
  }
}
