package io.xcomposer.model.image;

/**
 * The strips or tiles of a page, checked against the file.
 *
 * @param width of the page, pixels
 * @param height of the page, pixels
 * @param segmentWidth of a tile; of the page for strips
 * @param segmentHeight of a tile or strip
 * @param offsets of each segment in the file
 * @param lengths of each segment in bytes
 */
record TiffSegments(
    int width, int height, int segmentWidth, int segmentHeight, int[] offsets, int[] lengths) {

  static TiffSegments of(TiffDirectory directory, int fileLength, PixelLimit limit)
      throws BrokenImageException {
    long width = directory.value(TiffDirectory.WIDTH, 0);
    long height = directory.value(TiffDirectory.HEIGHT, 0);
    limit.check(ImageFormat.TIFF, width, height);
    boolean uncompressed = directory.value(TiffDirectory.COMPRESSION, 1) == 1;
    boolean tiled = directory.has(TiffDirectory.TILE_OFFSETS);
    long segmentWidth = tiled ? directory.value(TiffDirectory.TILE_WIDTH, 0) : width;
    long segmentHeight =
        tiled
            ? directory.value(TiffDirectory.TILE_HEIGHT, 0)
            : Math.min(directory.value(TiffDirectory.ROWS_PER_STRIP, height), height);
    limit.check(ImageFormat.TIFF, segmentWidth, segmentHeight);
    long[] offsets =
        directory.values(tiled ? TiffDirectory.TILE_OFFSETS : TiffDirectory.STRIP_OFFSETS);
    long[] lengths =
        directory.values(tiled ? TiffDirectory.TILE_BYTE_COUNTS : TiffDirectory.STRIP_BYTE_COUNTS);
    long planes =
        directory.value(TiffDirectory.PLANAR, 1) == 2
            ? directory.value(TiffDirectory.SAMPLES_PER_PIXEL, 1)
            : 1;
    long needed = planes * ceil(width, segmentWidth) * ceil(height, segmentHeight);
    if (offsets.length < needed || (lengths.length != 0 && lengths.length < needed)) {
      throw new BrokenImageException(
          "it has %d of the %d strips or tiles that its size needs"
              .formatted(Math.min(offsets.length, lengths.length), needed));
    }
    return new TiffSegments(
        (int) width,
        (int) height,
        (int) segmentWidth,
        (int) segmentHeight,
        within(offsets, new long[offsets.length], fileLength),
        within(lengths, uncompressed ? new long[0] : offsets, fileLength));
  }

  private static long ceil(long pixels, long step) {
    return (pixels + step - 1) / step;
  }

  /**
   * Refuses values that, counted from {@code starts}, are behind the end of the file. Lengths of
   * uncompressed segments, which have no starts here, are not used and often wrong.
   */
  private static int[] within(long[] values, long[] starts, int fileLength)
      throws BrokenImageException {
    int[] checked = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      if (i < starts.length && values[i] > fileLength - starts[i]) {
        throw BrokenImageException.truncated();
      }
      checked[i] = (int) Math.min(values[i], fileLength);
    }
    return checked;
  }
}
