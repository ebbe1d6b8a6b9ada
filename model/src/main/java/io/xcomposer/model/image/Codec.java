package io.xcomposer.model.image;

import java.io.IOException;

/** Reads the files of one format. */
interface Codec {
  /**
   * The first picture of a file, converted as the reference converts it (model-spec 4.1).
   *
   * @throws BrokenImageException for a file that is not as its format says
   * @throws IOException and any RuntimeException of the library that reads it, for the same reason
   */
  RgbImage decode(byte[] file) throws IOException;
}
