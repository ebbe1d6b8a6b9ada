package io.xcomposer.model.checkpoint;

import static io.xcomposer.model.checkpoint.Axis.CHANNELS;
import static io.xcomposer.model.checkpoint.Axis.HIDDEN;
import static io.xcomposer.model.checkpoint.Axis.INTERMEDIATE;
import static io.xcomposer.model.checkpoint.Axis.MERGED;
import static io.xcomposer.model.checkpoint.Axis.ONE;
import static io.xcomposer.model.checkpoint.Axis.PATCH;
import static io.xcomposer.model.checkpoint.Axis.RANK;
import static io.xcomposer.model.checkpoint.Axis.VIT_HIDDEN;
import static io.xcomposer.model.checkpoint.Axis.VIT_INTERMEDIATE;
import static io.xcomposer.model.checkpoint.Axis.VIT_POSITIONS;
import static io.xcomposer.model.checkpoint.Axis.VOCAB;
import static io.xcomposer.model.checkpoint.Axis.WQKV;

import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Every tensor of the model (model-spec 3): name, shape in terms of the config, and whether the
 * model uses it. {@code {L}} counts the decoder's layers, {@code {V}} the tower's. All may be BF16,
 * F16 or F32. The one place that knows the whole checkpoint; layers name only what they read.
 */
public final class TensorTable {
  /** Stands for a size that the config does not tell. */
  static final long ANY = -1;

  private static final String VIT = "vit.vision_tower.vision_model.";
  private static final String VIT_LAYER = VIT + "encoder.layers.{V}.";
  private static final String LAYER = "model.layers.{L}.";

  private static final List<Row> ROWS =
      List.of(
          vector("plora_glb_GN", ONE, ONE, MERGED),
          vector("plora_sub_GN", ONE, ONE, ONE, MERGED),
          matrix("model.tok_embeddings.weight", VOCAB, HIDDEN),
          vector(LAYER + "attention_norm.weight", HIDDEN),
          matrix(LAYER + "attention.wqkv.weight", WQKV, HIDDEN),
          matrix(LAYER + "attention.wqkv.Plora_A.weight", RANK, HIDDEN),
          matrix(LAYER + "attention.wqkv.Plora_B.weight", WQKV, RANK),
          matrix(LAYER + "attention.wo.weight", HIDDEN, HIDDEN),
          matrix(LAYER + "attention.wo.Plora_A.weight", RANK, HIDDEN),
          matrix(LAYER + "attention.wo.Plora_B.weight", HIDDEN, RANK),
          vector(LAYER + "ffn_norm.weight", HIDDEN),
          matrix(LAYER + "feed_forward.w1.weight", INTERMEDIATE, HIDDEN),
          matrix(LAYER + "feed_forward.w1.Plora_A.weight", RANK, HIDDEN),
          matrix(LAYER + "feed_forward.w1.Plora_B.weight", INTERMEDIATE, RANK),
          matrix(LAYER + "feed_forward.w3.weight", INTERMEDIATE, HIDDEN),
          matrix(LAYER + "feed_forward.w3.Plora_A.weight", RANK, HIDDEN),
          matrix(LAYER + "feed_forward.w3.Plora_B.weight", INTERMEDIATE, RANK),
          matrix(LAYER + "feed_forward.w2.weight", HIDDEN, INTERMEDIATE),
          matrix(LAYER + "feed_forward.w2.Plora_A.weight", RANK, INTERMEDIATE),
          matrix(LAYER + "feed_forward.w2.Plora_B.weight", HIDDEN, RANK),
          vector("model.norm.weight", HIDDEN),
          matrix("output.weight", VOCAB, HIDDEN),
          vector(VIT + "embeddings.class_embedding", VIT_HIDDEN),
          matrix(VIT + "embeddings.patch_embedding.weight", VIT_HIDDEN, CHANNELS, PATCH, PATCH),
          vector(VIT + "embeddings.position_embedding.weight", VIT_POSITIONS, VIT_HIDDEN),
          vector(VIT + "pre_layrnorm.weight", VIT_HIDDEN),
          vector(VIT + "pre_layrnorm.bias", VIT_HIDDEN),
          vector(VIT_LAYER + "layer_norm1.weight", VIT_HIDDEN),
          vector(VIT_LAYER + "layer_norm1.bias", VIT_HIDDEN),
          matrix(VIT_LAYER + "self_attn.q_proj.weight", VIT_HIDDEN, VIT_HIDDEN),
          vector(VIT_LAYER + "self_attn.q_proj.bias", VIT_HIDDEN),
          matrix(VIT_LAYER + "self_attn.k_proj.weight", VIT_HIDDEN, VIT_HIDDEN),
          vector(VIT_LAYER + "self_attn.k_proj.bias", VIT_HIDDEN),
          matrix(VIT_LAYER + "self_attn.v_proj.weight", VIT_HIDDEN, VIT_HIDDEN),
          vector(VIT_LAYER + "self_attn.v_proj.bias", VIT_HIDDEN),
          matrix(VIT_LAYER + "self_attn.out_proj.weight", VIT_HIDDEN, VIT_HIDDEN),
          vector(VIT_LAYER + "self_attn.out_proj.bias", VIT_HIDDEN),
          vector(VIT_LAYER + "layer_norm2.weight", VIT_HIDDEN),
          vector(VIT_LAYER + "layer_norm2.bias", VIT_HIDDEN),
          matrix(VIT_LAYER + "mlp.fc1.weight", VIT_INTERMEDIATE, VIT_HIDDEN),
          vector(VIT_LAYER + "mlp.fc1.bias", VIT_INTERMEDIATE),
          matrix(VIT_LAYER + "mlp.fc2.weight", VIT_HIDDEN, VIT_INTERMEDIATE),
          vector(VIT_LAYER + "mlp.fc2.bias", VIT_HIDDEN),
          // Some checkpoints have the tower's last norm; the model takes features before it.
          ignored(VIT + "post_layernorm.weight", VIT_HIDDEN),
          ignored(VIT + "post_layernorm.bias", VIT_HIDDEN),
          matrix("vision_proj.0.weight", HIDDEN, MERGED),
          vector("vision_proj.0.bias", HIDDEN),
          matrix("vision_proj.2.weight", HIDDEN, HIDDEN),
          vector("vision_proj.2.bias", HIDDEN));

