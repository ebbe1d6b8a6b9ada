package io.xcomposer.spark.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.xcomposer.spark.conf.ConfEntry;
import io.xcomposer.spark.conf.ConfKeys;
import io.xcomposer.spark.conf.XComposerConf;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Everything that an answer depends on besides the row: the model's files, the type of numbers, the
 * prompt and the search. What only changes how fast it comes is not among it.
 *
 * @param values by name, as in docs/configuration.md
 */
record JobSettings(Map<String, String> values) {
  /** The settings' column in the output. */
  static final String FINGERPRINT = "xc_fingerprint";

  private static final List<ConfEntry<?>> ANSWER_KEYS =
      List.of(
          ConfKeys.DTYPE,
          ConfKeys.MAX_IMAGE_PIXELS,
          ConfKeys.HD_NUM,
          ConfKeys.PROMPT_STYLE,
          ConfKeys.SPECIAL_TEXT,
          ConfKeys.META_INSTRUCTION,
          ConfKeys.MAX_NEW_TOKENS,
          ConfKeys.NUM_BEAMS,
          ConfKeys.REPETITION_PENALTY,
          ConfKeys.LENGTH_PENALTY,
          ConfKeys.EARLY_STOPPING,
          ConfKeys.DO_SAMPLE,
          ConfKeys.TEMPERATURE,
          ConfKeys.TOP_K,
          ConfKeys.TOP_P,
          ConfKeys.SEED);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_NOTE_BYTES = 1 << 20;
  private static final int FINGERPRINT_DIGITS = 32;

  JobSettings {
    values = new TreeMap<>(values);
  }

  /**
   * The settings of a plan.
   *
   * @param model what names the content of the model's files
   */
  static JobSettings of(AnswerPlan plan, XComposerConf conf, String model, String imageColumn) {
    Map<String, String> values = new TreeMap<>();
    values.put("model", model);
    ANSWER_KEYS.forEach(key -> values.put(key.name(), String.valueOf(conf.get(key))));
    values.put("question", plan.question().toString());
    values.put("image-column", imageColumn);
    values.put(
        "key",
        plan.keyColumns().isEmpty() ? "hash of the row" : String.join(",", plan.keyColumns()));
    values.put("build", plan.build());
    return new JobSettings(values);
  }

  /** 32 hexadecimal digits. */
  String fingerprint() {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(json().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash).substring(0, FINGERPRINT_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private String json() {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(values);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("texts are always JSON", e);
    }
  }

  /** Names and values of what is different, other value first. */
  List<String> differences(JobSettings other) {
    List<String> differences = new ArrayList<>();
    Map<String, String> all = new TreeMap<>(values);
    all.putAll(other.values);
    for (String name : all.keySet()) {
      String before = other.values.get(name);
      String now = values.get(name);
      if (!String.valueOf(before).equals(String.valueOf(now))) {
        differences.add(name + " was " + before + " and is " + now);
      }
    }
    return differences;
  }

  /** Leaves these settings with the output, for {@link #read} by later jobs. */
  void write(FileSystem files, Path notes) throws IOException {
    try (OutputStream out = files.create(file(notes, fingerprint()), true)) {
      out.write(json().getBytes(StandardCharsets.UTF_8));
    }
  }

  /** The settings that have a fingerprint, if a job has left them. */
  static Optional<JobSettings> read(FileSystem files, Path notes, String fingerprint)
      throws IOException {
    Path file = file(notes, fingerprint);
    if (!fingerprint.matches("[0-9a-f]+") || !files.exists(file)) {
      return Optional.empty();
    }
    try (InputStream in = files.open(file)) {
      return Optional.of(
          new JobSettings(
              JSON.readValue(
                  in.readNBytes(MAX_NOTE_BYTES), new TypeReference<Map<String, String>>() {})));
    }
  }

  private static Path file(Path notes, String fingerprint) {
    return new Path(notes, "settings-" + fingerprint + ".json");
  }
}
