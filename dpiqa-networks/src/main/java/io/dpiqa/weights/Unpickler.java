package io.dpiqa.weights;

import io.dpiqa.ModelException;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads one pickle as {@code torch.save} writes it for a dictionary of tensors, and refuses every
 * other one.
 *
 * <p>A pickle is a program that may name any function of Python and call it. Here a name is looked
 * up in a short list and becomes a constant of an enum, and a call is a case of a switch; nothing
 * is ever loaded or invoked by name. Work and memory are bounded by the size of the pickle and the
 * number of its operations.
 *
 * <p>Dictionaries become maps, lists lists, tuples {@link Tuple}, {@code None} null, integers
 * {@code Long} or, where too long, {@code BigInteger}. The operations are those of Python's {@code
 * pickletools}, protocols 2 to 5.
 */
final class Unpickler {
  private static final int OPERATION_LIMIT = 2_000_000;
  private static final int DIMENSION_LIMIT = 64;

  private enum Function {
    ORDERED_DICT,
    REBUILD_TENSOR,
    REBUILD_PARAMETER,
    /**
     * What a training run leaves beside its weights, as in the original Stable Diffusion
     * checkpoints: whatever is made with it is this constant again, which says nothing.
     */
    OPAQUE
  }

  /** Everything that a pickle may name: functions, and storages by the type of their elements. */
  private static final Map<String, Enum<?>> ALLOWED =
      Map.ofEntries(
          Map.entry("collections.OrderedDict", Function.ORDERED_DICT),
          Map.entry("torch._utils._rebuild_tensor", Function.REBUILD_TENSOR),
          Map.entry("torch._utils._rebuild_tensor_v2", Function.REBUILD_TENSOR),
          Map.entry("torch._utils._rebuild_parameter", Function.REBUILD_PARAMETER),
          Map.entry(
              "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint", Function.OPAQUE),
          Map.entry("numpy.core.multiarray.scalar", Function.OPAQUE),
          Map.entry("numpy._core.multiarray.scalar", Function.OPAQUE),
          Map.entry("numpy.dtype", Function.OPAQUE),
          Map.entry("_codecs.encode", Function.OPAQUE),
          Map.entry("torch.DoubleStorage", DType.F64),
          Map.entry("torch.FloatStorage", DType.F32),
          Map.entry("torch.HalfStorage", DType.F16),
          Map.entry("torch.BFloat16Storage", DType.BF16),
          Map.entry("torch.LongStorage", DType.I64),
          Map.entry("torch.IntStorage", DType.I32),
          Map.entry("torch.ShortStorage", DType.I16),
          Map.entry("torch.CharStorage", DType.I8),
          Map.entry("torch.ByteStorage", DType.U8),
          Map.entry("torch.BoolStorage", DType.BOOL));

  record Tuple(List<Object> items) {}

  /** A one-dimensional array, kept outside of the pickle under its key. */
  record Storage(String key, DType dtype, long elements) {}

  /** A tensor: elements of a storage, all counted in elements. Nothing is validated yet. */
  record View(Storage storage, long offset, List<Long> shape, List<Long> strides) {}

  private final String file;
  private final ByteBuffer pickle;
  private final List<Object> stack = new ArrayList<>();
  private final Deque<Integer> marks = new ArrayDeque<>();
  private final Map<Integer, Object> memo = new HashMap<>();
  private final Map<String, Storage> storages = new HashMap<>();

