package io.xcomposer.model.golden;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcomposer.model.Answer;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.Request;
import io.xcomposer.model.StageObserver;
import io.xcomposer.model.XComposerEngine;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.image.HdPlan;
import io.xcomposer.model.image.HdTransform;
import io.xcomposer.model.image.ImageDecoder;
import io.xcomposer.model.image.RgbImage;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.text.Prompt;
import io.xcomposer.model.text.Prompt.Segment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;

/** Runs the cases of {@code cases.json} through an engine. */
final class ModelCheck {
  private static final double BEAM_SCORE_LIMIT = 1e-4;

  private final Path dir;
  private final XComposerEngine engine;
  private final DType dtype;

  /**
   * Checks cases of a folder.
   *
   * @param dtype of the engine: stage tensors, logits and scores are held to limits in F32 only
   */
  ModelCheck(Path dir, XComposerEngine engine, DType dtype) {
    this.dir = dir;
    this.engine = engine;
    this.dtype = dtype;
  }

  Findings check(GoldenCase golden) {
    Findings findings = new Findings();
    if (golden.expectError() != null) {
      checkError(golden, findings);
      return findings;
    }
    for (int i = 0; i < golden.rounds().size(); i++) {
      GoldenCase.Round round = golden.rounds().get(i);
      String where = golden.rounds().size() == 1 ? "" : "round " + (i + 1) + " ";
      if (round.promptSegments() != null) {
        checkPrompt(golden, round, where, findings);
      }
      if (round.runs().isEmpty()) {
        findings.note(where + "no runs recorded");
        continue;
      }
      checkFirstRunWithStages(golden, round, where, i == 0, findings);
      for (GoldenCase.Run run : round.runs().subList(1, round.runs().size())) {
        checkRun(golden, round, run, where + run.name(), StageObserver.NONE, findings);
      }
    }
    int runs = findings.deviation().runs();
    findings.note(runs + (runs == 1 ? " run" : " runs"));
    return findings;
  }

  /** The first run of a round is watched: logits after the prompt, and stage tensors if any. */
  private void checkFirstRunWithStages(
      GoldenCase golden, GoldenCase.Round round, String where, boolean first, Findings findings) {
    GoldenCase.Run run = round.runs().get(0);
    Map<String, float[]> recorded = new LinkedHashMap<>();
    if (exact() && first && golden.stageFile() != null) {
      recorded.putAll(StageFile.read(dir.resolve(golden.stageFile())));
    }
    float[] padded = recorded.remove("padded_pixels_u8_hwc");
    float[] imageMask = recorded.remove("image_mask_u8");
    List<HdPlan> plans = plans(golden);
    StageComparison stages =
        new StageComparison(engine.backend(), recorded, plans.stream().map(HdPlan::views).toList());
    TopLogits topLogits = new TopLogits(engine.backend());
    StageObserver both =
        (stage, tensor) -> {
          stages.stage(stage, tensor);
          topLogits.stage(stage, tensor);
        };
    Answer answer = checkRun(golden, round, run, where + run.name(), both, findings);
    if (round.firstStepTopLogits() != null) {
      topLogits.compare(round.firstStepTopLogits(), where + "first logits", logitLimit(), findings);
    }
    if (!recorded.isEmpty()) {
      stages.report(findings);
    }
    checkPages(golden, round, plans, where, findings);
    if (padded != null) {
      checkEqual("padded pixels", padded, paddedPixels(golden), findings);
    }
    if (imageMask != null) {
      checkEqual("image mask", imageMask, imageMask(golden, round, plans, answer), findings);
    }
  }

  private static void checkEqual(String what, float[] expected, float[] found, Findings findings) {
    int at = Arrays.mismatch(expected, found);
    if (at >= 0) {
      findings.differ(what + " part at element " + at + " of " + expected.length);
    }
  }

  /** Sizes and token counts of the images, and their places in the prompt. */
  private static void checkPages(
      GoldenCase golden,
      GoldenCase.Round round,
      List<HdPlan> plans,
      String where,
      Findings findings) {
    for (int i = 0; i < Math.min(golden.imageInfo().size(), plans.size()); i++) {
      ImageCheck.sizes(golden.imageInfo().get(i), plans.get(i), where + "image " + i, findings);
    }
    for (JsonNode segment : GoldenCase.list(round.promptSegments())) {
      if (segment.has("count")) {
        int tokens = plans.get(segment.get("index").asInt()).imageTokens();
        findings.equal(where + "image positions", segment.get("count").asInt(), tokens);
      }
    }
  }

