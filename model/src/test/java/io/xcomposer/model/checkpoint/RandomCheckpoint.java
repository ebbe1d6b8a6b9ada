package io.xcomposer.model.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.xcomposer.model.backend.WeightSource;
import io.xcomposer.model.config.VisionConfig;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a checkpoint of random BF16 weights, streamed, so that memory does not limit its size:
 *
 * <pre>
 * RandomCheckpoint SHAPE FOLDER [bin|safetensors] [TOKENIZER_FOLDER]
 * ./mvnw -q -pl model -am -Prandom-checkpoint -Dshape=7b -Dto=FOLDER process-test-classes
 * </pre>
 *
 * SHAPE is {@code 7b}, {@code mini}, {@code tiny} or a config.json. The tokenizer's files are
 * copied; its vocabulary may be smaller than the model's.
 */
public final class RandomCheckpoint {
  private static final long SHARD_BYTES = 10_000_000_000L;
  private static final long CHUNK_BYTES = 8 << 20;
  private static final List<String> TOKENIZER_FILES =
      List.of(
          "tokenizer.model",
          "tokenizer_config.json",
          "added_tokens.json",
          "special_tokens_map.json",
          "generation_config.json");

  /** File format of the weights. */
  public enum Format {
    BIN("pytorch_model", ".bin"),
    SAFETENSORS("model", ".safetensors");

    private final String stem;
    private final String extension;

    Format(String stem, String extension) {
      this.stem = stem;
      this.extension = extension;
    }
  }

  private final RandomWeights weights;
  private final Path dir;
  private final Format format;
  private final long shardBytes;

  public RandomCheckpoint(RandomWeights weights, Path dir, Format format, long shardBytes) {
    this.weights = weights;
    this.dir = dir;
    this.format = format;
    this.shardBytes = shardBytes;
  }

  public static void main(String[] arguments) throws IOException {
    if (arguments.length < 2 || arguments.length > 4) {
      throw new IllegalArgumentException(
          "usage: RandomCheckpoint 7b|mini|tiny|CONFIG.json FOLDER [bin|safetensors] [TOKENIZER]");
    }
    Path dir = Path.of(arguments[1]);
    String format = arguments.length > 2 ? arguments[2] : "bin";
    RandomWeights weights = new RandomWeights(XComposerConfig.ofShape(arguments[0]), 1);
    new RandomCheckpoint(weights, dir, formatOf(format), SHARD_BYTES).write();
    if (arguments.length > 3) {
      copyTokenizer(Path.of(arguments[3]), dir);
    }
    System.out.println("wrote " + dir);
  }

  /** Writes config, index and shards. */
  public void write() throws IOException {
    Files.createDirectories(dir);
    ObjectMapper mapper = new ObjectMapper();
    mapper
        .writerWithDefaultPrettyPrinter()
        .writeValue(dir.resolve("config.json").toFile(), configJson(mapper, weights.config()));
    List<List<String>> shards = shards();
    ObjectNode index = mapper.createObjectNode();
    long total = 0;
    ObjectNode map = mapper.createObjectNode();
    for (int i = 0; i < shards.size(); i++) {
      String stem = String.format("%s-%05d-of-%05d", format.stem, i + 1, shards.size());
      writeShard(stem, shards.get(i));
      for (String name : shards.get(i)) {
        map.put(name, stem + format.extension);
        total += bytes(name);
      }
    }
    index.putObject("metadata").put("total_size", total);
    index.set("weight_map", map);
    String indexName = format.stem + format.extension + ".index.json";
    mapper.writerWithDefaultPrettyPrinter().writeValue(dir.resolve(indexName).toFile(), index);
  }

  private List<List<String>> shards() {
    List<List<String>> shards = new ArrayList<>();
    long free = 0;
    for (String name : weights.shapes().keySet()) {
      if (shards.isEmpty() || bytes(name) > free) {
        shards.add(new ArrayList<>());
        free = shardBytes;
      }
      shards.get(shards.size() - 1).add(name);
      free -= bytes(name);
    }
    return shards;
  }

  private void writeShard(String stem, List<String> names) throws IOException {
    Path path = dir.resolve(stem + format.extension);
    if (format == Format.SAFETENSORS) {
      writeSafetensors(path, names);
      return;
    }
    try (StoredZipWriter zip = StoredZipWriter.create(path)) {
      zip.entry(stem + "/data.pkl", pickle(names));
      for (int key = 0; key < names.size(); key++) {
        String name = names.get(key);
        zip.entry(stem + "/data/" + key, bytes(name), target -> stream(name, target));
      }
      zip.entry(stem + "/version", "3\n".getBytes(StandardCharsets.UTF_8));
    }
  }

