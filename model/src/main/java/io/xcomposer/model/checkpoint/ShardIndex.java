package io.xcomposer.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.xcomposer.model.Errors;
import io.xcomposer.model.config.StrictJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Which file holds which tensor: from an index file, or all from the one file there is.
 *
 * @param source the file that said so, for errors
 * @param fileOf by tensor name; null when everything is in {@code source}
 */
record ShardIndex(Path dir, String source, Map<String, String> fileOf) {
  private static final int MAX_INDEX_BYTES = 8 << 20;
  private static final int MAX_FILES = 1024;
  private static final List<String> SOURCES =
      List.of(
          "model.safetensors.index.json",
          "model.safetensors",
          "pytorch_model.bin.index.json",
          "pytorch_model.bin");

  /** The first of the known files that the folder has. */
  static ShardIndex find(Path dir) {
    for (String source : SOURCES) {
      if (Files.exists(dir.resolve(source))) {
        return new ShardIndex(dir, source, source.endsWith(".json") ? read(dir, source) : null);
      }
    }
    throw Errors.checkpoint(
        dir.toString(),
        "it has no weights: none of " + String.join(", ", SOURCES),
        "give the folder of a complete checkpoint");
  }

  /** Opens every file, adds it to {@code opened}, and returns the tensors of the index. */
  NavigableMap<String, StoredTensor> open(List<TensorFile> opened) {
    if (fileOf == null) {
      TensorFile file = openFile(source);
      opened.add(file);
      return new TreeMap<>(file.tensors());
    }
    Map<String, TensorFile> files = new HashMap<>();
    NavigableMap<String, StoredTensor> tensors = new TreeMap<>();
    fileOf.forEach(
        (name, fileName) -> {
          TensorFile file = files.get(fileName);
          if (file == null) {
            file = openFile(fileName);
            files.put(fileName, file);
            opened.add(file);
          }
          tensors.put(name, tensorOf(file, fileName, name));
        });
    return tensors;
  }

  private TensorFile openFile(String fileName) {
    Path path = dir.resolve(fileName);
    if (!Files.isRegularFile(path)) {
      throw Errors.checkpoint(
          fileName,
          Files.exists(path) ? "not a regular file" : "named in " + source + " but not there",
          "download the missing file into the model folder");
    }
    return fileName.endsWith(".safetensors") ? SafetensorsFile.open(path) : TorchZipFile.open(path);
  }

  private StoredTensor tensorOf(TensorFile file, String fileName, String name) {
    StoredTensor tensor = file.tensors().get(name);
    if (tensor == null) {
      throw Errors.checkpoint(
          fileName,
          "it lacks the tensor " + StrictJson.shortened(name) + ", which " + source + " puts there",
          "download index and weights of one checkpoint again");
    }
    return tensor;
  }

  private static Map<String, String> read(Path dir, String source) {
    ObjectNode index = StrictJson.read(dir.resolve(source), MAX_INDEX_BYTES);
    if (!(index.get("weight_map") instanceof ObjectNode map) || map.isEmpty()) {
      throw Errors.checkpoint(
          source, "weight_map is missing, empty or no object", "download the index again");
    }
    Map<String, String> fileOf = new TreeMap<>();
    map.fields().forEachRemaining(entry -> fileOf.put(entry.getKey(), fileName(source, entry)));
    if (fileOf.values().stream().distinct().count() > MAX_FILES) {
      throw Errors.checkpoint(
          source, "it names more than " + MAX_FILES + " files", "download the index again");
    }
    return fileOf;
  }

  /** A plain file name: an index must not lead out of its folder. */
  private static String fileName(String source, Map.Entry<String, JsonNode> entry) {
    String name = entry.getValue().isTextual() ? entry.getValue().textValue() : "";
    String extension = source.startsWith("model.") ? ".safetensors" : ".bin";
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,200}") || !name.endsWith(extension)) {
      throw Errors.checkpoint(
          source,
          "weight_map."
              + StrictJson.shortened(entry.getKey())
              + " = "
              + StrictJson.shortened(entry.getValue().toString())
              + " is not the name of a "
              + extension
              + " file in the model folder",
          "download the index again");
    }
    return name;
  }
}
