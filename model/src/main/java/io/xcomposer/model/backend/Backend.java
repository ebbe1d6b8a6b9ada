package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;

/**
 * The seam between the model and a device: memory, and the operations of the model. Passed by
 * constructor, never static. Implementations turn tensors into pointers and call one kernel; they
 * know no layer and no tensor name.
 *
 * <p>Axes: N rows of a step (tokens), C width, V views, P positions of a view, H query heads, KV
 * key/value heads, D head size, S sequences. Activations are row-major and of {@link
 * #activationDtype}. Outputs come first and are written whole; inputs are not changed unless said.
 * Operations of one backend are called from one thread at a time and may be asynchronous until
 * {@link #synchronize} or {@link #download}.
 *
 * <p>Errors: a shape or dtype that does not fit throws {@link IllegalArgumentException} with the
 * operation and both shapes; exhausted memory throws {@link io.xcomposer.model.XComposerException}.
 * Native code is never reached with a bad pointer or size.
 */
public interface Backend extends AutoCloseable {
  /** {@code "cpu"} or {@code "cuda:0"}. */
  String device();

  /** What the device is and which code path it takes, for logs: ISA and threads, or GPU name. */
  String description();

  /** dtype of activations. */
  DType activationDtype();

  // ---- memory

  /** Memory for a tensor, not initialised. The caller closes it. */
  Tensor allocate(DType dtype, Shape shape);

  /**
   * Copies the remaining bytes of {@code source} (little-endian) to the whole of {@code target}.
   */
  void upload(ByteBuffer source, Tensor target);

  /** Copies the whole of {@code source} to {@code target} from its position on; waits for it. */
  void download(Tensor source, ByteBuffer target);

  /** {@code target = source}, same number of bytes, both on the device. */
  void copy(Tensor source, Tensor target);

  /** Waits until all operations so far are done. */
  void synchronize();

  // ---- weights

  /**
   * Lays a weight out for {@link #linear}, reading {@code weight} piece by piece.
   *
   * @param bias (out) F32, kept by reference until the packed weight is closed; null without bias
   * @param dtype F32, BF16, INT8 or INT4: how to keep the weight. With INT8 a row of the weight is
   *     a scale times integers -127 .. 127, with INT4 a scale times multipliers 1 .. 127 of groups
   *     of 32 inputs times integers -8 .. 7; {@link #linear} then rounds each row of its input to
   *     integers -127 .. 127 times a scale, and multiplies and adds integers. A row, of the input
   *     or of the weight, with a value that is not finite answers NaN.
   */
  PackedWeight pack(WeightSource weight, Tensor bias, DType dtype);

  // ---- linear

  /** {@code out[n] = W·x[n] + b}. out (N, out), x (N, in). */
  void linear(Tensor out, Tensor x, PackedWeight weight);

  /** {@code out[n] += scale·(W·x[n])}, the low-rank half of PLoRA. out (N, out), x (N, in). */
  void linearAdd(Tensor out, Tensor x, PackedWeight weight, float scale);

  // ---- element by element

  /** {@code x += y}, same shapes. */
  void add(Tensor x, Tensor y);

  /** {@code x = x·sigmoid(1.702·x)}. */
  void quickGelu(Tensor x);

  /** {@code x = x·Φ(x)}, exact (erf). */
  void gelu(Tensor x);

  /** {@code gate = silu(gate)·up}, same shapes. */
  void siluMultiply(Tensor gate, Tensor up);

  // ---- norms

  /** Layer norm of each row. out, x (N, C); weight, bias (C) F32. out may be x. */
  void layerNorm(Tensor out, Tensor x, Tensor weight, Tensor bias, float epsilon);

  /** {@code out[n] = x[n]/sqrt(mean(x[n]²) + ε)·weight}. out, x (N, C); weight (C) F32. */
  void rmsNorm(Tensor out, Tensor x, Tensor weight, float epsilon);

  // ---- rows

  /** {@code out[n] = table[ids[n]]}. out (N, C); table (R, C) F32 or BF16; ids (N), host. */
  void gatherRows(Tensor out, Tensor table, int[] ids);

