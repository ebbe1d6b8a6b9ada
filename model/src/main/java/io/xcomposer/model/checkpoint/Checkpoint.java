package io.xcomposer.model.checkpoint;

import io.xcomposer.model.Errors;
import io.xcomposer.model.backend.WeightSource;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedSet;

/**
 * A model folder in the layout of the hub: {@code config.json} and the weights, in one file or in
 * shards with an index. Opening reads and checks configuration and directories of all files, not
 * the weights themselves; those are mapped when asked for.
 *
 * <p>Thread-safe. Closing it closes the files; sources of rows are closed by who asked for them.
 */
public final class Checkpoint implements Weights, AutoCloseable {
  private final Path dir;
  private final XComposerConfig config;
  private final List<TensorFile> files;
  private final NavigableMap<String, StoredTensor> tensors;

  private Checkpoint(
      Path dir,
      XComposerConfig config,
      List<TensorFile> files,
      NavigableMap<String, StoredTensor> tensors) {
    this.dir = dir;
    this.config = config;
    this.files = files;
    this.tensors = Collections.unmodifiableNavigableMap(tensors);
  }

  /**
   * Opens a folder. The first of these is taken: {@code model.safetensors.index.json}, {@code
   * model.safetensors}, {@code pytorch_model.bin.index.json}, {@code pytorch_model.bin}.
   *
   * @throws io.xcomposer.model.XComposerException CHECKPOINT, naming the file and what is wrong
   */
  public static Checkpoint open(Path dir) {
    if (!Files.isDirectory(dir)) {
      throw Errors.checkpoint(
          dir.toString(), "not a folder", "give the folder that holds config.json and the weights");
    }
    XComposerConfig config = XComposerConfig.read(dir);
    List<TensorFile> files = new ArrayList<>();
    boolean opened = false;
    try {
      NavigableMap<String, StoredTensor> tensors = ShardIndex.find(dir).open(files);
      opened = true;
      return new Checkpoint(dir, config, files, tensors);
    } finally {
      if (!opened) {
        files.forEach(TensorFile::close);
      }
    }
  }

  /** The folder. */
  public Path dir() {
    return dir;
  }

  @Override
  public XComposerConfig config() {
    return config;
  }

  /** Names of all tensors. */
  public SortedSet<String> names() {
    return tensors.navigableKeySet();
  }

  @Override
  public boolean contains(String name) {
    return tensors.containsKey(name);
  }

  /**
   * A tensor by name.
   *
   * @throws io.xcomposer.model.XComposerException CHECKPOINT when there is none
   */
  public StoredTensor tensor(String name) {
    StoredTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw Errors.checkpoint(
          dir.toString(), "it has no tensor " + name, "use a complete checkpoint of this model");
    }
    return tensor;
  }

  @Override
  public Shape shape(String name) {
    return tensor(name).shape();
  }

  @Override
  public WeightSource matrix(String name) {
    return tensor(name).matrix();
  }

  @Override
  public float[] floats(String name) {
    return tensor(name).floats();
  }

  /** Bytes of the elements of all tensors. */
  public long bytes() {
    return tensors.values().stream().mapToLong(StoredTensor::bytes).sum();
  }

  /**
   * Names these weights, for caches of what was made from them: 64 hexadecimal digits over the
   * configuration, every tensor's name, dtype and shape, and up to 12 KiB of each tensor's bytes
   * from its begin, middle and end. Copying or moving the folder keeps it.
   *
   * <p>A sample, because a hash of 17 GB would take longer than loading them. Training moves all
   * weights, so two trained checkpoints differ in the samples; an edit of single numbers elsewhere
   * would go unseen, and this is no proof against somebody who wants to deceive.
   */
  public String fingerprint() {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
    update(digest, config.toString());
    for (StoredTensor tensor : tensors.values()) {
      update(digest, tensor.name() + '\0' + tensor.dtype() + tensor.shape());
      tensor.sample(digest);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public void close() {
    files.forEach(TensorFile::close);
  }

  private static void update(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
    digest.update(bytes);
  }
}
