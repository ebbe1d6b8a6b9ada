package io.xcomposer.model.checkpoint;

import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.checkpoint.PickleValue.Bool;
import io.xcomposer.model.checkpoint.PickleValue.Dict;
import io.xcomposer.model.checkpoint.PickleValue.Global;
import io.xcomposer.model.checkpoint.PickleValue.Int;
import io.xcomposer.model.checkpoint.PickleValue.Mark;
import io.xcomposer.model.checkpoint.PickleValue.None;
import io.xcomposer.model.checkpoint.PickleValue.Storage;
import io.xcomposer.model.checkpoint.PickleValue.Tensor;
import io.xcomposer.model.checkpoint.PickleValue.Text;
import io.xcomposer.model.checkpoint.PickleValue.Tuple;
import io.xcomposer.model.config.StrictJson;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the pickle of a torch state dict: a dict of tensors over storages. A pickle is a program;
 * this machine runs only the opcodes below, knows only the names of {@link Global}, looks up no
 * class and calls nothing. Each opcode makes at most one value, so memory is bounded by the length
 * of the pickle, and values, memo and stack by their limits.
 */
final class RestrictedUnpickler {
  private static final int MAX_STACK = 1 << 20;
  private static final int MAX_MEMO = 1 << 20;
  private static final int MAX_TEXT_BYTES = 4096;
  private static final PickleValue MARK = new Mark();
  private static final PickleValue NONE = new None();

  private final String fileName;
  private final ByteBuffer in;
  private final List<PickleValue> stack = new ArrayList<>();
  private final Map<Integer, PickleValue> memo = new HashMap<>();

