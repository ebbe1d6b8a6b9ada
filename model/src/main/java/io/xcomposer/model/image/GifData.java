package io.xcomposer.model.image;

/**
 * Counts the pixels of compressed GIF data without making them: the reader leaves a picture half
 * done where its data stops early, and says nothing.
 */
final class GifData {
  private static final int MAX_CODES = 4096;
  private static final int MAX_CODE_SIZE = 12;

  private final Bytes bytes;
  private final int[] lengths = new int[MAX_CODES];
  private int at;
  private int left;
  private int bits;
  private int held;

  private GifData(Bytes bytes, int at) {
    this.bytes = bytes;
    this.at = at;
  }

  /**
   * Refuses data that holds fewer pixels than the frame has.
   *
   * @param at where the data starts: at its minimum code size
   */
  static void requirePixels(Bytes bytes, int at, long pixels) throws BrokenImageException {
    int codeSize = bytes.u8(at);
    if (codeSize < 1 || codeSize > 8) {
      throw new BrokenImageException("its codes start with %d bits".formatted(codeSize));
    }
    if (new GifData(bytes, at + 1).count(codeSize, pixels) < pixels) {
      throw BrokenImageException.truncated();
    }
  }

  private long count(int minimum, long enough) throws BrokenImageException {
    int clear = 1 << minimum;
    int next = clear + 2;
    int size = minimum + 1;
    int previous = 0;
    long total = 0;
    while (total < enough) {
      int code = readCode(size);
      if (code == clear) {
        next = clear + 2;
        size = minimum + 1;
        previous = 0;
        continue;
      }
      if (code < 0 || code == clear + 1) {
        break;
      }
      int length = code < clear ? 1 : code < next ? lengths[code] : previous + 1;
      if (code > next || length == 0) {
        throw new BrokenImageException("a code of its data is not defined yet");
      }
      if (previous != 0 && next < MAX_CODES) {
        lengths[next++] = previous + 1;
        if (next == 1 << size && size < MAX_CODE_SIZE) {
          size++;
        }
      }
      previous = length;
      total += length;
    }
    return total;
  }

  /** The next code, or -1 at the end of the data. */
  private int readCode(int size) throws BrokenImageException {
    while (held < size) {
      if (left == 0) {
        left = at < bytes.length() ? bytes.u8(at++) : 0;
        if (left == 0) {
          return -1;
        }
      }
      if (at >= bytes.length()) {
        return -1;
      }
      bits |= bytes.u8(at++) << held;
      held += 8;
      left--;
    }
    int code = bits & ((1 << size) - 1);
    bits >>>= size;
    held -= size;
    return code;
  }
}
