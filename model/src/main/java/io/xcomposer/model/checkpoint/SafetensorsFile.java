package io.xcomposer.model.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.config.StrictJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A safetensors file: 8 bytes little-endian header length, a JSON header, the data. Every tensor
 * names its dtype, shape and bytes {@code [begin, end)} of the data; together they must cover the
 * data without hole or overlap.
 */
public final class SafetensorsFile implements TensorFile {
  private static final int LENGTH_BYTES = 8;
  private static final int MAX_HEADER_BYTES = 100_000_000;
  private static final int MAX_TENSORS = 1 << 16;
  private static final int MAX_NAME_LENGTH = 512;

  private final DataFile file;
  private final Map<String, StoredTensor> tensors;

  private SafetensorsFile(DataFile file, Map<String, StoredTensor> tensors) {
    this.file = file;
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /** Opens a file and checks its header. */
  public static SafetensorsFile open(Path path) {
    DataFile file = DataFile.open(path);
    boolean opened = false;
    try {
      SafetensorsFile result = new SafetensorsFile(file, new HeaderReader(file).read());
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

  private record Entry(String name, StoredDType dtype, Layout layout, long begin, long end) {}

  /** One pass over the header; nothing is kept but the entries. */
  private static final class HeaderReader {
    private final DataFile file;
    private final List<Entry> entries = new ArrayList<>();

    HeaderReader(DataFile file) {
      this.file = file;
    }

    Map<String, StoredTensor> read() {
      int headerBytes = headerBytes();
      String json = StrictJson.text(file.name(), file.read(LENGTH_BYTES, headerBytes));
      if (!json.startsWith("{")) {
        throw broken("the header does not start with {");
      }
      try (JsonParser parser = StrictJson.FACTORY.createParser(json)) {
        parser.nextToken();
        readEntries(parser);
        if (parser.nextToken() != null) {
          throw broken("text follows the JSON of the header");
        }
      } catch (JsonProcessingException e) {
        throw StrictJson.invalid(file.name(), e);
      } catch (IOException e) {
        throw new UncheckedIOException("a string cannot be read", e);
      }
      return place(LENGTH_BYTES + (long) headerBytes);
    }

    private int headerBytes() {
      if (file.size() < LENGTH_BYTES) {
        throw broken("a file of " + file.size() + " bytes has no header");
      }
      long length = file.readNumbers(0, LENGTH_BYTES).getLong(0);
      if (length < 2 || length > MAX_HEADER_BYTES || length > file.size() - LENGTH_BYTES) {
        throw broken(
            "a header of "
                + Long.toUnsignedString(length)
                + " bytes is impossible in a file of "
                + file.size()
                + " bytes (at most "
                + MAX_HEADER_BYTES
                + ")");
      }
      return (int) length;
    }

    private void readEntries(JsonParser parser) throws IOException {
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        if (name.length() > MAX_NAME_LENGTH) {
          throw broken("a tensor name is longer than " + MAX_NAME_LENGTH + " characters");
        }
        if (parser.nextToken() != JsonToken.START_OBJECT) {
          throw broken("the entry " + StrictJson.shortened(name) + " is not an object");
        }
        if (name.equals("__metadata__")) {
          parser.skipChildren();
        } else {
          if (entries.size() == MAX_TENSORS) {
            throw broken("more than " + MAX_TENSORS + " tensors");
          }
          entries.add(readEntry(name, parser));
        }
      }
    }

    private Entry readEntry(String name, JsonParser parser) throws IOException {
      StoredDType dtype = null;
      long[] sizes = null;
      long[] offsets = null;
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String key = parser.currentName();
        parser.nextToken();
        switch (key) {
          case "dtype" -> dtype = dtype(name, parser);
          case "shape" -> sizes = integers(name, key, parser, Layout.MAX_RANK);
          case "data_offsets" -> offsets = integers(name, key, parser, 2);
          default -> throw broken(name, "has the unknown field " + StrictJson.shortened(key));
        }
      }
      if (dtype == null || sizes == null || offsets == null || offsets.length != 2) {
        throw broken(name, "needs dtype, shape and two data_offsets");
      }
      return entry(name, dtype, sizes, offsets);
    }

    private Entry entry(String name, StoredDType dtype, long[] sizes, long[] offsets) {
      Layout layout;
      long bytes;
      try {
        layout = Layout.rowMajor(sizes);
        bytes = Math.multiplyExact(layout.elements(), dtype.bytes());
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw broken(name, "has an impossible shape (" + e.getMessage() + ")");
      }
      if (offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] - offsets[0] != bytes) {
        throw broken(
            name,
            "with "
                + dtype
                + " "
                + layout.shape()
                + " needs "
                + bytes
                + " bytes, not bytes "
                + offsets[0]
                + ".."
                + offsets[1]);
      }
      return new Entry(name, dtype, layout, offsets[0], offsets[1]);
    }

    private StoredDType dtype(String name, JsonParser parser) throws IOException {
      if (parser.currentToken() == JsonToken.VALUE_STRING) {
        for (StoredDType dtype : StoredDType.values()) {
          if (dtype.name().equals(parser.getText())) {
            return dtype;
          }
        }
      }
      throw broken(name, "has the unknown dtype " + StrictJson.shortened(parser.getText()));
    }

    private long[] integers(String name, String key, JsonParser parser, int most)
        throws IOException {
      if (parser.currentToken() != JsonToken.START_ARRAY) {
        throw broken(name, "has no list as " + key);
      }
      long[] values = new long[most];
      int count = 0;
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        boolean fits =
            parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
        if (!fits || count == most || parser.getLongValue() < 0) {
          throw broken(name, "has a " + key + " that is not up to " + most + " integers from 0 on");
        }
        values[count++] = parser.getLongValue();
      }
      return Arrays.copyOf(values, count);
    }

    private Map<String, StoredTensor> place(long dataStart) {
      entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
      Map<String, StoredTensor> tensors = new LinkedHashMap<>();
      long covered = 0;
      for (Entry entry : entries) {
        if (entry.begin() != covered) {
          throw broken(
              entry.name(),
              (entry.begin() < covered ? "overlaps" : "leaves a hole behind")
                  + " the tensor before it: it begins at "
                  + entry.begin()
                  + ", not "
                  + covered);
        }
        covered = entry.end();
        if (covered > file.size() - dataStart) {
          throw broken(
              entry.name(),
              "ends at byte " + covered + " of " + (file.size() - dataStart) + " bytes of data");
        }
        tensors.put(
            entry.name(),
            new StoredTensor(
                entry.name(), file, entry.dtype(), entry.layout(), dataStart + entry.begin()));
      }
      if (covered != file.size() - dataStart) {
        throw broken((file.size() - dataStart - covered) + " bytes at the end belong to no tensor");
      }
      return tensors;
    }

    private XComposerException broken(String name, String problem) {
      return broken("tensor " + StrictJson.shortened(name) + " " + problem);
    }

    private XComposerException broken(String problem) {
      return Errors.checkpoint(file.name(), problem, "download the file again");
    }
  }
}
