package io.xcomposer.model.checkpoint;

import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.config.StrictJson;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A file of {@code torch.save}: a zip of one folder with {@code data.pkl}, which describes the
 * tensors, and {@code data/<key>}, the storages (model-spec 1).
 */
final class TorchZipFile implements TensorFile {
  private static final int ZIP_SIGNATURE = 0x04034b50;
  private static final int MAX_PICKLE_BYTES = 16 << 20;
  private static final int MAX_TENSORS = 1 << 16;
  private static final int MAX_NAME_LENGTH = 512;

  private final DataFile file;
  private final Map<String, StoredTensor> tensors;

  private TorchZipFile(DataFile file, Map<String, StoredTensor> tensors) {
    this.file = file;
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /** Opens a file, reads its pickle and checks that all tensors lie inside their storages. */
  static TorchZipFile open(Path path) {
    DataFile file = DataFile.open(path);
    boolean opened = false;
    try {
      requireZip(file);
      TorchZipFile result = new TorchZipFile(file, read(file));
      opened = true;
      return result;
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  @Override
  public Map<String, StoredTensor> tensors() {
    return tensors;
  }

  @Override
  public void close() {
    file.close();
  }

  private static void requireZip(DataFile file) {
    ByteBuffer head = file.readNumbers(0, (int) Math.min(file.size(), Integer.BYTES));
    if (head.remaining() < Integer.BYTES || head.getInt(0) != ZIP_SIGNATURE) {
      throw Errors.checkpoint(
          file.name(),
          "not a zip of torch.save; the older plain pickle format is not read",
          "save it again with a torch of version 1.6 or later");
    }
  }

  private static Map<String, StoredTensor> read(DataFile file) {
    Map<String, ZipDirectory.Entry> entries = ZipDirectory.read(file);
    ZipDirectory.Entry pickle = pickle(file, entries);
    String folder = pickle.name().substring(0, pickle.name().length() - "data.pkl".length());
    requireLittleEndian(file, entries.get(folder + "byteorder"));
    if (pickle.size() > MAX_PICKLE_BYTES) {
      throw broken(file, "its data.pkl has more than " + MAX_PICKLE_BYTES + " bytes");
    }
    Map<String, PickleValue.Tensor> described =
        RestrictedUnpickler.tensors(
            file.name(), file.readNumbers(pickle.offset(), (int) pickle.size()));
    if (described.size() > MAX_TENSORS) {
      throw broken(file, "it has more than " + MAX_TENSORS + " tensors");
    }
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    described.forEach(
        (name, tensor) ->
            tensors.put(
                name, place(file, name, tensor, entries.get(dataName(folder, tensor.storage())))));
    return tensors;
  }

  private static String dataName(String folder, PickleValue.Storage storage) {
    return folder + "data/" + storage.key();
  }

  /** The folder is named after the file that was saved, so it is found, not assumed. */
  private static ZipDirectory.Entry pickle(DataFile file, Map<String, ZipDirectory.Entry> entries) {
    List<ZipDirectory.Entry> found =
        entries.values().stream()
            .filter(entry -> entry.name().matches("[^/]+/data\\.pkl"))
            .toList();
    if (found.size() != 1) {
      throw broken(file, "it has " + found.size() + " entries <folder>/data.pkl instead of one");
    }
    return found.get(0);
  }

  private static void requireLittleEndian(DataFile file, ZipDirectory.Entry byteOrder) {
    if (byteOrder == null) {
      return;
    }
    byte[] bytes = file.read(byteOrder.offset(), (int) Math.min(byteOrder.size(), 16));
    if (!new String(bytes, StandardCharsets.ISO_8859_1).equals("little")) {
      throw Errors.checkpoint(
          file.name(), "its byte order is not little", "save it on a little-endian machine");
    }
  }

  private static StoredTensor place(
      DataFile file, String name, PickleValue.Tensor tensor, ZipDirectory.Entry data) {
    PickleValue.Storage storage = tensor.storage();
    String shown = StrictJson.shortened(name);
    if (name.length() > MAX_NAME_LENGTH) {
      throw broken(file, "a tensor name is longer than " + MAX_NAME_LENGTH + " characters");
    }
    if (data == null) {
      throw broken(
          file,
          "the storage " + StrictJson.shortened(storage.key()) + " of " + shown + " is missing");
    }
    // No overflow: elements is at most the entry's size here.
    if (storage.elements() < 0
        || storage.elements() > data.size()
        || storage.elements() * storage.dtype().bytes() != data.size()) {
      throw broken(
          file,
          "the storage of "
              + shown
              + " has "
              + data.size()
              + " bytes, not "
              + storage.elements()
              + " elements of "
              + storage.dtype());
    }
    long position = data.offset() + tensor.offset() * storage.dtype().bytes();
    return new StoredTensor(name, file, storage.dtype(), tensor.layout(), position);
  }

  private static XComposerException broken(DataFile file, String problem) {
    return Errors.checkpoint(file.name(), problem, "download the file again");
  }
}