  /**
   * Cuts views into patches: row (v, i, j) is patch (i, j) of view v in the order of the patch
   * convolution's weight (channel, y, x).
   *
   * @param out (V·(S/p)², 3·p·p)
   * @param views (V, 3, S, S)
   */
  void patchify(Tensor out, Tensor views, int patch);

  /**
   * The tower's input: class embedding in front of the patches, positions added.
   *
   * @param out (V, P, C)
   * @param patches (V, P - 1, C)
   * @param classEmbedding (C) F32
   * @param positionEmbedding (P, C) F32
   */
  void embedPatches(Tensor out, Tensor patches, Tensor classEmbedding, Tensor positionEmbedding);

  /**
   * The 2×2 merge of one tile row (model-spec 4.7): drops the class token, concatenates patches
   * (2i,2j), (2i,2j+1), (2i+1,2j), (2i+1,2j+1) of a cell and puts {@code separator} behind each row
   * of cells, which spans all the views given.
   *
   * @param out (g/2·(V·g/2 + 1), 4·C), g patches along the edge of a view
   * @param features (V, 1 + g·g, C): the views of one tile row, left to right
   * @param separator (4·C) F32
   */
  void mergeTiles(Tensor out, Tensor features, Tensor separator);

  // ---- attention

  /**
   * Attention of the tower: each view by itself, no mask, {@code softmax(scale·q·kᵀ)·v}.
   *
   * @param out (V·P, H·D)
   * @param qkv (V·P, 3·H·D): queries, keys and values of a position side by side
   * @param products F32, or BF16: a backend that multiplies bf16 may round queries, keys, values
   *     and softmax weights to it, with sums in float
   */
  void attention(Tensor out, Tensor qkv, int views, int heads, float scale, DType products);

  /** Tokens in a block of every {@link KvCache} of this backend. */
  int kvBlockTokens();

  /** Memory for keys and values. dtype F32 or BF16. The caller closes it. */
  KvCache allocateKvCache(int layers, int blocks, int kvHeads, int headDim, DType dtype);

  /** Copies blocks {@code from[i]} to {@code to[i]} in all layers. The two sets are disjoint. */
  void copyBlocks(KvCache cache, int[] from, int[] to);

  /**
   * Rotates queries and keys (half-split form, model-spec 5.2) and appends keys and values to the
   * cache.
   *
   * @param q out (N, H·D): rotated queries, head by head
   * @param wqkv (N, KV·(H/KV + 2)·D): grouped per key/value head: H/KV query heads, a key head, a
   *     value head (model-spec 3)
   * @param cosSin (T, D) F32: row p holds D/2 cosines, then D/2 sines of position p
   */
  void rotaryAppend(
      Tensor q, Tensor wqkv, Tensor cosSin, KvCache cache, int layer, SequenceBatch batch);

  /**
   * Causal attention over the pages of each sequence: a row attends to its own position and all
   * before it. Query head h reads key/value head h / (H/KV). Never materialises N×N.
   *
   * @param out (N, H·D)
   * @param q (N, H·D)
   */
  void pagedAttention(
      Tensor out, Tensor q, KvCache cache, int layer, SequenceBatch batch, float scale);

  // ---- logits

  /** {@code x[n] = x[n] - log Σ exp(x[n])}, in place. x (N, C) F32. */
  void logSoftmax(Tensor x);

  /**
   * The k largest entries of each row, best first; of equal ones the lower index first. NaN ranks
   * below everything.
   *
   * @param values host, (N·k)
   * @param indices host, (N·k)
   */
  void topK(float[] values, int[] indices, Tensor x, int k);

  /**
   * Repetition penalty on chosen entries: {@code x < 0 ? x·penalty : x/penalty} for each id once.
   *
   * @param x (N, C) F32, changed in place
   * @param ids (N) lists of distinct ids, host
   */
  void penalize(Tensor x, int[][] ids, float penalty);

  @Override
  void close();
}