  /** What the model does with a tensor. */
  public enum Use {
    /** Operand of matrix products, or a table of rows: kept in the dtype of the engine. */
    MATRIX,
    /** Norm, bias, separator or position: kept as F32. */
    VECTOR,
    /** Known to occur, never read, may be absent. */
    IGNORED
  }

  private record Row(String pattern, Use use, List<Axis> axes) {
    Expected expected(String name, XComposerConfig config) {
      return new Expected(name, use, axes, axes.stream().map(axis -> axis.size(config)).toList());
    }
  }

  /**
   * A tensor that a model of a given config has.
   *
   * @param axes the shape in the words of the config
   * @param sizes the shape, {@link #ANY} for the rank of a PLoRA pair
   */
  public record Expected(String name, Use use, List<Axis> axes, List<Long> sizes) {

    /** The shape with {@code rank} in the place of the PLoRA rank, where there is one. */
    public Shape shape(long rank) {
      return Shape.of(sizes.stream().mapToLong(size -> size == ANY ? rank : size).toArray());
    }

    /** Whether one of its sizes is the rank of a PLoRA pair. */
    public boolean hasRank() {
      return sizes.contains(ANY);
    }

    /** Whether {@code shape} is as expected; any rank from 1 on is. */
    boolean fits(Shape shape) {
      return shape.rank() == sizes.size()
          && rankIn(shape) > 0
          && shape.equals(shape(rankIn(shape)));
    }

    /** The PLoRA rank in a shape of the same number of axes; 1 where there is none. */
    long rankIn(Shape shape) {
      return hasRank() ? shape.size(sizes.indexOf(ANY)) : 1;
    }

    /** Sizes and their meaning, as in {@code (14336, rank) = (intermediate_size, rank)}. */
    public String describe() {
      return joined(axis -> sizes.get(axis) == ANY ? "rank" : sizes.get(axis).toString())
          + " = "
          + joined(axis -> axes.get(axis).symbol());
    }

    private String joined(IntFunction<String> part) {
      return IntStream.range(0, sizes.size())
          .mapToObj(part)
          .collect(Collectors.joining(", ", "(", ")"));
    }
  }

  private TensorTable() {}

  /** All tensors of a model of this config, in the order of the table, layer by layer. */
  public static List<Expected> of(XComposerConfig config) {
    List<Expected> all = new ArrayList<>();
    int row = 0;
    while (row < ROWS.size()) {
      int layers = layers(ROWS.get(row), config);
      int end = row;
      while (end < ROWS.size() && sameList(ROWS.get(row), ROWS.get(end))) {
        end++;
      }
      for (int layer = 0; layer < layers; layer++) {
        for (Row each : ROWS.subList(row, end)) {
          all.add(each.expected(each.pattern().replaceAll("\\{[LV]}", "" + layer), config));
        }
      }
      row = end;
    }
    return all;
  }

  /**
   * Compares a checkpoint with the table.
   *
   * @return what is there and what is wrong, see {@link TensorReport}
   */
  public static TensorReport report(Checkpoint checkpoint) {
    return TensorReport.of(checkpoint, of(checkpoint.config()));
  }

  /**
   * Refuses a checkpoint that the model cannot use whole. Unknown and ignored tensors are no fault.
   *
   * @throws io.xcomposer.model.XComposerException CHECKPOINT, with everything missing, misshapen or
   *     of a wrong dtype in one message
   */
  public static void check(Checkpoint checkpoint) {
    report(checkpoint).requireComplete();
  }

  private static int layers(Row row, XComposerConfig config) {
    if (row.pattern().contains("{L}")) {
      return config.numHiddenLayers();
    }
    return row.pattern().contains("{V}") ? config.vision().numHiddenLayers() : 1;
  }

  private static boolean sameList(Row a, Row b) {
    return a.pattern().contains("{L}") == b.pattern().contains("{L}")
        && a.pattern().contains("{V}") == b.pattern().contains("{V}");
  }

  private static Row matrix(String pattern, Axis... axes) {
    return new Row(pattern, Use.MATRIX, List.of(axes));
  }

  private static Row vector(String pattern, Axis... axes) {
    return new Row(pattern, Use.VECTOR, List.of(axes));
  }

  private static Row ignored(String pattern, Axis... axes) {
    return new Row(pattern, Use.IGNORED, List.of(axes));
  }
}