  /** Reads the pickle at the buffer's position; {@code file} is for messages. */
  Unpickler(String file, ByteBuffer pickle) {
    this.file = file;
    this.pickle = pickle.order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads the pickle and leaves the buffer's position behind it.
   *
   * @throws ModelException if the pickle is damaged or asks for more than a dictionary of tensors
   */
  Object read() {
    try {
      return run();
    } catch (BufferUnderflowException e) {
      throw new ModelException(file, "the pickle ends too early; fetch the file again", e);
    }
  }

  /** The storages that the pickle mentions, by key. */
  Map<String, Storage> storages() {
    return storages;
  }

  private Object run() {
    for (int operations = 0; operations < OPERATION_LIMIT; operations++) {
      int operation = unsignedByte();
      switch (operation) {
        case 0x80 -> protocol();
        case 0x95 -> pickle.getLong(); // FRAME: a hint for readers of streams
        case '.' -> {
          return pop();
        }
        case '(' -> marks.push(stack.size());
        case '0' -> pop();
        case '2' -> stack.add(peek());

        case 'N' -> stack.add(null);
        case 0x88 -> stack.add(true);
        case 0x89 -> stack.add(false);
        case 'J' -> stack.add((long) pickle.getInt());
        case 'K' -> stack.add((long) unsignedByte());
        case 'M' -> stack.add((long) unsignedShort());
        case 0x8a -> stack.add(integer());
        case 'G' -> stack.add(Double.longBitsToDouble(Long.reverseBytes(pickle.getLong())));
        case 'X' -> stack.add(text(pickle.getInt(), StandardCharsets.UTF_8));
        case 0x8c -> stack.add(text(unsignedByte(), StandardCharsets.UTF_8));
        case 'T' -> stack.add(text(pickle.getInt(), StandardCharsets.ISO_8859_1));
        case 'U' -> stack.add(text(unsignedByte(), StandardCharsets.ISO_8859_1));

        case '}' -> stack.add(new LinkedHashMap<>());
        case ']' -> stack.add(new ArrayList<>());
        case ')' -> stack.add(new Tuple(List.of()));
        case 't' -> stack.add(new Tuple(popToMark()));
        case 0x85 -> stack.add(new Tuple(pop(1)));
        case 0x86 -> stack.add(new Tuple(pop(2)));
        case 0x87 -> stack.add(new Tuple(pop(3)));
        case 'a' -> append(pop(1));
        case 'e' -> append(popToMark());
        case 's' -> setItems(pop(2));
        case 'u' -> setItems(popToMark());

        case 'q' -> memo.put(unsignedByte(), peek());
        case 'r' -> memo.put(pickle.getInt(), peek());
        case 0x94 -> memo.put(memo.size(), peek());
        case 'h' -> stack.add(remembered(unsignedByte()));
        case 'j' -> stack.add(remembered(pickle.getInt()));

        case 'c' -> stack.add(global(line(), line()));
        case 0x93 -> {
          List<Object> names = pop(2);
          stack.add(global(as(String.class, names.get(0)), as(String.class, names.get(1))));
        }
        case 'Q' -> stack.add(storage(as(Tuple.class, pop()).items()));
        case 'R' -> {
          List<Object> call = pop(2);
          stack.add(call(call.get(0), as(Tuple.class, call.get(1)).items()));
        }
        case 'b' -> {
          // Attributes of a dictionary: a state dict's _metadata, which says nothing of tensors.
          pop();
          if (peek() != Function.OPAQUE) {
            as(Map.class, peek());
          }
        }
        case 'i' -> throw refused(line() + "." + line());
        default -> throw refused("pickle operation 0x%02x".formatted(operation));
      }
    }
    throw new ModelException(file, "the pickle has over " + OPERATION_LIMIT + " operations");
  }

  private void protocol() {
    int protocol = unsignedByte();
    if (protocol < 2 || protocol > 5) {
      throw new ModelException(file, "pickle protocol " + protocol + " is not supported, only 2-5");
    }
  }

  private Enum<?> global(String module, String name) {
    String fullName = module + "." + name;
    Enum<?> allowed = ALLOWED.get(fullName);
    if (allowed == null) {
      throw refused(fullName);
    }
    return allowed;
  }

  private ModelException refused(String what) {
    return new ModelException(
        file,
        ("refused, and nothing of it was run: it asks for %.200s, which a file of plain weights does"
                + " not need; in PyTorch, save the weights alone, with"
                + " torch.save(model.state_dict(), …) or as safetensors")
            .formatted(what));
  }

  private Object call(Object function, List<Object> arguments) {
    if (function == Function.OPAQUE) {
      return function;
    }
    if (function == Function.ORDERED_DICT && arguments.isEmpty()) {
      return new LinkedHashMap<>();
    }
    if (function == Function.REBUILD_PARAMETER && arguments.size() == 3) {
      return as(View.class, arguments.get(0));
    }
    if (function == Function.REBUILD_TENSOR && arguments.size() >= 4 && arguments.size() <= 6) {
      // Beyond these four: whether it is trained, and hooks, which are always empty.
      return new View(
          as(Storage.class, arguments.get(0)),
          as(Long.class, arguments.get(1)),
          longs(arguments.get(2)),
          longs(arguments.get(3)));
    }
    throw damaged();
  }

  private Storage storage(List<Object> id) {
    if (id.size() < 5 || !"storage".equals(id.get(0))) {
      throw damaged();
    }
    if (id.size() > 5 && id.get(5) != null) {
      throw new ModelException(
          file, "written by a PyTorch before 0.4; save it again with a later one");
    }
    Storage storage =
        new Storage(
            as(String.class, id.get(2)), as(DType.class, id.get(1)), as(Long.class, id.get(4)));
    Storage known = storages.putIfAbsent(storage.key(), storage);
    if (storage.elements() < 0 || (known != null && !known.equals(storage))) {
      throw damaged();
    }
    return storage;
  }

  private List<Long> longs(Object tuple) {
    List<Object> items = as(Tuple.class, tuple).items();
    if (items.size() > DIMENSION_LIMIT) {
      throw damaged();
    }
    return items.stream().map(item -> as(Long.class, item)).toList();
  }

  private void append(List<Object> items) {
    @SuppressWarnings("unchecked")
    List<Object> list = as(List.class, peek());
    list.addAll(items);
  }

  private void setItems(List<Object> keysAndValues) {
    @SuppressWarnings("unchecked")
    Map<Object, Object> map = as(Map.class, peek());
    if (keysAndValues.size() % 2 != 0) {
      throw damaged();
    }
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      Object key = keysAndValues.get(i);
      // The hash of a container could be endless.
      if (!(key instanceof String || key instanceof Number || key == Function.OPAQUE)) {
        throw new ModelException(file, "a dictionary has a key that is no text and no number");
      }
      map.put(key, keysAndValues.get(i + 1));
    }
  }