  private RestrictedUnpickler(String fileName, ByteBuffer pickle) {
    this.fileName = fileName;
    this.in = pickle.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * The tensors of a pickled state dict by name, in order.
   *
   * @throws XComposerException CHECKPOINT for everything else
   */
  static Map<String, Tensor> tensors(String fileName, ByteBuffer pickle) {
    RestrictedUnpickler machine = new RestrictedUnpickler(fileName, pickle);
    try {
      return machine.stateDict(machine.run());
    } catch (BufferUnderflowException e) {
      throw machine.refused("the pickle ends in the middle");
    }
  }

  private Map<String, Tensor> stateDict(PickleValue result) {
    if (!(result instanceof Dict dict)) {
      throw refused("the pickle holds no dict of tensors");
    }
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    dict.items()
        .forEach(
            (name, value) -> {
              if (!(value instanceof Tensor tensor)) {
                throw Errors.checkpoint(
                    fileName,
                    "the entry " + StrictJson.shortened(name) + " is not a tensor",
                    "save the model's state dict alone, without optimizer or nested dicts");
              }
              tensors.put(name, tensor);
            });
    return tensors;
  }

  private PickleValue run() {
    while (true) {
      int opcode = Byte.toUnsignedInt(in.get());
      switch (opcode) {
        case 0x80 -> protocol(in.get()); // PROTO
        case '.' -> { // STOP
          return end();
        }
        case '(' -> push(MARK);
        case '}' -> push(new Dict());
        case ')' -> push(new Tuple(List.of()));
        case 'N' -> push(NONE);
        case 0x88 -> push(new Bool(true)); // NEWTRUE
        case 0x89 -> push(new Bool(false)); // NEWFALSE
        case 'J' -> push(new Int(in.getInt())); // BININT
        case 'K' -> push(new Int(Byte.toUnsignedInt(in.get()))); // BININT1
        case 'M' -> push(new Int(Short.toUnsignedInt(in.getShort()))); // BININT2
        case 0x8a -> push(new Int(longInteger())); // LONG1
        case 'X' -> push(new Text(text())); // BINUNICODE
        case 0x85 -> push(tuple(1)); // TUPLE1
        case 0x86 -> push(tuple(2)); // TUPLE2
        case 0x87 -> push(tuple(3)); // TUPLE3
        case 't' -> push(tuple(sinceMark())); // TUPLE
        case 'q' -> remember(Byte.toUnsignedInt(in.get())); // BINPUT
        case 'r' -> remember(in.getInt()); // LONG_BINPUT
        case 'h' -> push(remembered(Byte.toUnsignedInt(in.get()))); // BINGET
        case 'j' -> push(remembered(in.getInt())); // LONG_BINGET
        case 's' -> setItems(2); // SETITEM
        case 'u' -> setItems(sinceMark()); // SETITEMS
        case 'c' -> push(global()); // GLOBAL
        case 'Q' -> push(storage(pop())); // BINPERSID
        case 'R' -> reduce();
        case 'b' -> build();
        default -> throw refused("the pickle uses opcode 0x" + Integer.toHexString(opcode));
      }
    }
  }

  // ---- stack and memo

  private PickleValue end() {
    if (stack.size() != 1) {
      throw refused("the pickle ends with " + stack.size() + " values");
    }
    return pop();
  }

  private void push(PickleValue value) {
    if (stack.size() == MAX_STACK) {
      throw refused("the pickle stacks more than " + MAX_STACK + " values");
    }
    stack.add(value);
  }

  private PickleValue pop() {
    PickleValue value = stack.isEmpty() ? MARK : stack.remove(stack.size() - 1);
    if (value == MARK) {
      throw refused("the pickle takes a value that is not there");
    }
    return value;
  }

  private PickleValue top() {
    PickleValue value = pop();
    stack.add(value);
    return value;
  }

  /** Values above the last mark; takes the mark away. */
  private int sinceMark() {
    int mark = stack.size() - 1;
    while (mark >= 0 && stack.get(mark) != MARK) {
      mark--;
    }
    if (mark < 0) {
      throw refused("the pickle closes a run that it never began");
    }
    stack.remove(mark);
    return stack.size() - mark;
  }

  private List<PickleValue> take(int count) {
    PickleValue[] items = new PickleValue[count];
    for (int i = count - 1; i >= 0; i--) {
      items[i] = pop();
    }
    return List.of(items);
  }

  private void remember(int index) {
    if (index < 0 || index >= MAX_MEMO) {
      throw refused("the pickle uses memo " + Integer.toUnsignedString(index));
    }
    memo.put(index, top());
  }

  private PickleValue remembered(int index) {
    PickleValue value = memo.get(index);
    if (value == null) {
      throw refused("the pickle reads memo " + Integer.toUnsignedString(index) + ", never written");
    }
    return value;
  }

  // ---- literals

  private void protocol(byte version) {
    if (version != 2) {
      throw Errors.checkpoint(
          fileName,
          "pickle protocol " + version + " is not read",
          "save it with torch.save and its default protocol, 2");
    }
  }

  private long longInteger() {
    int length = Byte.toUnsignedInt(in.get());
    if (length > Long.BYTES) {
      throw refused("the pickle has an integer of " + length + " bytes");
    }
    long value = 0;
    for (int i = 0; i < length; i++) {
      value |= Byte.toUnsignedLong(in.get()) << (8 * i);
    }
    int unused = Long.SIZE - 8 * length;
    return length == 0 ? 0 : value << unused >> unused;
  }

  private String text() {
    int length = in.getInt();
    if (length < 0 || length > MAX_TEXT_BYTES) {
      throw refused("the pickle has a text of " + Integer.toUnsignedString(length) + " bytes");
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return StrictJson.text(fileName, bytes);
  }

  private PickleValue tuple(int count) {
    return new Tuple(take(count));
  }

  private PickleValue global() {
    String module = line();
    String name = line();
    for (Global known : Global.values()) {
      if (known.isNamed(module, name)) {
        return known;
      }
    }
    throw refused(
        "the pickle names " + StrictJson.shortened(module) + "." + StrictJson.shortened(name));
  }

  private String line() {
    int start = in.position();
    while (in.get() != '\n') {
      if (in.position() - start > MAX_TEXT_BYTES) {
        throw refused("the pickle has a name of more than " + MAX_TEXT_BYTES + " bytes");
      }
    }
    byte[] bytes = new byte[in.position() - start - 1];
    in.get(start, bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  // ---- dicts, storages, tensors

  private void setItems(int count) {
    if (count % 2 != 0) {
      throw refused("the pickle sets a key without value");
    }
    List<PickleValue> items = take(count);
    if (!(top() instanceof Dict dict)) {
      throw refused("the pickle sets items of what is no dict");
    }
    for (int i = 0; i < count; i += 2) {
      if (!(items.get(i) instanceof Text key)) {
        throw refused("the pickle has a dict key that is no text");
      }
      if (dict.items().put(key.value(), items.get(i + 1)) != null) {
        throw refused("the pickle has the key " + StrictJson.shortened(key.value()) + " twice");
      }
    }
  }

  /** {@code ('storage', class, key, location, elements)}; the location is where it once lay. */
  private PickleValue storage(PickleValue id) {
    if (id instanceof Tuple tuple
        && tuple.items().size() == 5
        && tuple.items().get(0) instanceof Text kind
        && kind.value().equals("storage")
        && tuple.items().get(1) instanceof Global type
        && type.storage() != null
        && tuple.items().get(2) instanceof Text key
        && tuple.items().get(4) instanceof Int elements) {
      return new Storage(type.storage(), key.value(), elements.value());
    }
    throw refused("the pickle has a persistent id that names no storage");
  }

  private void reduce() {
    PickleValue arguments = pop();
    PickleValue function = pop();
    if (!(function instanceof Global global) || !(arguments instanceof Tuple tuple)) {
      throw refused("the pickle calls what is no known function");
    }
    List<PickleValue> items = tuple.items();
    switch (global) {
      case ORDERED_DICT -> {
        if (!items.isEmpty()) {
          throw refused("the pickle makes an OrderedDict with arguments");
        }
        push(new Dict());
      }
      case REBUILD_TENSOR -> push(rebuildTensor(items));
      case REBUILD_PARAMETER -> {
        if (items.size() != 3 || !(items.get(0) instanceof Tensor)) {
          throw refused("the pickle makes a parameter of what is no tensor");
        }
        push(items.get(0));
      }
      default -> throw refused("the pickle calls the class " + global);
    }
  }

  /** A state that a dict carries beside its items, such as {@code _metadata}, is dropped. */
  private void build() {
    PickleValue state = pop();
    if (!(state instanceof Dict) || !(top() instanceof Dict)) {
      throw refused("the pickle sets the state of what is no dict");
    }
  }

  /** {@code (storage, offset, size, stride, requires_grad, hooks[, metadata])}. */
  private PickleValue rebuildTensor(List<PickleValue> items) {
    if (items.size() < 6
        || items.size() > 7
        || !(items.get(0) instanceof Storage storage)
        || !(items.get(1) instanceof Int offset)) {
      throw refused("the pickle rebuilds a tensor from something else");
    }
    try {
      Layout layout = Layout.strided(integers(items.get(2)), integers(items.get(3)));
      long end = Math.addExact(offset.value(), layout.span());
      if (offset.value() < 0 || end > storage.elements()) {
        throw refused(
            "a tensor "
                + layout.shape()
                + " at "
                + offset.value()
                + " leaves its storage of "
                + storage.elements()
                + " elements");
      }
      return new Tensor(storage, offset.value(), layout);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw refused("the pickle has an impossible tensor (" + e.getMessage() + ")");
    }
  }

  private long[] integers(PickleValue value) {
    if (!(value instanceof Tuple tuple)) {
      throw refused("the pickle has a tensor whose sizes are no tuple");
    }
    long[] integers = new long[tuple.items().size()];
    for (int i = 0; i < integers.length; i++) {
      if (!(tuple.items().get(i) instanceof Int item)) {
        throw refused("the pickle has a tensor whose sizes are no integers");
      }
      integers[i] = item.value();
    }
    return integers;
  }

  private XComposerException refused(String problem) {
    return Errors.checkpoint(
        fileName,
        problem + " (byte " + in.position() + " of data.pkl), which no state dict of torch has",
        "use the published file, or save the state dict with torch.save; never load a file from a"
            + " source that you do not trust in Python");
  }
}