  private byte[] pickle(List<String> names) {
    PickleWriter pickle = PickleWriter.begin().emptyDict().mark();
    for (int key = 0; key < names.size(); key++) {
      Shape shape = weights.shape(names.get(key));
      Layout layout = Layout.rowMajor(shape.toArray());
      long[] strides = new long[shape.rank()];
      for (int axis = 0; axis < strides.length; axis++) {
        strides[axis] = layout.stride(axis);
      }
      pickle.text(names.get(key));
      pickle.tensor("BFloat16Storage", "" + key, shape.elements(), 0, shape.toArray(), strides);
    }
    return pickle.op('u').stop();
  }

  private void writeSafetensors(Path path, List<String> names) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode header = mapper.createObjectNode();
    header.putObject("__metadata__").put("format", "pt");
    long offset = 0;
    for (String name : names) {
      ObjectNode entry = header.putObject(name).put("dtype", "BF16");
      entry.set("shape", mapper.valueToTree(weights.shape(name).toArray()));
      entry.putArray("data_offsets").add(offset).add(offset + bytes(name));
      offset += bytes(name);
    }
    byte[] json = mapper.writeValueAsBytes(header);
    try (FileChannel file =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      file.write(length.putLong(0, json.length));
      file.write(ByteBuffer.wrap(json));
      for (String name : names) {
        stream(name, file);
      }
    }
  }

  private void stream(String name, WritableByteChannel target) throws IOException {
    try (WeightSource source = weights.matrix(name)) {
      long rowBytes = source.in() * source.dtype().bytes();
      long step = Math.max(1, CHUNK_BYTES / rowBytes);
      for (long row = 0; row < source.out(); row += step) {
        ByteBuffer rows = source.rows(row, Math.min(step, source.out() - row));
        while (rows.hasRemaining()) {
          target.write(rows);
        }
      }
    }
  }

  private long bytes(String name) {
    return weights.shape(name).elements() * StoredDType.BF16.bytes();
  }

  /** The config file of such a model, as on the hub. */
  static ObjectNode configJson(ObjectMapper mapper, XComposerConfig config) {
    ObjectNode json = mapper.createObjectNode();
    json.putArray("architectures").add("InternLM2ForCausalLM");
    json.put("bias", false).put("bos_token_id", config.bosTokenId());
    json.put("eos_token_id", config.eosTokenId()).put("hidden_act", "silu");
    json.put("hidden_size", config.hiddenSize()).put("initializer_range", 0.02);
    json.put("intermediate_size", config.intermediateSize());
    json.put("max_length", config.maxLength());
    json.put("max_position_embeddings", config.maxPositionEmbeddings());
    json.put("model_type", "internlmxcomposer2");
    json.put("num_attention_heads", config.numAttentionHeads());
    json.put("num_hidden_layers", config.numHiddenLayers());
    json.put("num_key_value_heads", config.numKeyValueHeads());
    json.put("pad_token_id", config.padTokenId()).put("rms_norm_eps", config.rmsNormEps());
    json.putNull("rope_scaling").put("rope_theta", config.ropeTheta());
    json.put("tie_word_embeddings", false).put("torch_dtype", "bfloat16");
    json.put("use_cache", false).put("vocab_size", config.vocabSize());
    VisionConfig vision = config.vision();
    if (!vision.equals(VisionConfig.clipL336())) {
      ObjectNode vit = json.putObject("vision_config").put("hidden_act", "quick_gelu");
      vit.put("hidden_size", vision.hiddenSize()).put("image_size", vision.imageSize());
      vit.put("intermediate_size", vision.intermediateSize());
      vit.put("layer_norm_eps", vision.layerNormEps());
      vit.put("num_attention_heads", vision.numAttentionHeads()).put("num_channels", 3);
      vit.put("num_hidden_layers", vision.numHiddenLayers());
      vit.put("patch_size", vision.patchSize());
    }
    return json;
  }

  private static void copyTokenizer(Path from, Path to) throws IOException {
    for (String name : TOKENIZER_FILES) {
      if (Files.exists(from.resolve(name))) {
        Files.copy(from.resolve(name), to.resolve(name), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static Format formatOf(String text) {
    return switch (text) {
      case "bin" -> Format.BIN;
      case "safetensors" -> Format.SAFETENSORS;
      default -> throw new IllegalArgumentException("format " + text + ": bin or safetensors");
    };
  }
}