  private Object remembered(int index) {
    if (!memo.containsKey(index)) {
      throw damaged();
    }
    return memo.get(index);
  }

  private Object peek() {
    if (stack.size() <= floor()) {
      throw damaged();
    }
    return stack.get(stack.size() - 1);
  }

  private Object pop() {
    Object top = peek();
    stack.remove(stack.size() - 1);
    return top;
  }

  private List<Object> pop(int count) {
    if (stack.size() - count < floor()) {
      throw damaged();
    }
    List<Object> top = stack.subList(stack.size() - count, stack.size());
    List<Object> items = Collections.unmodifiableList(new ArrayList<>(top));
    top.clear();
    return items;
  }

  private List<Object> popToMark() {
    if (marks.isEmpty()) {
      throw damaged();
    }
    List<Object> items = pop(stack.size() - floor());
    marks.pop();
    return items;
  }

  /** What lies below the last mark is out of reach. */
  private int floor() {
    return marks.isEmpty() ? 0 : marks.peek();
  }

  private int unsignedByte() {
    return Byte.toUnsignedInt(pickle.get());
  }

  private int unsignedShort() {
    return Short.toUnsignedInt(pickle.getShort());
  }

  /** LONG1: up to 255 bytes, little-endian, two's complement. */
  private Number integer() {
    byte[] bytes = bytes(unsignedByte());
    for (int i = 0, j = bytes.length - 1; i < j; i++, j--) {
      byte swapped = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = swapped;
    }
    BigInteger value = bytes.length == 0 ? BigInteger.ZERO : new BigInteger(bytes);
    if (value.bitLength() < Long.SIZE) {
      return value.longValue();
    }
    return value;
  }

  private String text(int length, Charset charset) {
    return new String(bytes(length), charset);
  }

  private String line() {
    int start = pickle.position();
    while (pickle.get() != '\n') {}
    int length = pickle.position() - 1 - start;
    pickle.position(start);
    String line = text(length, StandardCharsets.UTF_8);
    pickle.get();
    return line;
  }

  private byte[] bytes(int length) {
    if (length < 0 || length > pickle.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    pickle.get(bytes);
    return bytes;
  }

  private <T> T as(Class<T> type, Object value) {
    if (!type.isInstance(value)) {
      throw damaged();
    }
    return type.cast(value);
  }

  private ModelException damaged() {
    return new ModelException(
        file, "damaged pickle, before byte %d; fetch the file again".formatted(pickle.position()));
  }
}