  private List<HdPlan> plans(GoldenCase golden) {
    return golden.images().stream()
        .map(this::decoded)
        .map(image -> HdTransform.plan(image.width(), image.height(), golden.hdNum()))
        .toList();
  }

  private RgbImage decoded(String image) {
    ImageDecoder decoder = new ImageDecoder(EngineOptions.DEFAULT_MAX_IMAGE_PIXELS);
    return decoder.decode(GoldenCase.image(dir, image));
  }

  private float[] paddedPixels(GoldenCase golden) {
    RgbImage image = decoded(golden.images().get(0));
    HdPlan plan = HdTransform.plan(image.width(), image.height(), golden.hdNum());
    byte[] pixels = HdTransform.apply(image, plan).pixels();
    float[] values = new float[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      values[i] = pixels[i] & 255;
    }
    return values;
  }

  /** 1 where the prompt has image tokens. */
  private float[] imageMask(
      GoldenCase golden, GoldenCase.Round round, List<HdPlan> plans, Answer answer) {
    Prompt prompt = engine.prompt(golden.request(dir, round, GenerationOptions.greedy(1)));
    float[] mask = new float[answer.promptTokens()];
    int position = 0;
    for (Segment segment : prompt.segments()) {
      if (segment instanceof Segment.Text text) {
        position += text.ids().length;
      } else if (segment instanceof Segment.Image image) {
        int end = position + plans.get(image.index()).imageTokens();
        Arrays.fill(mask, position, end, 1);
        position = end;
      }
    }
    return mask;
  }

  private void checkError(GoldenCase golden, Findings findings) {
    try {
      GoldenCase.Round round = golden.rounds().get(0);
      Request request = golden.request(dir, round, GenerationOptions.greedy(1));
      Answer answer = answer(request, StageObserver.NONE);
      findings.differ("expected the error " + golden.expectError() + ", got " + answer.text());
    } catch (XComposerException e) {
      findings.note(
          e.getMessage().contains(golden.expectError())
              ? "the expected error"
              : "an error in our words: " + e.getMessage());
    }
  }

  private void checkPrompt(
      GoldenCase golden, GoldenCase.Round round, String where, Findings findings) {
    Prompt prompt = engine.prompt(golden.request(dir, round, GenerationOptions.greedy(1)));
    List<Segment> segments = prompt.segments();
    List<JsonNode> expected = GoldenCase.list(round.promptSegments());
    findings.equal(where + "prompt segments", expected.size(), segments.size());
    for (int i = 0; i < Math.min(expected.size(), segments.size()); i++) {
      String what = where + "prompt segment " + i;
      JsonNode node = expected.get(i);
      if (segments.get(i) instanceof Segment.Image image) {
        findings.equal(what, node.path("index").asInt(-1), image.index());
      } else if (segments.get(i) instanceof Segment.Text text) {
        findings.equalIds(what, GoldenCase.ints(node.path("ids")), text.ids());
      }
    }
  }

  private Answer checkRun(
      GoldenCase golden,
      GoldenCase.Round round,
      GoldenCase.Run run,
      String where,
      StageObserver observer,
      Findings findings) {
    Answer answer = answer(golden.request(dir, round, run.options()), observer);
    int[] ids = answer.tokenIds().stream().mapToInt(Integer::intValue).toArray();
    findings.deviation().run(run.outputIds(), ids);
    findings.equalIds(where, run.outputIds(), ids);
    findings.equal(where + " text", run.text(), answer.text());
    if (run.stoppedBy() != null) {
      findings.equal(where + " stopped by", run.stoppedBy(), answer.finishReason());
    }
    if (round.promptLength() > 0) {
      findings.equal(where + " prompt length", round.promptLength(), answer.promptTokens());
    }
    if (exact() && !Double.isNaN(run.sequenceScore())) {
      findings.near(
          where + " score", run.sequenceScore(), answer.sequenceScore(), BEAM_SCORE_LIMIT);
    }
    return answer;
  }

  private double logitLimit() {
    return exact() ? StageComparison.limit("logits_last") : Double.POSITIVE_INFINITY;
  }

  private boolean exact() {
    return dtype == DType.F32;
  }

  private Answer answer(Request request, StageObserver observer) {
    try {
      return engine.submit(request, text -> {}, observer).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof XComposerException known) {
        throw known;
      }
      throw e;
    }
  }
}
